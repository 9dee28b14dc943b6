# mypy: disable-error-code="import-untyped,misc,no-any-return"
"""Django's list view with the service's layout, and the middleware of Django's default project.

The session is in a signed cookie, and a login is read in one query, as in the service.
"""

from typing import Any

from benchmarks.peers.django_setup import configure

configure(
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    ROOT_URLCONF=__name__,
    # The hooks of all peers send these headers.
    SECURE_CONTENT_TYPE_NOSNIFF=False,
    SECURE_CROSS_ORIGIN_OPENER_POLICY=None,
    SECURE_REFERRER_POLICY=None,
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    STATIC_URL="/static/0123456789ab/",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,  # this caches templates
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    USE_I18N=False,
)

from django.core.wsgi import get_wsgi_application  # noqa: E402 # models need the settings
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import redirect  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils.timezone import now  # noqa: E402
from django.views.generic import ListView  # noqa: E402

from benchmarks.peers.django_models import Item, Login  # noqa: E402
from benchmarks.peers.hooks import WsgiHooks  # noqa: E402


class ItemList(ListView):
    queryset = Item.objects.values("id", "title", "word_count", "created_at")
    paginate_by = 20
    template_name = "items.html"

    def dispatch(self, request: HttpRequest) -> HttpResponse:
        valid = {"expires_at__gt": now(), "user__is_active": True}
        found = Login.objects.select_related("user")
        login = found.filter(id=request.session.get("login_id"), **valid).first()
        if login is None:
            return redirect("login")
        request.user = login.user
        return super().dispatch(request)

    def get_ordering(self) -> tuple[str, str]:
        sort = self.request.GET.get("sort", "")
        if sort.removeprefix("-") not in ("title", "created_at"):
            sort = "-created_at"
        return sort, "-id" if sort.startswith("-") else "id"

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(owner=self.request.user)


def livez(_request: HttpRequest, **_values: object) -> HttpResponse:
    return HttpResponse(b'{"status":"ok"}', "application/json")


urlpatterns = [
    path("items", ItemList.as_view(), name="list_items"),
    # The other pages are not measured.
    *(path(name, livez, name=name) for name in ("livez", "account", "login")),
    path("", livez, name="home"),
    path("items/new", livez, name="add_item"),
    path("items/<int:item_id>", livez, name="edit_item"),
]
app = WsgiHooks(get_wsgi_application())
