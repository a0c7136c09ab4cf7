"""Settings: everything that differs between places comes from the environment, and is checked here, in plain words."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from nhs_learning import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = embedded.var_dir()
env = environ.Env()


def _whole_number(name: str, default: int) -> int:
    try:
        return env.int(name, default=default)
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} must be a whole number. Set it to one, or leave it out for {default}."
        ) from None


def _yes_or_no(name: str, default: bool) -> bool:
    said = env(name, default="").strip().lower()
    if said and said not in {"true", "yes", "on", "1", "false", "no", "off", "0"}:
        raise ImproperlyConfigured(f"{name} must be true or false. Set it to one, or leave it out.")
    return said in {"true", "yes", "on", "1"} if said else default


def _secret_key() -> str:
    """From the environment; on a single machine without one, made once and kept in VAR_DIR."""
    if key := env("SECRET_KEY", default=""):
        return key
    if PRODUCTION:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS is set, so this is production, but SECRET_KEY is not. "
            "Set SECRET_KEY to a long random text, the same on every machine."
        )
    from django.core.management.utils import get_random_secret_key

    kept = VAR_DIR / "secret-key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(get_random_secret_key())
    return kept.read_text()


def _database() -> dict:
    url = env("DATABASE_URL", default="")
    if not url:
        raise ImproperlyConfigured(
            "DATABASE_URL is not set. Start through manage.py or make, which bring a database of their own, "
            "or set DATABASE_URL=postgresql://user:password@host/name."
        )
    if not url.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://, since PostgreSQL is the one database.")
    try:
        config = env.db_url_config(url)
    except ValueError:
        config = {}
    if not config.get("NAME"):
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read. Write it as postgresql://user:password@host:port/name, "
            "with a / or @ in the password written as %2F or %40."
        )
    config.setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)  # seconds; then the page says so
    return {
        **config,
        "CONN_MAX_AGE": _whole_number("CONN_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }


def _letters() -> dict:
    try:
        return env.email_url("EMAIL_URL", default="consolemail://")
    except (ImproperlyConfigured, ValueError):
        raise ImproperlyConfigured(
            "EMAIL_URL cannot be read. Write it as smtp://host:25 or smtp+tls://user:password@host:587, "
            "or leave it out to have letters printed on the console."
        ) from None


DEBUG = _yes_or_no("DEBUG", default=False)
DEMO = _yes_or_no("DEMO", default=False)  # lists the demo people on the sign-in page, and says on every page what it is
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
PRODUCTION = bool(ALLOWED_HOSTS)
if not PRODUCTION:
    ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECRET_KEY = _secret_key()
#: Changes with each release, so that what is kept of an older build is never shown by a newer one.
BUILD = env("BUILD", default="dev")

INSTALLED_APPS = [
    "nhs_learning.apps.NhsLearningConfig",
    "reviews.apps.ReviewsConfig",
    "routines.apps.RoutinesConfig",
    "knowledge.apps.KnowledgeConfig",
    "nhs_learning.people.apps.PeopleConfig",
    "nhs_learning.record.apps.RecordConfig",
    "nhs_learning.people.apps.CuratorsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "pghistory",
    "pgtrigger",
    "taggit",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "nhs_learning.views.health.AsNobodyMiddleware",
    "csp.middleware.CSPMiddleware",
    "knowledge.middleware.KeptPagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "nhs_learning.people.sessions.IdleSessionMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "knowledge.middleware.ElsewhereMiddleware",
    "pghistory.middleware.HistoryMiddleware",
]

ROOT_URLCONF = "nhs_learning.urls"
WSGI_APPLICATION = "nhs_learning.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"environment": "nhs_learning.jinja.environment"},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "nhs_learning" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "nhs_learning.demo.demonstration",
            ]
        },
    },
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: How many departures for one reason, within how many days, are a pattern that offers a review.
PATTERN_DEPARTURES = env.int("PATTERN_DEPARTURES", default=3)
PATTERN_DAYS = env.int("PATTERN_DAYS", default=90)

REDIS_URL = env("REDIS_URL", default="")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured(
        "REDIS_URL must begin with redis://, rediss:// or unix://; leave it out to do without Redis."
    )
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Public pages and parts of others, in each web process's own memory: a few for each piece of guidance. What was
    # found is kept apart, so that many searches never push them out.
    **{
        name: {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": name,
            "OPTIONS": {"MAX_ENTRIES": entries},
        }
        for name, entries in {"pages": 10_000, "searches": 2000}.items()
    },
}
#: Who changed what is of interest where something can change.
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

# Who is here
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["nhs_learning.people.accounts.SignIn"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "nhs_learning.people.accounts.Accounts"
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are added by their administrator, not by themselves
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no letters to people who are not here
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "reset_password": "20/m/ip,5/m/key"}
SESSION_ENGINE = "nhs_learning.people.sessions"
# In the session, which ends with signing out: a cookie of their own would show them to whoever signs in next.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# An idle session ends after this many seconds; ward computers are shared.
SESSION_COOKIE_AGE = _whole_number("IDLE_SECONDS", 4 * 60 * 60)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION and _yes_or_no("HTTPS", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/$"]  # load balancers ask from inside, without https
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _yes_or_no("BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # The hash is that of the NHS page template's one inline script, which never changes.
        "script-src": [SELF, "'sha256-tDOvXJi1PXbg0CWjLCCYSNHRXtps26K4JXkE3M6u/c0='"],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Language and time
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True

# Files
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static" / "build"]
MEDIA_ROOT = VAR_DIR / "uploads"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
SEARCH_DIR = VAR_DIR / "search"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a framework's draft with its milestones, on one admin page
DATA_UPLOAD_MAX_NUMBER_FILES = 1_000  # more than the import page allows, which says so kindly

# Letters
vars().update(_letters())
DEFAULT_FROM_EMAIL = env("FROM_EMAIL", default="NHS Learning <no-reply@localhost>")

# Work by the clock. Without Redis, Celery's filesystem broker needs nothing installed.
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
if not REDIS_URL:
    _broker = VAR_DIR / "broker"
    for _folder in ("messages", "processed", "control"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "messages"),
        "data_folder_out": str(_broker / "messages"),
        "processed_folder": str(_broker / "processed"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE: dict[str, dict] = {
    "end idle sessions": {"task": "nhs_learning.people.tasks.clear_sessions", "schedule": 3600.0},
    # The page that takes an upload asks for this itself; the clock picks up what a worker left when it died.
    "read uploads": {"task": "knowledge.tasks.read_uploads", "schedule": 60.0, "options": {"expires": 60}},
    "publish what is due": {"task": "reviews.tasks.publish_due", "schedule": 300.0, "options": {"expires": 300}},
    "tell what waits": {"task": "reviews.tasks.tell_what_waits", "schedule": 900.0, "options": {"expires": 900}},
    "ask what works": {"task": "reviews.tasks.ask_what_works", "schedule": 3600.0, "options": {"expires": 3600}},
    "ask what is true": {"task": "knowledge.tasks.ask_what_is_true", "schedule": 3600.0, "options": {"expires": 3600}},
    "offer next": {"task": "knowledge.tasks.offer_next_person", "schedule": 900.0, "options": {"expires": 900}},
    "remind of checks": {"task": "routines.tasks.remind_of_checks", "schedule": 3600.0, "options": {"expires": 3600}},
    "ask whether profiles are right": {
        "task": "knowledge.tasks.ask_whether_profiles_are_right",
        "schedule": 24 * 3600.0,
        "options": {"expires": 3600},
    },
    "make people findable": {"task": "knowledge.tasks.make_people_findable", "schedule": 3600.0},
    "clear uploads": {"task": "knowledge.tasks.clear_uploads", "schedule": 3600.0, "options": {"expires": 3600}},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
