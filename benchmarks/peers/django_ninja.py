# mypy: disable-error-code="import-untyped,misc,no-any-return"
"""Django with Django Ninja: the ORM, schemas, and no middleware except the hooks of all peers."""

from benchmarks.peers.django_setup import configure

configure(ROOT_URLCONF=__name__)

from django.core.wsgi import get_wsgi_application  # noqa: E402 # models need the settings
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.shortcuts import get_object_or_404  # noqa: E402
from django.urls import path  # noqa: E402
from ninja import NinjaAPI  # noqa: E402
from ninja.security import HttpBearer  # noqa: E402

from benchmarks.peers import tokens  # noqa: E402
from benchmarks.peers.django_models import Item, Login, User  # noqa: E402
from benchmarks.peers.hooks import WsgiHooks  # noqa: E402
from benchmarks.peers.schemas import ItemIn, ItemOut, ItemPage, Page, PageSize  # noqa: E402


class Bearer(HttpBearer):
    def authenticate(self, _request: HttpRequest, token: str) -> User | None:
        claims = tokens.verify(token)
        login = claims and Login.objects.select_related("user").filter(id=claims.login).first()
        if not (claims and login and login.user_id == claims.user_id and login.user.is_active):
            return None
        return login.user


api = NinjaAPI()


@api.get("/livez")
def livez(request: HttpRequest) -> dict[str, str]:  # noqa: ARG001 # Ninja passes it by name
    return {"status": "ok"}


@api.get("/api/v1/items/{int:item_id}", auth=Bearer(), response=ItemOut)
def get_item(request: HttpRequest, item_id: int) -> Item:
    return get_object_or_404(Item, owner=request.auth, id=item_id)


@api.get("/api/v1/items", auth=Bearer(), response=ItemPage)
def list_items(request: HttpRequest, page: Page = 1, page_size: PageSize = 20) -> dict[str, object]:
    own = Item.objects.filter(owner=request.auth)
    skipped = (page - 1) * page_size
    items = own.order_by("-created_at", "-id")[skipped : skipped + page_size]
    return {"items": [*items], "page": page, "page_size": page_size, "total": own.count()}


@api.post("/api/v1/plain-items", auth=Bearer(), response={201: ItemOut})
def create_item(request: HttpRequest, body: ItemIn, response: HttpResponse) -> tuple[int, Item]:
    item = Item.objects.create(owner=request.auth, **body.model_dump())
    response["Location"] = f"/api/v1/items/{item.id}"
    return 201, item


urlpatterns = [path("", api.urls)]
app = WsgiHooks(get_wsgi_application())
