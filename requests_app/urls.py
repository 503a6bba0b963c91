from django.urls import path

from requests_app.exports import pages as exports
from requests_app.views import (
    bulk,
    calls,
    cases,
    deadlines,
    desks,
    filing,
    home,
    inbox,
    photos,
    precedents,
    public,
    resident,
    saved_views,
    search,
    steps,
    supervisor,
    tracking,
)

app_name = "requests"

urlpatterns = [
    path("file/", filing.file, name="file"),
    path("file/<uuid:key>/receipt/", filing.receipt, name="receipt"),
    path("file/<uuid:key>/<slug:step>/", filing.file_step, name="file-step"),
    path("mine/", resident.mine, name="mine"),
    path("household/", resident.household, name="household"),
    path("track/", tracking.track, name="track"),
    path("public/", public.public, name="public"),
    path("public/<int:pk>/", public.public_page, name="public-case"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<int:pk>/", inbox.notice, name="notice"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<int:pk>/", exports.export, name="export"),
    path("exports/<int:pk>/file/", exports.export_file, name="export-file"),
    path("privacy/", home.privacy, name="privacy"),
    path("requests/<int:pk>/", cases.case, name="case"),
    path("requests/<int:pk>/presence/", cases.presence, name="presence"),
    path("requests/<int:pk>/call/", calls.call, name="call"),
    path("requests/<int:pk>/deadlines/<int:deadline_pk>/", deadlines.deadline, name="deadline"),
    path("requests/<int:pk>/<slug:act>/", steps.step, name="step"),
    path("precedents/", precedents.precedents, name="precedents"),
    path("desk/supervisor/units/", supervisor.units, name="desk-units"),
    path("desk/supervisor/held/", supervisor.held, name="desk-held"),
    path("desk/<slug:desk>/", desks.desk, name="desk"),
    path("desk/<slug:desk>/bulk/", bulk.at_once, name="bulk"),
    path("desk/<slug:desk>/views/", saved_views.saved_views, name="desk-views"),
    path("search/", search.search, name="search"),
    path("photos/<slug:token>/<slug:size>.jpg", photos.photo, name="photo"),
]
