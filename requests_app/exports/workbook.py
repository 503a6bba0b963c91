"""A list of cases as an .xlsx file: what its columns are, and how a cell is written so that it stays a text."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from requests_app.models import Assignment, ServiceRequest, Status
from requests_app.personal import without_numbers
from requests_app.privacy import contact_of
from requests_app.views.cases import staff_lateness
from requests_app.views.desk_rows import with_whom
from services.masking import mask_name, mask_phone
from services.models import Urgency

# A program for tables reads a text that begins so as a formula, the full-width signs too where Chinese is typed.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# XML has no way to write these; a file with one of them does not open.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
DATE_FORMAT = "yyyy-mm-dd hh:mm"
LATENESS = {"red": gettext_lazy("Late"), "amber": gettext_lazy("Due soon"), "": ""}
HEADING, WRAPPED = Font(bold=True), Alignment(vertical="top", wrap_text=True)
SHADE = PatternFill("solid", fgColor="FFE1EFE9")


def plain(text):
    """``text`` so that no program takes it for a formula or an error, without what a file cannot hold."""
    text = NOT_IN_XML.sub("", str(text))
    return f"'{text}" if text.startswith(FORMULA_SIGNS) or text in ERROR_CODES else text


def local(moment):
    """A moment as the clock on the wall shows it; Excel knows no time zones. None stays None."""
    return moment and timezone.localtime(moment).replace(tzinfo=None, second=0, microsecond=0)


@dataclass(frozen=True)
class Column:
    """``value`` takes (case, at) and gives a text, a number, a moment or None; ``width`` is in characters."""

    label: str
    width: int
    value: Callable
    is_moment: bool = False


def moment(label, name):
    return Column(label, 17, lambda case, at: local(getattr(case, name)), is_moment=True)


def _assisting(case, at):
    names = {one.unit.name for one in case.assignments.all() if one.part == Assignment.Part.ASSIST and not one.ended_at}
    return "、".join(sorted(names))


def _satisfaction(case, at):
    given = list(case.ratings.all())
    return capfirst(given[-1].get_satisfaction_display()) if given else ""


# The room never leaves the site, nor does the tracking code: with a phone's end it opens the resident's own page.
# fmt: off
COLUMNS = (
    Column(gettext_lazy("No."), 8, lambda case, at: case.pk),
    Column(gettext_lazy("Status"), 12, lambda case, at: capfirst(Status(case.status).label)),
    Column(gettext_lazy("Urgency"), 10, lambda case, at: capfirst(Urgency(case.urgency).label)),
    Column(gettext_lazy("Group"), 12, lambda case, at: case.category.parent.name),
    Column(gettext_lazy("Category"), 18, lambda case, at: case.category.name),
    Column(gettext_lazy("Street"), 14, lambda case, at: case.community.parent.name),
    Column(gettext_lazy("Community"), 16, lambda case, at: case.community.name),
    Column(gettext_lazy("Branch"), 20, lambda case, at: case.branch.name),
    Column(gettext_lazy("Place"), 28, lambda case, at: case.place),
    Column(gettext_lazy("What the resident asks for"), 50, lambda case, at: without_numbers(case.text)),
    Column(gettext_lazy("Name"), 8, lambda case, at: mask_name(case.contact.name)),
    Column(gettext_lazy("Phone"), 14, lambda case, at: mask_phone(case.contact.phone)),
    Column(gettext_lazy("With"), 18, lambda case, at: with_whom(case)),
    Column(gettext_lazy("Lead department"), 18, lambda case, at: case.lead.name if case.lead else ""),
    Column(gettext_lazy("Assisting departments"), 20, _assisting),
    moment(gettext_lazy("Filed"), "created_at"),
    moment(gettext_lazy("Due"), "due_at"),
    Column(gettext_lazy("Deadline"), 10, lambda case, at: LATENESS[staff_lateness(case, at)]),
    moment(gettext_lazy("Promised for"), "promised_at"),
    moment(gettext_lazy("Work done"), "fulfilled_at"),
    moment(pgettext_lazy("moment", "Closed"), "closed_at"),
    Column(gettext_lazy("Returns"), 8, lambda case, at: case.return_count),
    Column(gettext_lazy("Redos"), 8, lambda case, at: case.contest_count),
    Column(gettext_lazy("Satisfaction"), 10, _satisfaction),
    Column(gettext_lazy("Source"), 14, lambda case, at: capfirst(ServiceRequest.Source(case.source).label)),
)
# fmt: on


def read(pks):
    """The cases of ``pks``, in that order, with all that a row shows; a constant number of queries."""
    cases = ServiceRequest.objects.for_export().in_bulk(pks)
    return [cases[pk] for pk in pks if pk in cases]


class CaseBook:
    """A workbook for ``reader`` that takes cases one by one and keeps none; the labels are in the active language."""

    def __init__(self, reader, at):
        self.reader, self.at = reader, at
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(gettext("Requests"))
        self._rows = 0
        self._sheet.freeze_panes = "B2"
        self._sheet.sheet_view.zoomScale = 100
        self._sheet.page_setup.orientation = "landscape"
        for number, column in enumerate(COLUMNS, 1):
            self._sheet.column_dimensions[get_column_letter(number)].width = column.width
        self._sheet.append([heading(self._sheet, column.label) for column in COLUMNS])
        # A cell of its own costs three times a bare value, so only moments have one, for their format; written out
        # as soon as its row is full, it serves its column again.
        cells = [_moment_cell(self._sheet) if column.is_moment else None for column in COLUMNS]
        self._columns = [(column.value, cell) for column, cell in zip(COLUMNS, cells, strict=True)]

    def add(self, case):
        # Masked again in its column: whoever takes a case of their own away reads no more in the file than others.
        case.contact = contact_of(case, self.reader, self.at)
        self._sheet.append([_written(value(case, self.at), cell) for value, cell in self._columns])
        self._rows += 1

    def save(self, out, facts):
        """Write the file into ``out`` (open for bytes), with ``facts`` (label, value) on a sheet of their own."""
        self._sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{self._rows + 1}"
        about = self._book.create_sheet(gettext("About this list"))
        about.column_dimensions["A"].width, about.column_dimensions["B"].width = 24, 80
        for label, value in facts:
            about.append([heading(about, label), _fact(about, value)])
        self._book.save(out)


def _written(value, cell):
    """What a row holds for ``value``: its column's cell for moments, otherwise a bare number or text; None is empty."""
    if cell is None or value is None:
        return value if isinstance(value, int) else plain(value or "") or None
    cell.value = value
    return cell


def heading(sheet, label):
    cell = WriteOnlyCell(sheet, str(label))
    cell.font, cell.alignment, cell.fill = HEADING, WRAPPED, SHADE
    return cell


def _moment_cell(sheet):
    cell = WriteOnlyCell(sheet)
    cell.number_format = DATE_FORMAT
    return cell


def _fact(sheet, value):
    if isinstance(value, datetime):
        cell = _moment_cell(sheet)
        cell.value = local(value)
    else:
        cell = WriteOnlyCell(sheet, value if isinstance(value, int) else plain(value))
    cell.alignment = WRAPPED
    return cell
