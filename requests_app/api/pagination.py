"""Lists in pages that stay right while rows are added: a cursor, not a page number."""

from django.core.exceptions import ValidationError as InvalidValue
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """Pages in the view's ``order``; 50 rows unless ``page_size`` asks for 1 to 100."""

    page_size = 50
    max_page_size = 100
    page_size_query_param = "page_size"
    page_size_query_description = _("How many rows a page holds.")
    cursor_query_description = _("Where the page begins: taken from next or previous of another page.")
    invalid_cursor_message = _("There is no such page. Please begin with the first one.")

    def get_ordering(self, request, queryset, view):
        return view.order

    def get_page_size(self, request):
        wanted = request.query_params.get(self.page_size_query_param)
        if wanted is None:
            return self.page_size
        if not (wanted.isascii() and wanted.isdigit() and len(wanted) <= 3 and 1 <= int(wanted) <= self.max_page_size):
            message = _("Choose a number from 1 to %(most)s.") % {"most": self.max_page_size}
            raise ValidationError({self.page_size_query_param: [message]})
        return int(wanted)

    def decode_cursor(self, request):
        cursor = super().decode_cursor(request)
        # PostgreSQL takes no NUL in a text.
        if cursor and cursor.position and "\0" in cursor.position:
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def paginate_queryset(self, queryset, request, view=None):
        try:
            return super().paginate_queryset(queryset, request, view)
        except (InvalidValue, ValueError, OverflowError) as error:
            # A cursor made by hand may point to what is no moment and no number.
            raise NotFound(self.invalid_cursor_message) from error

    def get_paginated_response_schema(self, schema):
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view):
        size = {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [
            _query_parameter("cursor", self.cursor_query_description, {"type": "string"}),
            _query_parameter("page_size", self.page_size_query_description, size),
        ]


def _query_parameter(name, description, schema):
    return {"name": name, "in": "query", "required": False, "description": str(description), "schema": schema}
