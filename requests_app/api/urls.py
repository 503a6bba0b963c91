from django.urls import path, re_path

from requests_app.api import (
    calls,
    deadlines,
    dispatching,
    figures,
    foresight,
    meetings,
    mydata,
    our_estate,
    recurrences,
    reference,
    signals,
    views,
)
from services import api as services

app_name = "api"

READ = {"get": "retrieve"}
LIST = {"get": "list"}
LIST_AND_CREATE = {"get": "list", "post": "create"}

urlpatterns = [
    path("schema/", reference.schema, name="schema"),
    path("docs/", reference.docs, name="docs"),
    path("v1/token/", views.TokenView.as_view(), name="token"),
    path("v1/me/", views.MeView.as_view(), name="me"),
    path("v1/me/copy/", mydata.CopyView.as_view(), name="my-copy"),
    path("v1/privacy-notice/", mydata.PrivacyNoticeView.as_view(), name="privacy-notice"),
    path("v1/requests/", views.CaseViewSet.as_view(LIST_AND_CREATE), name="cases"),
    path("v1/requests/<int:pk>/", views.CaseViewSet.as_view(READ), name="case"),
    path("v1/requests/<int:pk>/events/", views.EventViewSet.as_view(LIST_AND_CREATE), name="events"),
    path("v1/requests/<int:pk>/deadlines/", deadlines.DeadlineViewSet.as_view(LIST), name="deadlines"),
    path("v1/requests/<int:pk>/proposals/", dispatching.ProposalsView.as_view(), name="proposals"),
    path("v1/precedents/", dispatching.PrecedentViewSet.as_view(LIST), name="precedents"),
    path("v1/photos/<slug:token>/<slug:size>.jpg", views.PhotoView.as_view(), name="photo"),
    path("v1/follow-ups/", calls.FollowUpViewSet.as_view(LIST), name="follow-ups"),
    path("v1/follow-ups/<int:pk>/", calls.FollowUpViewSet.as_view(READ), name="follow-up"),
    path("v1/our-estate/", our_estate.OurEstateView.as_view(), name="our-estate"),
    path("v1/our-estate/<int:pk>/", our_estate.VoiceView.as_view(), name="voice"),
    path("v1/recurrences/", recurrences.RecurrenceViewSet.as_view(LIST), name="recurrences"),
    path("v1/recurrences/<int:pk>/", recurrences.RecurrenceViewSet.as_view(READ), name="recurrence"),
    path("v1/foresight/<slug:code>/", foresight.ForesightView.as_view(), name="foresight"),
    path("v1/figures/<slug:code>/", figures.FiguresView.as_view(), name="figures"),
    path("v1/figures/<slug:code>/signals/", signals.SignalsView.as_view(), name="signals"),
    path("v1/meetings/", meetings.MeetingViewSet.as_view(LIST), name="meetings"),
    path("v1/meetings/<int:pk>/", meetings.MeetingViewSet.as_view(READ), name="meeting"),
    path("v1/promises/", meetings.PromiseViewSet.as_view(LIST), name="promises"),
    path("v1/promises/<int:pk>/", meetings.PromiseViewSet.as_view(READ), name="promise"),
    path("v1/units/", services.UnitViewSet.as_view(LIST), name="units"),
    path("v1/units/<slug:code>/", services.UnitViewSet.as_view(READ), name="unit"),
    path("v1/estates/", services.EstateViewSet.as_view(LIST), name="estates"),
    path("v1/estates/<slug:code>/", services.EstateViewSet.as_view(READ), name="estate"),
    path("v1/categories/", services.CategoryViewSet.as_view(LIST), name="categories"),
    path("v1/categories/<slug:code>/", services.CategoryViewSet.as_view(READ), name="category"),
    path("v1/reasons/", services.ReasonViewSet.as_view(LIST), name="reasons"),
    # Whatever else stands below, line breaks included, which <path:> would let through to the site's own page.
    re_path(r"^v1/[\s\S]*", views.NotFoundView.as_view(), name="nowhere"),
]
