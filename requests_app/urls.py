from django.urls import path

from requests_app.views import photos

app_name = "requests"

urlpatterns = [
    path("photos/<slug:token>/<slug:size>.jpg", photos.photo, name="photo"),
]
