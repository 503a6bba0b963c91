"""The one settings file, closed by default: what opens it (DEBUG, DEMO, PLAIN_HTTP) is said in the environment.

Every variable read here is listed with its meaning in .env.example.
"""

from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent

# What opens the house

DEBUG = env.flag("DEBUG")
# Demo people sign in with one click, so a public server must never offer them.
DEMO = env.flag("DEMO")
if DEMO and not DEBUG:
    raise ImproperlyConfigured(
        "DEMO lets anyone sign in as anyone, so it works only together with DEBUG: "
        "unset DEMO, or set DEBUG=true on your own machine."
    )

SECRET_KEY = env.text("SECRET_KEY", "insecure-for-development" if DEBUG else None)
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set: set it to at least 50 random characters, or set DEBUG=true on your own machine."
    )

# What encrypts names and numbers in the database, the newest first; the older ones still read what they wrote.
FIELD_KEYS = env.fernet_keys("FIELD_KEYS") or (["insecure-key-for-development-only-000000000="] if DEBUG else [])
if not FIELD_KEYS:
    raise ImproperlyConfigured(
        "FIELD_KEYS is not set: names and numbers would lie open in the database. "
        f"Make a key with: {env.MAKE_A_KEY} or set DEBUG=true on your own machine."
    )
# What finds them again; another secret, so that new encryption keys do not change it.
FIELD_HASH_KEY = env.text("FIELD_HASH_KEY", "insecure-for-development" if DEBUG else None)
if not FIELD_HASH_KEY:
    raise ImproperlyConfigured(
        "FIELD_HASH_KEY is not set: set it to at least 50 random characters of its own, "
        "or set DEBUG=true on your own machine."
    )

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or (["127.0.0.1", "localhost", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

# Applications

INSTALLED_APPS = [
    # First, so that the admin's own list of models is made after theirs and may leave some out.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "config.apps.GuessingConfig",  # django-axes
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_tasks",
    "django_tasks_db",
    "services",
    "requests_app",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.CompressedPages",
    "csp.middleware.CSPMiddleware",
    "config.middleware.permissions_policy",
    "config.middleware.not_for_search_engines",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.chosen_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "requests_app.middleware.SecondFactorMiddleware",
    "requests_app.middleware.LastSeenMiddleware",
    "requests_app.middleware.StaffDeviceMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "requests_app.middleware.StepRefusedMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "requests_app.context.reader",
            ],
            "builtins": ["requests_app.templatetags.parts"],
        },
    },
]

# Data

SQLITE_PATH = env.path("SQLITE_PATH", BASE_DIR / "db.sqlite3")
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": SQLITE_PATH,
    "OPTIONS": {
        # SQLite ignores select_for_update(); taking the write lock at BEGIN is what keeps two steps apart.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds a writer waits for another
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    },
    # A file, because threads cannot race each other in a database held in memory.
    "TEST": {"NAME": SQLITE_PATH.with_suffix(".test.sqlite3")},
}

DATABASE_URL = env.text("DATABASE_URL")
DATABASES = {
    "default": dj_database_url.parse(
        DATABASE_URL,
        conn_max_age=env.number("DATABASE_CONN_MAX_AGE", 60),  # seconds a connection is kept
        conn_health_checks=True,
    )
    if DATABASE_URL
    else SQLITE
}
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Of these queries PostgreSQL would compile some for seconds that it answers in milliseconds; and for the page of a
    # case, which joins nine tables by their keys, try every order of eight for longer than the rest of the query takes.
    # And it would rather read a whole table than a part of it here and there, as on a disk that turns.
    PLANNER = "-c jit=off -c join_collapse_limit=4 -c random_page_cost=1.1"
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", PLANNER)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Photos are personal data: a view hands them out, no web server does.
MEDIA_ROOT = env.path("MEDIA_ROOT", BASE_DIR / "media")
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes; a larger file goes to a temporary file
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes of a form or JSON body, its files not counted
DATA_UPLOAD_MAX_NUMBER_FILES = 12  # six photos are allowed; a few more get a clear sentence instead of a bare 400
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# Work that a page does not wait for; `manage.py db_worker` does it.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# Files of the site itself

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_STORAGE_CLASS = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
    if DEBUG
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATICFILES_STORAGE_CLASS},
}
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False

# People

AUTH_USER_MODEL = "services.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # lets nobody in, it only holds back who guesses
    "services.auth.PhoneOrUsernameBackend",
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "services.passwords.NotAUsualOne"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Whoever serves proves a second factor at every sign-in; the demo's people have none.
SECOND_FACTOR_REQUIRED = not DEMO
MFA_ADAPTER = "services.second_factor.Adapter"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds that a phone's clock may be off, to either side

