"""What each act of the journey asks of the person who takes it: one form an act, fields only.

Who may take a step, and when, stands in the table; whether an act needs words is read from there too. What a valid
form collects is what ``workflow.take`` expects: ``seen``, ``note``, ``photos`` and the facts of the act's effect.
"""

from itertools import groupby

from django import forms
from django.conf import settings
from django.db.models import Q
from django.template.defaultfilters import truncatechars
from django.utils import timezone, translation
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from requests_app.forms.filing import YES_OR_NO
from requests_app.forms.photos import PhotosField
from requests_app.journey import refusals
from requests_app.journey.attempts import ANSWERS, Outcome
from requests_app.journey.effects import working_clock
from requests_app.journey.merging import TOLD_TO_ALL
from requests_app.journey.routing import advise_each
from requests_app.journey.steps import needs_note
from requests_app.models import WORKED_ON, Act, Rating, ServiceRequest
from requests_app.personal import Kind, finds_in, made_public, pieces_of, unfit_for_public
from requests_app.similar import similar_cases
from requests_app.templatetags.moments import moment
from services.models import Limit, Reason, Unit

NOTE_AT_MOST = 1000  # characters; what an event keeps
SIMILAR_AT_MOST = 5  # cases to merge into that are offered
SHOWN_OF_A_TEXT = 60  # characters
SOMEBODY_ELSE = "other"


def words(label, help_text="", **kwargs):
    """A text of several lines; whether it may stay empty is set by the form."""
    area = forms.Textarea(attrs={"rows": 4, "maxlength": NOTE_AT_MOST})
    kwargs["error_messages"] = {"required": refusals.WORDS_MISSING, **kwargs.get("error_messages", {})}
    return forms.CharField(label=label, help_text=help_text, max_length=NOTE_AT_MOST, widget=area, **kwargs)


def yes_or_no(label, **kwargs):
    """Two radios; True, False, or None where it may be left open."""
    return forms.TypedChoiceField(
        label=label,
        choices=YES_OR_NO,
        coerce=lambda answer: answer == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes or no.")},
        **kwargs,
    )


