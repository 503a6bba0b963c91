from requests_app.models.assignment import Assignment
from requests_app.models.backing import Backing
from requests_app.models.case import (
    CLOSED_STATUSES,
    OPEN_STATUSES,
    UNDER_WAY,
    WORKED_ON,
    Holder,
    Rung,
    ServiceRequest,
    Status,
)
from requests_app.models.consent import Consent
from requests_app.models.data_record import DataRecord
from requests_app.models.deadline import Deadline
from requests_app.models.delivery import Channel, Delivery, Handling, NoticeChoice, Told, Wanted
from requests_app.models.draft import Draft
from requests_app.models.event import Act, Event
from requests_app.models.export import Export
from requests_app.models.extension import Extension
from requests_app.models.figures import Adjustment, FigureCount, MonthClose, Tally, TallyState
from requests_app.models.follow_up import FollowUp, SampleSeed
from requests_app.models.kept_answer import KeptAnswer
from requests_app.models.meeting import (
    Addendum,
    AgendaItem,
    Attendance,
    Meeting,
    Minutes,
    Remark,
    Resolution,
)
from requests_app.models.notice import Notice
from requests_app.models.paper import Paper
from requests_app.models.pause import Pause
from requests_app.models.photo import Photo
from requests_app.models.precedent import Precedent
from requests_app.models.presence import Presence
from requests_app.models.promise import Promise, PromiseChange
from requests_app.models.quota import Quota
from requests_app.models.rating import Rating
from requests_app.models.recurrence import Recurrence, RecurrenceCase
from requests_app.models.release import Release
from requests_app.models.saved_view import SavedView
from requests_app.models.search_text import SearchText
from requests_app.models.signal import Signal, SignalCase, SignalWord, StaffRating
from requests_app.models.supervision import NumberSeries, Supervision
from requests_app.models.week_count import CountedWeek, WeekCount

__all__ = [
    "CLOSED_STATUSES",
    "OPEN_STATUSES",
    "UNDER_WAY",
    "WORKED_ON",
    "Act",
    "Addendum",
    "Adjustment",
    "AgendaItem",
    "Assignment",
    "Attendance",
    "Backing",
    "Channel",
    "Consent",
    "CountedWeek",
    "DataRecord",
    "Deadline",
    "Delivery",
    "Draft",
    "Event",
    "Export",
    "Extension",
    "FigureCount",
    "FollowUp",
    "Handling",
    "Holder",
    "KeptAnswer",
    "Meeting",
    "Minutes",
    "MonthClose",
    "Notice",
    "NoticeChoice",
    "NumberSeries",
    "Paper",
    "Pause",
    "Photo",
    "Precedent",
    "Presence",
    "Promise",
    "PromiseChange",
    "Quota",
    "Rating",
    "Recurrence",
    "RecurrenceCase",
    "Release",
    "Remark",
    "Resolution",
    "Rung",
    "SampleSeed",
    "SavedView",
    "SearchText",
    "ServiceRequest",
    "Signal",
    "SignalCase",
    "SignalWord",
    "StaffRating",
    "Status",
    "Supervision",
    "Tally",
    "TallyState",
    "Told",
    "Wanted",
    "WeekCount",
]
