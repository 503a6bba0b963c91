from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from requests_app.views import accounts, home, installing, look, second_factor, sign_in

urlpatterns = [
    path("", home.home, name="home"),
    path("manifest.webmanifest", installing.manifest, name="manifest"),
    path("sw.js", installing.service_worker, name="service-worker"),
    path("offline/", installing.offline, name="offline"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/code/", sign_in.code, name="sign-in-code"),
    path("sign-in/name/", sign_in.name, name="sign-in-name"),
    path("sign-in/demo/", sign_in.demo_sign_in, name="demo-sign-in"),
    path("sign-in/second/", second_factor.second_factor, name="second-factor"),
    path("sign-in/second/set-up/", second_factor.set_up, name="second-factor-set-up"),
    path("sign-in/second/recovery/", second_factor.recovery_codes, name="recovery-codes"),
    path("sign-in/password/", second_factor.new_password, name="new-password"),
    path("sign-out/", accounts.sign_out, name="sign-out"),
    path("account/", accounts.account, name="account"),
    path("admin/login/", accounts.admin_sign_in),
    path("admin/", admin.site.urls),
    # Choosing a language comes before signing in.
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("look/", look.look, name="look"),
    path("api/", include("requests_app.api.urls")),
    path("", include("requests_app.urls")),
]