class StepForm(forms.Form):
    """The words that any step may carry. ``intro`` says what the step does, ``button`` names it.

    ``intro_in_a_call`` stands in its place where staff put down what a resident says.
    """

    intro = ""
    intro_in_a_call = ""
    button = None
    # What keeps the photos of an earlier try, and these photos as the page shows them.
    draft = None
    kept = ()
    # Whether an earlier try left photos, known before the form is read.
    has_kept = False

    # The last event on the page from which the person acts.
    seen = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    note = words(_("Internal note"), _("Only staff read it."))

    # Fields that the link to the form may have chosen.
    from_link = ()

    def __init__(self, *args, act, case, by=None, at=None, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.act, self.case, self.by, self.at = act, case, by, at or timezone.now()
        if "note" in self.fields:
            self.fields["note"].required = needs_note(act, case)
        if act in TOLD_TO_ALL and case.has_merged:
            self.fields["note"].help_text = READ_BY_OTHERS % {"count": case.merged.count()}

    @property
    def submit_label(self):
        return self.button or capfirst(self.act.label)


READ_BY_OTHERS = _(
    "The residents of %(count)s merged requests read it too and see the photos: no names, no faces, no room, no number."
)


class AcceptForm(StepForm):
    intro = _("Your branch now has this request: settle it at the estate, or refer it to the community in time.")


class SignForm(StepForm):
    intro = _("Your department now has this request. The time for the work begins.")


class SettleForm(StepForm):
    intro = _("The resident reads your words, sees the photos and is asked to rate.")
    note = words(_("What was done"), _("In plain words; the resident reads them."))
    done_by = forms.CharField(
        label=_("Done by"),
        help_text=_("The person or team who did it; only staff read it."),
        max_length=60,
        required=False,
    )
    photos = PhotosField(label=_("Photos afterwards"))
    field_order = ["note", "done_by", "photos"]


class FulfilForm(SettleForm):
    pass


class ReferForm(StepForm):
    intro = _("The community chooses the department that does the work.")
    note = words(_("Why it is beyond the estate"), _("The resident reads it too."))


class LeadForm(StepForm):
    """Chooses one lead department and any assisting ones: proposals with their reasons first, then all."""

    proposed = forms.ChoiceField(label=_("Lead department"), widget=forms.RadioSelect)
    lead = forms.ModelChoiceField(
        label=_("Another department"),
        queryset=Unit.objects.none(),
        required=False,
        empty_label=_("Choose from the list"),
    )
    assist = forms.ModelMultipleChoiceField(
        label=_("Assisting departments"),
        queryset=Unit.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = words(_("Instructions"), _("Only the departments read them."))
    field_order = ["proposed", "lead", "assist", "note"]
    leaves_out_lead = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        departments = Unit.objects.active().of_kind(Unit.Kind.DEPARTMENT)
        self.fields["lead"].queryset = self.fields["assist"].queryset = departments
        choices = [(proposal.department.pk, proposal.department.name) for proposal in self.proposals]
        self.fields["proposed"].choices = [*choices, (SOMEBODY_ELSE, _("Another one"))]
        self.fields["lead"].choices = [("", self.fields["lead"].empty_label), *self._by_type(self._leads)]
        self.fields["assist"].choices = self._by_type(self.departments)
        first = self.proposals[0].department.pk if self.proposals else SOMEBODY_ELSE
        self.initial.setdefault("proposed", first)

    @cached_property
    def advice(self):
        return advise_each([self.case], self.at)[self.case.pk]

    @cached_property
    def proposals(self):
        now = self.case.lead_id if self.leaves_out_lead else None
        return [proposal for proposal in self.advice.proposals if proposal.department.pk != now]

    @property
    def proposed_boxes(self):
        """The boxes of the proposals, each with its Proposal, and that of another department with None."""
        return list(zip(self["proposed"].subwidgets, [*self.proposals, None], strict=True))

    @property
    def usual_assistants(self):
        """What is known of assisting departments from before, as sentences."""
        return [
            _("%(unit)s: %(times)s times") % {"unit": unit, "times": times} for unit, times in self.advice.assistants
        ]

    @cached_property
    def departments(self):
        active = [unit for unit in self.advice.departments if unit.is_active]
        return sorted(active, key=lambda unit: (Unit.DepartmentType.values.index(unit.department_type), unit.code))

    @property
    def _leads(self):
        now = self.case.lead_id if self.leaves_out_lead else None
        return [unit for unit in self.departments if unit.pk != now]

    @property
    def assist_groups(self):
        """The boxes of the assisting departments: (type, boxes) in order."""
        boxes = zip(self.departments, self["assist"].subwidgets, strict=True)
        kinds = groupby(boxes, lambda pair: pair[0].get_department_type_display())
        return [(capfirst(kind), [box for _unit, box in pairs]) for kind, pairs in kinds]

    @staticmethod
    def _by_type(units):
        """Choices in groups, one for each type of department."""
        kinds = groupby(units, lambda unit: unit.get_department_type_display())
        return [(capfirst(kind), [(unit.pk, unit.name) for unit in group]) for kind, group in kinds]

    def clean(self):
        facts = super().clean()
        choice = facts.pop("proposed", None)
        known = {str(proposal.department.pk): proposal for proposal in self.proposals}
        if choice in known:
            facts["lead"] = known[choice].department
            # Kept with the event, in the language of the site.
            with translation.override(settings.LANGUAGE_CODE):
                facts["why"] = [str(reason) for reason in known[choice].reasons]
        elif choice == SOMEBODY_ELSE and not facts.get("lead"):
            self.add_error("lead", forms.ValidationError(_("Choose the department that does the work.")))
        return facts


class DispatchForm(LeadForm):
    intro = _("The department signs for it, does the work and reports back. You keep seeing the request.")


class UpholdForm(LeadForm):
    intro = _("The return was right: another department does the work.")
    heading = _("Uphold the return: another department does the work")
    note = words(_("Words for the record"), _("Staff read them, also in the precedent book; name no resident."))
    leaves_out_lead = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.case.lead_locked:
            self.intro = _("The first receiver is let go, and another department does the work. Say why.")


class ReassignForm(LeadForm):
    intro = _("Another department does the work; the one that has it now is told.")
    note = words(_("Why"), _("Only staff read it."))
    leaves_out_lead = True


class ReasonForm(StepForm):
    """Chooses a listed reason; ``kind`` says of which list."""

    kind = None
    reason = forms.ModelChoiceField(
        label=_("Reason"), queryset=Reason.objects.none(), widget=forms.RadioSelect, empty_label=None
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = Reason.objects.filter(kind=self.kind, is_active=True)
        self.fields["reason"].label_from_instance = _reason_choice


def _reason_choice(reason):
    line = format_html('<span class="choice__line">{}</span>', reason.guidance) if reason.guidance else ""
    return format_html("{}{}", reason.text, line)


class ReturnForm(ReasonForm):
    kind = Reason.Kind.RETURN
    intro = _("The community or the supervisor rules on it. Until then the request waits.")
    note = words(_("The basis"), _("Which rule or fact shows that it is another department's work. Staff read it."))
    photos = PhotosField(label=_("Photos that show it"))
    field_order = ["reason", "note", "photos"]


class OverruleForm(StepForm):
    intro = _("The department that returned it does the work and cannot return it again.")
    note = words(_("The reason of the ruling"), _("Staff read it, also in the precedent book; name no resident."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.case.lead_locked:
            self.intro = _("The department that had it first does the work and cannot return it.")

    @property
    def heading(self):
        return _("Overrule the return: %(lead)s does the work") % {"lead": self.case.lead}


class DeclineForm(ReasonForm):
    kind = Reason.Kind.DECLINE
    intro = _("The resident reads the reason and where to turn instead, and may appeal.")
    door = forms.CharField(
        label=_("Where to turn instead"),
        help_text=_("Left empty, the resident reads the sentence below the reason you chose."),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300}),
    )
    note = words(_("A word to the resident"))
    field_order = ["reason", "door", "note"]

    def clean(self):
        facts = super().clean()
        reason = facts.get("reason")
        if reason and not facts.get("door"):
            facts["door"] = reason.guidance
            if not reason.guidance:
                self.add_error("door", forms.ValidationError(_("Say where the resident can turn instead.")))
        return facts


class AssistForm(StepForm):
    intro = _("The lead department sees that your part is done.")
    note = words(_("What your department did"), _("The lead department and the community read it."))
    photos = PhotosField()


class WaiveForm(StepForm):
    intro = _("The lead department then no longer waits for this one.")
    assistant = forms.ModelChoiceField(
        label=_("Which department"), queryset=Unit.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    field_order = ["assistant", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        waiting = [assignment.unit_id for assignment in self.case.assignments.all() if assignment.is_waiting]
        self.fields["assistant"].queryset = Unit.objects.filter(pk__in=waiting)


class MergeForm(StepForm):
    """Chooses the case it goes on with: similar ones under way first, otherwise one by its number."""

    intro = _(
        "It goes on together with the other one. Its resident keeps number and page, reads how the other one goes on, "
        "and rates for themselves."
    )
    similar = forms.ChoiceField(label=_("Which request it goes on with"), widget=forms.RadioSelect)
    parent = forms.IntegerField(
        label=_("Number of the other request"),
        help_text=_("The number after # on its page."),
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    note = words(_("Why they belong together"), _("Only staff read it."))
    field_order = ["similar", "parent", "note"]
    from_link = ("similar",)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        choices = [(str(case.pk), _case_choice(case)) for case in self.alike]
        self.fields["similar"].choices = [*choices, (SOMEBODY_ELSE, _("Another request, by its number"))]
        if not choices:
            self.initial.setdefault("similar", SOMEBODY_ELSE)

    @cached_property
    def alike(self):
        found = similar_cases(self.case, self.by, statuses=WORKED_ON, most=SIMILAR_AT_MOST)
        return [one.case for one in found]

    def clean(self):
        facts = super().clean()
        choice, number = facts.pop("similar", None), facts.pop("parent", None)
        known = {str(case.pk): case for case in self.alike}
        if choice in known:
            facts["parent"] = known[choice]
        elif choice == SOMEBODY_ELSE and "parent" not in self.errors:
            facts["parent"] = ServiceRequest.objects.visible_to(self.by).filter(pk=number).first()
            if facts["parent"] is None:
                self.add_error("parent", forms.ValidationError(refusals.NO_SUCH_PARENT))
        return facts


def _case_choice(case):
    text = truncatechars(case.text, SHOWN_OF_A_TEXT)
    line = format_html("{} · {} · {}", capfirst(case.get_status_display()), moment(case.created_at), text)
    return format_html('#{} {} {}<span class="choice__line">{}</span>', case.pk, case.category, case.place, line)


class UnmergeForm(StepForm):
    intro = _("It goes on where it stood; the time in which it was merged does not count.")
    note = words(_("Why they do not belong together"), _("Only staff read it."))


class RateForm(StepForm):
    intro = _("Your word closes the request.")
    intro_in_a_call = _("Ask the resident on the phone and choose what they answer. It closes the request.")
    contacted = yes_or_no(_("Did somebody contact you about it?"))
    solved = yes_or_no(_("Is it solved?"))
    satisfaction = forms.ChoiceField(
        label=_("How satisfied are you?"),
        choices=Rating.Satisfaction,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how satisfied you are.")},
    )
    note = words(_("Anything else you want to say"))
    field_order = ["solved", "satisfaction", "contacted", "note"]


class ContestForm(StepForm):
    intro = _("It goes back to those who did it, with a new date.")
    note = words(_("What is still wrong"), _("Say what you see now, so that they know what to do."))
    photos = PhotosField()


class WithdrawForm(StepForm):
    intro = _("Nobody works on it any more. You can file a new request at any time.")
    note = words(_("Why you withdraw it"))


class AppealForm(StepForm):
    note = words(_("Why you do not agree"))


class TellForm(StepForm):
    intro = _("The resident gets a message with your words.")
    note = words(_("What the resident should know"), _("How far it is, what comes next, by when."))
    photos = PhotosField()


class NoteForm(StepForm):
    intro = _("Stays with the request; the resident never sees it.")
    note = words(_("Internal note"))
    photos = PhotosField()


class RevealForm(StepForm):
    """The purpose of a look at the phone number, as words the resident will read."""

    intro = _("The look is recorded, and the resident sees who looked and why.")
    button = _("Show the number")
    PURPOSES = [
        ("visit", _("Agree on a time for a visit")),
        ("place", _("Ask where exactly it is")),
        ("result", _("Tell how it went, or ask whether it is solved")),
        (SOMEBODY_ELSE, _("Something else")),
    ]
    purpose = forms.ChoiceField(label=_("What for"), choices=PURPOSES, widget=forms.RadioSelect)
    note = words(_("In your own words"), _("Needed only for “Something else”."))
    field_order = ["purpose", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["note"].required = False

    @classmethod
    def in_words(cls, purpose):
        """A listed purpose in the language of the site: the resident reads it, not the officer."""
        with translation.override(settings.LANGUAGE_CODE):
            return str(dict(cls.PURPOSES)[purpose])

    def clean(self):
        facts = super().clean()
        purpose = facts.pop("purpose", None)
        if purpose and purpose != SOMEBODY_ELSE and not facts.get("note"):
            facts["note"] = self.in_words(purpose)
        elif purpose == SOMEBODY_ELSE and not facts.get("note"):
            self.add_error("note", forms.ValidationError(_("Say what you need the number for.")))
        return facts


class CallForm(StepForm):
    """How a follow-up call went; of somebody who was reached, the three answers."""

    button = _("Put it down")
    outcome = forms.ChoiceField(label=_("How did the call go?"), choices=Outcome, widget=forms.RadioSelect)
    contacted = yes_or_no(_("Did somebody contact you about it?"), required=False)
    solved = yes_or_no(_("Is it solved?"), required=False)
    satisfaction = forms.ChoiceField(
        label=_("How satisfied are you?"), choices=Rating.Satisfaction, widget=forms.RadioSelect, required=False
    )
    redo = forms.BooleanField(
        label=_("The resident wants it redone"),
        help_text=_("What is not solved goes back to be redone anyway."),
        required=False,
    )
    give_up = forms.BooleanField(
        label=_("Do not try again: count as unreachable"),
        help_text=_("It was tried often enough, at different times of the day."),
        required=False,
    )
    note = words(_("In their own words, or a word to the next caller"))
    field_order = ["outcome", "contacted", "solved", "satisfaction", "redo", "note", "give_up"]

    def __init__(self, *args, may_give_up=False, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_give_up:
            del self.fields["give_up"]

    def clean(self):
        facts = super().clean()
        if facts.get("outcome") != Outcome.REACHED:
            return {name: said for name, said in facts.items() if name not in (*ANSWERS, "redo")}
        facts.pop("give_up", None)
        for name in ANSWERS:
            if facts.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, forms.ValidationError(refusals.ANSWER_MISSING))
        is_redo = facts.get("redo") or facts.get("solved") is False
        if is_redo and not facts.get("note"):
            self.add_error("note", forms.ValidationError(_("Write down what is still wrong, as they say it.")))
        return facts


class ConcealForm(StepForm):
    """No words: those would be read by the very units from which the name is kept."""

    intro = _(
        "Departments then see no name, number and room, and cannot look at the number; the request is never shown in "
        "public. The resident sees that it is confidential."
    )
    button = _("Keep confidential")
    note = None
    against = forms.ModelChoiceField(
        label=_("Unit complained about"),
        help_text=_("It never sees them, also once the rest is no longer confidential."),
        queryset=Unit.objects.none(),
        required=False,
        empty_label=_("No unit in particular"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["against"].queryset = Unit.objects.active().of_kind(Unit.Kind.DEPARTMENT).order_by("code")
        self.initial.setdefault("against", self.case.against_id)


class DiscloseForm(StepForm):
    intro = _(
        "Departments see name and number masked again and may look at the number for a purpose, also the unit that was "
        "complained about. Do it only if the resident agrees or it was a mistake."
    )
    button = _("End confidentiality")
    note = words(_("Why"), _("The resident reads it."))


class ReleaseForm(StepForm):
    """The wording for the public page, begun with what the scrubber makes of what was written.

    What certainly names somebody is refused, what only may do so until a person has seen it marked.
    """

    intro = _("Everybody can read this wording and see these photos. Check them for anything personal.")
    button = _("Show it in public")
    text = words(_("What was the matter"))
    outcome = words(_("What was done"))
    # What the page marked as likely when it was sent.
    looked_at = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    confirmed = forms.BooleanField(
        label=_("I have read every word and looked at every chosen photo: nothing in them names anybody."),
        error_messages={"required": _("Read the words, look at the photos, and tick this.")},
    )
    photos_shown = forms.ModelMultipleChoiceField(
        label=_("Photos to show"),
        help_text=_("No faces, number plates or doors with room numbers."),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = ["text", "outcome", "photos_shown", "note", "confirmed"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        photos = self.case.photos.shown_to_residents()
        self.fields["photos_shown"].queryset = photos
        released = getattr(self.case, "release", None)
        if released:
            shown = list(photos.filter(is_released=True).values_list("pk", flat=True))
            self.initial |= {"text": released.text, "outcome": released.outcome, "photos_shown": shown}
        for name, wording in self.wordings.items():
            self.initial.setdefault(name, made_public(wording.written, self.case))

    @cached_property
    def wordings(self):
        """What was written for each of the two, by the field's name."""
        reports = self.case.events.filter(act__in=[Act.SETTLE, Act.FULFIL]).order_by("-serial")
        done = reports.values_list("note", flat=True).first() or ""
        return {"text": Wording(self, "text", self.case.text), "outcome": Wording(self, "outcome", done)}

    @property
    def found(self):
        """(kind, pieces) of all that the scrubber found in what was written, kinds without a find left out."""
        finds = [find for wording in self.wordings.values() for find in wording.finds]
        by_kind = ((kind, dict.fromkeys(find.text for find in finds if find.kind == kind)) for kind in Kind)
        return [(kind, list(pieces)) for kind, pieces in by_kind if pieces]

    @property
    def marked_as_likely(self):
        """The pieces that the page marks in the words as they are now, for the field ``looked_at``."""
        finds = [find for wording in self.wordings.values() for find in wording.finds_now]
        return "\n".join(dict.fromkeys(" ".join(find.text.split()) for find in finds if not find.is_certain))

    def clean(self):
        facts = super().clean()
        facts["looked_at"] = facts.get("looked_at", "").splitlines()
        facts.pop("confirmed", None)
        for name in self.wordings.keys() & facts.keys():
            certain, likely = unfit_for_public(facts[name], self.case, facts["looked_at"])
            if certain or likely:
                why, found = (refusals.NOT_IN_PUBLIC, certain) if certain else (refusals.LOOK_AT_IT, likely)
                self.add_error(name, forms.ValidationError(why % {"found": ", ".join(found)}))
        return facts


class Wording:
    """One text of a release: as it was ``written``, and as it is ``now`` in the form's field, both with their finds."""

    def __init__(self, form, name, written):
        self.form, self.name, self.written = form, name, written

    @cached_property
    def finds(self):
        return finds_in(self.written, self.form.case)

    @property
    def now(self):
        return self.form[self.name].value() or ""

    @cached_property
    def finds_now(self):
        return finds_in(self.now, self.form.case)

    @property
    def marked(self):
        return pieces_of(self.written, self.finds)

    @property
    def marked_now(self):
        return pieces_of(self.now, self.finds_now)


class UnreleaseForm(StepForm):
    intro = _("The request disappears from the public page.")


class AskForm(ReasonForm):
    kind = Reason.Kind.ASK
    intro = _("Your time stands still until the resident answers, but not longer than questions may take.")
    note = words(_("Your question"), _("In plain words, one thing at a time; the resident reads it."))
    field_order = ["reason", "note"]


class AnswerForm(StepForm):
    intro = _("Those who asked go on as soon as you have answered.")
    note = words(_("Your answer"))
    photos = PhotosField()


class ResumeForm(StepForm):
    intro = _("The work goes on without the resident's answer, and your time runs again.")
    note = words(_("What you learned otherwise"), _("The resident reads it."))


class MoreTimeForm(StepForm):
    """How much more time, in the clock's own unit; never more than the limit itself."""

    intro = _("A supervisor decides. Until then the date stays; more time can be had once.")
    amount = forms.IntegerField(label=_("How much more"), min_value=1)
    note = words(_("Why"), _("What is missing, and by when it will be there. The supervisor reads it."))
    field_order = ["amount", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        clock = working_clock(self.case)
        if clock:
            self.fields["amount"].label = MORE_IN[clock.time_unit]
            self.fields["amount"].help_text = _("At most %(amount)s.") % {"amount": clock.amount}
            self.fields["amount"].max_value = clock.amount


MORE_IN = {
    Limit.TimeUnit.MINUTES: _("How many more minutes"),
    Limit.TimeUnit.HOURS: _("How many more working hours"),
    Limit.TimeUnit.WORKDAYS: _("How many more working days"),
    Limit.TimeUnit.DAYS: _("How many more calendar days"),
}


class GrantForm(StepForm):
    intro = _("The date moves, and the resident reads the old one, the new one and your reason.")
    note = words(_("The reason"), _("The resident reads it."))


class RefuseForm(StepForm):
    intro = _("The date stays.")
    note = words(_("The reason"), _("Only staff read it."))


class UrgeForm(StepForm):
    intro = _("Whoever has your request gets a message at once. You can urge once a working day.")
    note = words(_("What you want to say"))


class AddForm(StepForm):
    """More about a case under way: words, photos, or both."""

    intro = _("Whoever has your request gets a message at once. The date stays.")
    button = _("Add it")
    note = words(_("What you want to add"), _("For example: it has become worse, or when somebody is at home."))
    photos = PhotosField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Photos say it as well; what there is is asked once all of it is known.
        self.fields["note"].required = False

    def clean(self):
        facts = super().clean()
        if not facts.get("note") and not facts.get("photos") and not self.has_kept and "photos" not in self.errors:
            self.add_error("note", forms.ValidationError(_("Write a few words or add a photo.")))
        return facts


class SuperviseForm(StepForm):
    intro = _("A numbered order goes to whoever has the request now; they answer by its own deadline.")
    note = words(_("What you demand"), _("Only staff read it; the resident sees that you watch over it."))


class ReplyForm(StepForm):
    intro = _("The supervisor reads your answer. The deadline of the work itself stays.")
    note = words(_("What you have done, and what comes next"), _("Only staff read it."))


class ParkForm(ReasonForm):
    """Why it cannot be done now, what must happen first, who sees to it, and when it is looked at again."""

    kind = Reason.Kind.PARK
    intro = _(
        "It waits and comes back by itself on the day of review. The resident is told, and it never counts as solved."
    )
    condition = forms.CharField(
        label=_("What must happen first"), max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )
    leader = forms.ModelChoiceField(
        label=_("Who sees to it"), queryset=Unit.objects.none(), empty_label=_("Choose from the list")
    )
    review_on = forms.DateField(label=_("Day of review"), widget=forms.DateInput(attrs={"type": "date"}))
    note = words(_("A word to the resident"))
    field_order = ["reason", "condition", "leader", "review_on", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        above = [self.case.branch.code[:length] for length in range(6, len(self.case.branch.code) + 1)]
        own, departments = Q(code__in=above), Q(kind=Unit.Kind.DEPARTMENT)
        self.fields["leader"].queryset = Unit.objects.active().filter(own | departments).order_by("kind", "code")


class UnparkForm(StepForm):
    intro = _("The community dispatches it anew.")
    note = words(_("What has changed"), _("The resident reads it."))


STEP_FORMS = {
    Act.ASK: AskForm,
    Act.ANSWER: AnswerForm,
    Act.RESUME: ResumeForm,
    Act.MORE_TIME: MoreTimeForm,
    Act.GRANT: GrantForm,
    Act.REFUSE: RefuseForm,
    Act.URGE: UrgeForm,
    Act.ADD: AddForm,
    Act.SUPERVISE: SuperviseForm,
    Act.REPLY: ReplyForm,
    Act.MERGE: MergeForm,
    Act.UNMERGE: UnmergeForm,
    Act.PARK: ParkForm,
    Act.UNPARK: UnparkForm,
    Act.ACCEPT: AcceptForm,
    Act.SETTLE: SettleForm,
    Act.REFER: ReferForm,
    Act.DISPATCH: DispatchForm,
    Act.SIGN: SignForm,
    Act.RETURN: ReturnForm,
    Act.UPHOLD: UpholdForm,
    Act.OVERRULE: OverruleForm,
    Act.REASSIGN: ReassignForm,
    Act.ASSIST: AssistForm,
    Act.WAIVE: WaiveForm,
    Act.FULFIL: FulfilForm,
    Act.RATE: RateForm,
    Act.CONTEST: ContestForm,
    Act.DECLINE: DeclineForm,
    Act.APPEAL: AppealForm,
    Act.WITHDRAW: WithdrawForm,
    Act.NOTE: NoteForm,
    Act.TELL: TellForm,
    Act.REVEAL: RevealForm,
    Act.CALL: CallForm,
    Act.CONCEAL: ConcealForm,
    Act.DISCLOSE: DiscloseForm,
    Act.RELEASE: ReleaseForm,
    Act.UNRELEASE: UnreleaseForm,
}
