"""The catalogue: what can be asked, who does it, and how long each step may take."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from services.models.units import Unit


class Urgency(models.TextChoices):
    CONSULT = "consult", _("question")
    HELP = "help", _("help wanted")
    COMPLAINT = "complaint", _("complaint")
    URGENT = "urgent", _("urgent")


class CategoryQuerySet(models.QuerySet):
    def leaves(self):
        """What a request can be filed under."""
        return self.filter(parent__isnull=False, is_active=True, parent__is_active=True)

    def named(self, words):
        """Leaves whose name, plain words, example or group hold every one of ``words`` (separated by spaces)."""
        found = self.leaves()
        for word in words.split():
            found = found.filter(
                Q(name__contains=word)
                | Q(plain_words__contains=word)
                | Q(example__contains=word)
                | Q(parent__name__contains=word)
            )
        return found


class Category(models.Model):
    """A kind of request. Two levels: groups, and the leaves that requests are filed under."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, related_name="children", null=True, blank=True, verbose_name=_("category group")
    )
    name = models.CharField(_("name"), max_length=40)
    plain_words = models.CharField(_("what residents call it"), max_length=200, blank=True)
    example = models.CharField(_("example"), max_length=100, blank=True)
    urgency = models.CharField(_("urgency"), max_length=12, choices=Urgency, blank=True)
    is_public = models.BooleanField(_("may be shown in public"), default=False)
    # Of these the estate's property firm never learns who filed them, also where it does the work.
    is_against_firm = models.BooleanField(_("a complaint about the property firm"), default=False)
    follow_up_rate = models.PositiveSmallIntegerField(
        _("share that is called, in percent"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=_("Left empty, the group's share holds, then that of the follow-up rules."),
    )
    questions = models.JSONField(
        _("extra questions"),
        default=list,
        blank=True,
        help_text=_("A list of {key, label, kind: text, choice or yes_no, choices}."),
    )
    emergency_notice = models.CharField(
        _("emergency notice"),
        max_length=200,
        blank=True,
        help_text=_("Shown first: whom to call before anything else."),
    )
    icon = models.CharField(_("icon"), max_length=20, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    offered_first = models.PositiveSmallIntegerField(
        _("place among what is offered first"),
        null=True,
        blank=True,
        help_text=_("Where an estate has asked for little of late, these are offered. Left empty, it is not."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ["order", "code"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True, urgency="") | Q(parent__isnull=False) & ~Q(urgency=""),
                name="category_exactly_leaves_have_urgency",
                violation_error_message=_("A leaf needs an urgency; a group has none."),
            ),
            models.CheckConstraint(
                condition=Q(follow_up_rate__isnull=True) | Q(follow_up_rate__lte=100),
                name="category_follow_up_rate_is_a_share",
                violation_error_message=_("A share lies between 0 and 100 percent."),
            ),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        if self.parent and self.parent.parent_id:
            raise ValidationError({"parent": _("There are two levels only: choose a group.")})


class RouteQuerySet(models.QuerySet):
    def active(self):
        """Those that hold; the others are being prepared, or are out of use."""
        return self.filter(is_active=True)

    def beside(self, route):
        """Those for the same category and area that ``route`` takes the place of where it is switched on."""
        same = {name: getattr(route, name) for name in ("category", "area", "to_property_firm")}
        return self.active().filter(**same).exclude(pk=route.pk)


class Route(models.Model):
    """Which department does this kind of work in this area.

    The most specific wins: a leaf's route before its group's, then the smaller area. A route to the property firm
    does not hold for an estate that has none. Only what is switched on holds.
    """

    category = models.ForeignKey(Category, models.CASCADE, related_name="routes", verbose_name=_("category"))
    area = models.ForeignKey(Unit, models.CASCADE, related_name="routes_here", verbose_name=_("area"))
    department = models.ForeignKey(
        Unit,
        models.PROTECT,
        related_name="routes",
        null=True,
        blank=True,
        limit_choices_to={"kind": Unit.Kind.DEPARTMENT},
        verbose_name=_("department"),
    )
    to_property_firm = models.BooleanField(_("to the estate's property firm"), default=False)
    basis = models.CharField(_("basis"), max_length=200, blank=True)
    is_active = models.BooleanField(
        _("switched on"),
        default=True,
        help_text=_("While it is off it proposes nothing. Look first at what it would have meant for past requests."),
    )

    objects = RouteQuerySet.as_manager()

    class Meta:
        ordering = ["category", "area"]
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        constraints = [
            models.UniqueConstraint(
                fields=["category", "area", "to_property_firm"],
                condition=Q(is_active=True),
                name="route_once_switched_on",
                violation_error_message=_("This category already has such a route in this area."),
            ),
            models.CheckConstraint(
                condition=Q(department__isnull=False, to_property_firm=False)
                | Q(department__isnull=True, to_property_firm=True),
                name="route_leads_to_one_place",
                violation_error_message=_("Choose a department or the estate's property firm, one of them."),
            ),
        ]

    def __str__(self):
        return f"{self.category} · {self.area}"

    @transaction.atomic
    def switch_on(self):
        """Let it hold from now on; the routes that it takes the place of, now switched off."""
        # Two routes for the same work may be switched on at once: the second finds the first.
        Category.objects.select_for_update().get(pk=self.category_id)
        replaced = list(Route.objects.beside(self))
        Route.objects.filter(pk__in=[route.pk for route in replaced]).update(is_active=False)
        self.is_active = True
        self.save(update_fields=["is_active"])
        return replaced

    def switch_off(self):
        self.is_active = False
        self.save(update_fields=["is_active"])


LONGEST = 5000  # of any unit of time: a slip of the finger must not give a limit of decades


class Limit(models.Model):
    """How long a step may take. A category's own limit comes before an urgency's, that before the general one."""

    class Step(models.TextChoices):
        ACCEPT = "accept", _("accept")
        SETTLE = "settle", _("settle or refer")
        DISPATCH = "dispatch", _("dispatch")
        SIGN = "sign", _("sign")
        FIRST_CONTACT = "first_contact", _("first contact")
        FULFIL = "fulfil", _("fulfil")
        RETURN_WINDOW = "return_window", _("return window")
        RULING = "ruling", _("rule on a return")
        REDO = "redo", _("redo")
        FOLLOW_UP = "follow_up", _("follow-up call")
        ANSWER = "answer", _("answer by the resident")
        CONTEST_WINDOW = "contest_window", _("contest window")
        APPEAL_WINDOW = "appeal_window", _("appeal window")
        # The longest time that questions to the resident may hold a case up, all taken together.
        PAUSE = "pause", _("waiting for the resident, at most")
        REVIEW = "review", _("review of a parked request, at the latest")
        SUPERVISION = "supervision", _("answer to a supervision order")
        # Without news for the resident for so long, the holder is alarmed.
        SILENCE = "silence", _("silence")
        # After the deadline: when a supervisor is called, and when the case goes on the list of the month.
        ESCALATION = "escalation", _("late until a supervisor is called")
        LISTING = "listing", _("late until it is listed for the month")

    class TimeUnit(models.TextChoices):
        MINUTES = "minutes", _("minutes, round the clock")
        HOURS = "hours", _("working hours")
        WORKDAYS = "workdays", _("working days")
        DAYS = "days", _("calendar days")

    category = models.ForeignKey(
        Category, models.CASCADE, related_name="limits", null=True, blank=True, verbose_name=_("category")
    )
    urgency = models.CharField(_("urgency"), max_length=12, choices=Urgency, blank=True)
    step = models.CharField(_("step"), max_length=16, choices=Step)
    amount = models.PositiveIntegerField(_("amount"), validators=[MaxValueValidator(LONGEST)])
    time_unit = models.CharField(_("unit of time"), max_length=10, choices=TimeUnit)
    basis = models.CharField(_("basis"), max_length=200, blank=True)

    class Meta:
        ordering = ["step", "category", "urgency"]
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        constraints = [
            models.UniqueConstraint(
                fields=["category", "step"],
                condition=Q(category__isnull=False),
                name="limit_once_per_category",
                violation_error_message=_("There is already such a limit."),
            ),
            models.UniqueConstraint(
                fields=["urgency", "step"],
                condition=Q(category__isnull=True),
                name="limit_once_per_urgency",
                violation_error_message=_("There is already such a limit."),
            ),
            models.CheckConstraint(condition=Q(amount__gte=1), name="limit_is_at_least_one"),
            models.CheckConstraint(
                condition=Q(category__isnull=True) | Q(urgency=""),
                name="limit_by_category_or_urgency",
                violation_error_message=_("A limit belongs to a category or to an urgency, not to both."),
            ),
        ]

    def __str__(self):
        return f"{self.get_step_display()}: {self.amount} {self.get_time_unit_display()}"


class Reason(models.Model):
    """A listed reason to return, to decline, to withdraw …, with the way onward for whoever hears it."""

    class Kind(models.TextChoices):
        RETURN = "return", _("return")
        DECLINE = "decline", _("decline")
        ASK = "ask", _("ask the resident")
        PARK = "park", _("park")
        WITHDRAW = "withdraw", _("withdraw")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    code = models.SlugField(_("code"), max_length=40)
    text = models.CharField(_("reason"), max_length=100)
    guidance = models.CharField(_("what to do next"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["kind", "order"]
        verbose_name = _("listed reason")
        verbose_name_plural = _("listed reasons")
        constraints = [
            models.UniqueConstraint(fields=["kind", "code"], name="reason_once"),
        ]

    def __str__(self):
        return self.text
