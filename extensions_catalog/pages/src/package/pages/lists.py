"""Reads which part of a list a browser asks for."""

from collections.abc import Collection
from typing import Any

from flask import request


def list_query(sortable: Collection[str], default: str) -> dict[str, Any]:
    """Return the order and the page of a list from an address such as `?sort=-title&page=2`.

    Defaults replace values that are missing or invalid.
    """
    sort = request.args.get("sort", default)
    if sort.removeprefix("-") not in sortable:
        sort = default
    page = request.args.get("page", 1, type=int)
    if not 1 <= page < 2**31:  # databases cannot skip more rows than 64 bits count
        page = 1
    return {"sort": [sort], "filters": {}, "page": page}
