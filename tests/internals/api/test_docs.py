"""In development, `/` leads to the documentation, unless another part has a page there."""

from sample import create_app


def test_in_development_the_root_leads_to_the_documentation_if_it_is_free() -> None:
    app = create_app({"APP_ENV": "development", "SECRET_KEY": "k" * 32})
    root = app.test_client().get("/")
    assert root.location == "docs" or app.url_map.bind("").match("/")[0] != "docs.home"
    assert (root.status_code == 302) == (root.location == "docs")
