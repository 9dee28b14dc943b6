"""The `id` converter for path parameters."""

from werkzeug.routing import IntegerConverter, Map

from .schemas import INT4


class Id(IntegerConverter):
    """Matches `<id:item_id>`, the key of a row; a number above 32 bits is not found."""

    regex = "[0-9]+"  # Werkzeug's own also matches the digits of other scripts

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=INT4.stop - 1)
