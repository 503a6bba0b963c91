"""Answers that any page may need."""

from django.shortcuts import render

from requests_app.journey.refusals import StepRefused


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
        context = {"case": exception.case, "reason": exception.reason, "last": last}
        return render(request, "requests/409.html", context, status=409)
