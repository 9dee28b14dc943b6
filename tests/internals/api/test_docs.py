"""In development, `/` leads to the documentation, unless another part has a page there."""

import pytest
from apispec import APISpec
from flask import Flask

from sample.api import docs


@pytest.mark.parametrize("taken", [False, True])
def test_in_development_the_root_leads_to_the_documentation_if_it_is_free(taken: bool) -> None:
    app = Flask("sample", static_folder=None)
    app.config["APP_ENV"] = "development"
    if taken:
        app.add_url_rule("/", "root", lambda: "a page")
    docs.serve(app, APISpec("Sample", "v1", "3.1.0"))
    root = app.test_client().get("/")
    assert root.text == "a page" if taken else root.location == "docs"
