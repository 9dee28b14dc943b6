"""The `id` converter for path parameters."""

from werkzeug.routing import IntegerConverter, Map

from .schemas import INT32


class Id(IntegerConverter):
    """Matches `<id:item_id>`, the key of a row. Numbers above 32 bits return 404."""

    regex = "[0-9]+"  # Werkzeug's own regex also matches digits of other scripts

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=INT32.stop - 1)
