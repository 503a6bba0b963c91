from django.urls import path

from bench import floors
from config.urls import urlpatterns as site

urlpatterns = [
    path("bench/rows/", floors.rows),
    path("bench/case/<int:pk>/", floors.case),
    path("bench/insert/", floors.insert),
    *site,
]
