from django.urls import path

from requests_app.views import cases, desks, photos, steps, supervisor

app_name = "requests"

urlpatterns = [
    path("requests/<int:pk>/", cases.case, name="case"),
    path("requests/<int:pk>/<slug:act>/", steps.step, name="step"),
    path("desk/supervisor/units/", supervisor.units, name="desk-units"),
    path("desk/<slug:desk>/", desks.desk, name="desk"),
    path("photos/<slug:token>/<slug:size>.jpg", photos.photo, name="photo"),
]
