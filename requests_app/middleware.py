"""Answers that any page may need."""

from django.shortcuts import render

from requests_app.journey.refusals import StepRefused
from requests_app.wording import event_sentence

# Fields of the step forms in which people write; what stands in them is shown again, never lost.
WRITTEN = ("note", "door", "text", "outcome")


class StepRefusedMiddleware:
    """Answer a step that is no longer possible with 409 and a plain page: who did what, when, and what to do now."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, StepRefused):
            return None
        events = exception.case.events.select_related("unit", "holder_unit")
        last = events.public().order_by("-serial").first()
        context = {
            "case": exception.case,
            "reason": exception.reason,
            "last": last,
            "sentence": event_sentence(last),
            "typed": [text for text in map(request.POST.get, WRITTEN) if text and text.strip()],
        }
        return render(request, "requests/409.html", context, status=409)
