from requests_app.models.assignment import Assignment
from requests_app.models.case import CLOSED_STATUSES, OPEN_STATUSES, Holder, ServiceRequest, Status
from requests_app.models.deadline import Deadline
from requests_app.models.draft import Draft
from requests_app.models.event import Act, Event
from requests_app.models.notice import Notice
from requests_app.models.photo import Photo
from requests_app.models.quota import Quota
from requests_app.models.rating import Rating
from requests_app.models.release import Release

__all__ = [
    "CLOSED_STATUSES",
    "OPEN_STATUSES",
    "Act",
    "Assignment",
    "Deadline",
    "Draft",
    "Event",
    "Holder",
    "Notice",
    "Photo",
    "Quota",
    "Rating",
    "Release",
    "ServiceRequest",
    "Status",
]
