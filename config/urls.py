from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from requests_app.views import accounts, home, installing, look

urlpatterns = [
    path("", home.home, name="home"),
    path("manifest.webmanifest", installing.manifest, name="manifest"),
    path("sw.js", installing.service_worker, name="service-worker"),
    path("offline/", installing.offline, name="offline"),
    path("sign-in/", accounts.sign_in, name="sign-in"),
    path("sign-in/demo/", accounts.demo_sign_in, name="demo-sign-in"),
    path("sign-out/", accounts.sign_out, name="sign-out"),
    path("sign-up/", accounts.sign_up, name="sign-up"),
    path("account/", accounts.account, name="account"),
    path("admin/login/", accounts.admin_sign_in),
    path("admin/", admin.site.urls),
    # Choosing a language comes before signing in.
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("look/", look.look, name="look"),
    path("api/", include("requests_app.api.urls")),
    path("", include("requests_app.urls")),
]
