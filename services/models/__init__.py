from services.models.calendar import CalendarDay, CalendarEdition, CalendarYear, WorkingBlock
from services.models.calls import CallSlot, FollowUpRule
from services.models.catalogue import Category, Limit, Reason, Route, Urgency
from services.models.codes import SignInCode
from services.models.figures import FigureDefinition
from services.models.households import Household, Residence
from services.models.meetings import AgendaRule, BackingThreshold, MeetingSeries, Seat, SeatKind, Term
from services.models.memberships import Membership, Role
from services.models.open_sessions import OpenSession
from services.models.places import Building, Estate, Facility, ServiceArea, Spot
from services.models.privacy import PrivacyNotice, Retention
from services.models.proxies import Branch, Community, Department, District, Street
from services.models.recurrences import RecurrenceRule
from services.models.replies import ReplyTemplate
from services.models.seed_record import SeedRecord
from services.models.signals import SignalDefinition
from services.models.tokens import ApiToken
from services.models.units import Unit, UnitFact, codes_below, codes_between, span_of
from services.models.users import User

__all__ = [
    "AgendaRule",
    "ApiToken",
    "BackingThreshold",
    "Branch",
    "Building",
    "CalendarDay",
    "CalendarEdition",
    "CalendarYear",
    "CallSlot",
    "Category",
    "Community",
    "Department",
    "District",
    "Estate",
    "Facility",
    "FigureDefinition",
    "FollowUpRule",
    "Household",
    "Limit",
    "MeetingSeries",
    "Membership",
    "OpenSession",
    "PrivacyNotice",
    "Reason",
    "RecurrenceRule",
    "ReplyTemplate",
    "Residence",
    "Retention",
    "Role",
    "Route",
    "Seat",
    "SeatKind",
    "SeedRecord",
    "ServiceArea",
    "SignInCode",
    "SignalDefinition",
    "Spot",
    "Street",
    "Term",
    "Unit",
    "UnitFact",
    "Urgency",
    "User",
    "WorkingBlock",
    "codes_below",
    "codes_between",
    "span_of",
]
