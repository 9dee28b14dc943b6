"""Path parameters that a database can look up."""

from werkzeug.routing import IntegerConverter, Map

from .schemas import INT4


class Id(IntegerConverter):
    """`<id:item_id>`: the key of a row; what no 32-bit column could hold is not found."""

    regex = "[0-9]+"  # Werkzeug's own takes the digits of every script

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=INT4.stop - 1)