# django-axes counts over hours what requests_app/quotas.py counts exactly over minutes: thirty wrong passwords for one
# name from one address without a right one between, at most ten in a quarter of an hour, close that way for an hour.
AXES_FAILURE_LIMIT = 30
AXES_COOLOFF_TIME = 1  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_CALLABLE = "requests_app.quotas.axes_name"
AXES_CLIENT_IP_CALLABLE = "requests_app.quotas.axes_address"
AXES_LOCKOUT_CALLABLE = "requests_app.quotas.axes_answer"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "password", "csrfmiddlewaretoken", "phone", "next"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Language and time

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60  # seconds
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# What a browser may do

# PLAIN_HTTP is for a trial on a network without certificates; nobody's data is safe on the way then.
HTTPS_ONLY = not DEBUG and not env.flag("PLAIN_HTTP")
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 365 * 24 * 60 * 60) if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
# Browsers' built-in HSTS lists are for the owner of the whole domain to enter, not for one site on it.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS_ONLY
# Only behind a proxy that sets this header itself; otherwise anyone could claim to have come by https.
if env.flag("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],  # blob: shows a chosen photo before it is sent
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# Messages that leave the site

# Their links begin with it.
SITE_URL = env.text("SITE_URL").rstrip("/") or (
    "http://127.0.0.1:8000"
    if DEBUG
    else f"{'https' if HTTPS_ONLY else 'http'}://{(ALLOWED_HOSTS or ['localhost'])[0].lstrip('.')}"
)
# A font with Chinese letters for the pictures of links that are passed on; otherwise one of the usual ones.
CARD_FONT = env.text("CARD_FONT")
# The mail server where one is set; the console on a developer's machine and in the demo.
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.number("EMAIL_PORT", 465)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env.text("EMAIL_USER"), env.text("EMAIL_PASSWORD")
# Encrypted from the start on the port that is for it, otherwise from the first words on; to this machine itself, not.
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = not EMAIL_USE_SSL and EMAIL_HOST not in ("localhost", "127.0.0.1", "::1")
EMAIL_TIMEOUT = 10  # seconds without a word from the server
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM") or ("duidan@localhost" if DEBUG else "")
EMAIL_CHANNEL = "smtp" if EMAIL_HOST else "console" if DEBUG else "off"
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
if EMAIL_HOST and not DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured("EMAIL_FROM is not set: mail needs an address that it comes from.")

# API

API_TOKEN_DAYS = env.number("API_TOKEN_DAYS", 90)  # days a token opens the API
REST_FRAMEWORK = {
    # The first one decides how a request without credentials is answered: with a token's 401, not a session's 403.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "requests_app.api.authentication.ByToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["requests_app.api.parsers.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "requests_app.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "requests_app.api.schema.ProblemSchema",
    "DEFAULT_METADATA_CLASS": None,  # the description of the API is its schema
    "EXCEPTION_HANDLER": "requests_app.api.problems.handle_exception",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "兑单 Duidan",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "Act": "requests_app.models.Act",
        "FollowUpState": "requests_app.models.FollowUp.State",
        "Holder": "requests_app.models.Holder",
        "MeetingState": "requests_app.models.Meeting.State",
        "Party": "requests_app.models.event.Party",
        "PromiseChangeKind": "requests_app.models.PromiseChange.Kind",
        "PromiseState": "requests_app.models.Promise.State",
        "ReasonKind": "services.models.Reason.Kind",
        "ResolutionKind": "requests_app.models.Resolution.Kind",
        "SignalState": "requests_app.models.Signal.State",
        "Status": "requests_app.models.Status",
        "UnitKind": "services.models.Unit.Kind",
        "Urgency": "services.models.Urgency",
    },
}

# Text messages

# The gateway where one is set; otherwise the page shows them in the demo, and the console on a developer's machine.
SMS_GATEWAY_URL = env.text("SMS_GATEWAY_URL")
SMS_GATEWAY_SECRET = env.text("SMS_GATEWAY_SECRET")
SMS_GATEWAY_TIMEOUT = env.number("SMS_GATEWAY_TIMEOUT", 5)  # seconds without a byte from the gateway
SMS_CHANNEL = "gateway" if SMS_GATEWAY_URL else "page" if DEMO else "console" if DEBUG else "off"
if SMS_GATEWAY_URL and not env.is_safe_url(SMS_GATEWAY_URL):
    raise ImproperlyConfigured(
        "SMS_GATEWAY_URL must begin with https:// (http:// only for this machine itself): numbers and codes go there."
    )
if SMS_GATEWAY_URL and not SMS_GATEWAY_SECRET:
    raise ImproperlyConfigured("SMS_GATEWAY_SECRET is not set: the gateway knows the site's messages by it.")

# Logs

# To stderr, for the service manager to keep. Only the development server logs query strings; nothing logs bodies.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO").upper()},
    # Django's own handlers would mail reports with form contents to the ADMINS.
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},
}
