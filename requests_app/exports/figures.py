"""The figures of a unit as an .xlsx file: the numbers on the first sheet, how each is counted on the second."""

from io import BytesIO

from django.http import FileResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from requests_app.exports.pages import KIND
from requests_app.exports.workbook import heading, plain
from requests_app.views.figures import board_for

SHARE_FORMAT, HOURS_FORMAT = "0.0%", "0.0"


@never_cache
@require_safe
def figures_file(request, code):
    """The board of a unit for one month as a workbook."""
    board = board_for(request, code)
    out = BytesIO()
    book_of(board).save(out)
    out.seek(0)
    name = f"{board.unit.name}-{board.month}.xlsx"
    return FileResponse(out, as_attachment=True, filename=name, content_type=KIND)


def book_of(board):
    book = Workbook(write_only=True)
    _numbers(book.create_sheet(_("Figures")), board)
    _definitions(book.create_sheet(_("How they are counted")), board)
    return book


def _numbers(sheet, board):
    """A row for the unit and for everything below it; of each figure its value and the requests it counts."""
    sheet.freeze_panes = "C2"
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 16, 28
    heads = [_("Part"), _("Name")]
    for figure in board.figures:
        label = capfirst(str(figure.label))
        heads += [_("%(figure)s (hours)") % {"figure": label} if figure.form == "time" else label, _("counted")]
    for column in range(3, len(heads) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 12
    sheet.append([heading(sheet, head) for head in heads])
    parts = [
        (_("This month"), [board.own.now]),
        (_("Last month"), [board.own.before]),
        (_("A year ago"), [board.own.year]),
    ]
    for part, (found,) in parts:
        sheet.append([plain(part), plain(board.unit.name), *_cells(sheet, board, found)])
    groups = [(_("Units below"), board.below), (_("Estates"), board.of_estates)]
    groups += [(_("By department"), board.by("department")), (_("By category"), board.by("category"))]
    groups += [(_("By source"), board.by("source"))]
    for part, lines in groups:
        for line in lines:
            sheet.append([plain(part), plain(line.name), *_cells(sheet, board, line.now)])


def _cells(sheet, board, found):
    for figure in board.figures:
        reading = found.get(figure.key)
        value = reading.value if reading else None
        cell = WriteOnlyCell(sheet, value / 3600 if value is not None and figure.form == "time" else value)
        if figure.form != "count":
            cell.number_format = SHARE_FORMAT if figure.form == "share" else HOURS_FORMAT
        yield cell
        yield reading.total if reading else None


def _definitions(sheet, board):
    for column, width in zip("ABCDE", (22, 8, 14, 80, 40), strict=True):
        sheet.column_dimensions[column].width = width
    heads = (_("Figure"), _("Version"), _("Valid from"), _("How it is counted"), _("Basis"))
    sheet.append([heading(sheet, head) for head in heads])
    rows = [(str(figure.label), board.own.now[figure.key].definition) for figure in board.figures]
    day = board.definitions.holding("statistic_day", board.first)
    for label, held in [*rows, (day.get_key_display(), day)]:
        said = (plain(held.formula_shown), plain(held.basis))
        sheet.append([plain(capfirst(label)), held.version, held.valid_from, *said])
