"""Settings of the project: everything that differs between installations comes from the environment.

`docs/settings.md` describes each variable; a test holds the two against each other.
"""

from pathlib import Path
from typing import Any

from ratel import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent

RATEL_ENVIRONMENT = env.choice("RATEL_ENVIRONMENT", "production", {"production", "demo", "test"})
RATEL_STATE_DIRECTORY = Path(env.text("RATEL_STATE_DIRECTORY", str(BASE_DIR / "var")))
DEBUG = False
SECRET_KEY = env.text("SECRET_KEY")
# Keys the hashes of API keys and the blind indexes of personal data; changing it makes every key and index unknown.
RATEL_API_KEY_PEPPER = env.text("RATEL_API_KEY_PEPPER")
# Newest first; older keys stay readable until what they sealed is gone.
RATEL_ENCRYPTION_KEYS = env.listing("RATEL_ENCRYPTION_KEY")
if not RATEL_ENCRYPTION_KEYS:
    raise env.BadSetting("RATEL_ENCRYPTION_KEY must be set")

ALLOWED_HOSTS = env.listing("RATEL_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.listing("RATEL_TRUSTED_ORIGINS")
# Addresses of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
RATEL_TRUSTED_PROXIES = env.listing("RATEL_TRUSTED_PROXIES")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "ratel",
    "teams",
    "webhooks",
    "screening",
    "cases",
]

MIDDLEWARE = [
    "ratel.requests.RequestMiddleware",
    "ratel.people.PeopleMiddleware",
]
# What only people in a browser need; calls with an API key pass it by (see ratel/people.py).
RATEL_PEOPLE_MIDDLEWARE = [
    "ratel.compression.CompressionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "ratel.content_policy.ContentPolicyMiddleware",
    "ratel.form_limit.FormLimitMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "teams.sessions.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "ratel.urls"
WSGI_APPLICATION = "ratel.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ratel.content_policy.content_nonce",
            ]
        },
    }
]

# The application's login may see only what row-level security shows it; migrations run as the owner.
RATEL_DATABASE_ROLE = env.choice("RATEL_DATABASE_ROLE", "application", {"application", "owner"})
RATEL_APPLICATION_ROLE = "ratel_app"
_application_url = env.text("DATABASE_URL")
_owner_url = env.text("DATABASE_OWNER_URL", _application_url)
_is_owner = RATEL_DATABASE_ROLE == "owner"
_database = env.database(_owner_url if _is_owner else _application_url, variable="DATABASE_URL")
_options: dict[str, object] = {**_database.pop("OPTIONS")}
_options["connect_timeout"] = "2"
# Nothing in a request may hold the database for longer; migrations and commands of the owner may.
_options["options"] = (
    ""
    if _is_owner
    else "-c statement_timeout=15s -c lock_timeout=5s"
    # Plans are kept; one that was made while a table was empty must not read all of it for ever.
    " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off"
)
if not _is_owner:
    _options["assume_role"] = RATEL_APPLICATION_ROLE
DATABASES = {
    "default": {
        **_database,
        "OPTIONS": _options,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
        "ATOMIC_REQUESTS": False,
    },
}

REDIS_URL = env.text("REDIS_URL")

AUTH_USER_MODEL = "teams.Person"
AUTHENTICATION_BACKENDS = ["teams.sign_in.EmailBackend"]
PASSWORD_HASHERS = [
    "teams.hashing.QuickArgon2PasswordHasher"
    if RATEL_ENVIRONMENT == "test"
    else "django.contrib.auth.hashers.Argon2PasswordHasher"
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Answers the numbers that stand beside the menu; a name, because the frame knows no app above it.
RATEL_DESK_COUNTS = "cases.web.counts.waiting"
# A team's own payload to try a new key with, where it has a payload schema.
RATEL_PAYLOAD_SAMPLE = "screening.services.payload_schemas.payload_sample"
# Knows what alerts turned out to be (screening/rule_trials/outcomes.py).
RATEL_RULE_FEEDBACK = "cases.rule_feedback.FEEDBACK"
# SQL that tells what alerts turned out to be, for what-ifs (screening/what_if/outcomes.py).
RATEL_ALERT_OUTCOMES = "cases.alert_outcomes"
# The people who work on the alerts of the demo bank while its past is made.
RATEL_DEMO_PEOPLE = "cases.demo.work.people"
# The organisation's own sign-in service (OpenID Connect); without an issuer there is none.
RATEL_OIDC_ISSUER = env.text("RATEL_OIDC_ISSUER", "").rstrip("/")
RATEL_OIDC_CLIENT_ID = env.text("RATEL_OIDC_CLIENT_ID", "")
RATEL_OIDC_CLIENT_SECRET = env.text("RATEL_OIDC_CLIENT_SECRET", "")
if RATEL_OIDC_ISSUER and not (RATEL_OIDC_CLIENT_ID and RATEL_OIDC_CLIENT_SECRET):
    raise env.BadSetting(
        "RATEL_OIDC_CLIENT_ID and RATEL_OIDC_CLIENT_SECRET must be set with RATEL_OIDC_ISSUER"
    )
if RATEL_OIDC_ISSUER and RATEL_ENVIRONMENT != "test" and not RATEL_OIDC_ISSUER.startswith("https://"):
    raise env.BadSetting("RATEL_OIDC_ISSUER must start with https://")

LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"

_is_production = RATEL_ENVIRONMENT == "production"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if RATEL_TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = _is_production
SESSION_COOKIE_AGE = 3600 * env.integer("RATEL_SESSION_HOURS", 12, minimum=1, maximum=24)
# A desk that nobody sits at is closed after so long.
RATEL_SESSION_IDLE_MINUTES = env.integer("RATEL_SESSION_IDLE_MINUTES", 30, minimum=1, maximum=720)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = _is_production
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31_536_000 if _is_production else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _is_production
SECURE_HSTS_PRELOAD = _is_production
# Plain HTTP is refused by ratel.requests, not redirected: a redirected key has already travelled in the open.
SECURE_SSL_REDIRECT = False
RATEL_REFUSE_PLAIN_HTTP = env.flag("RATEL_REFUSE_PLAIN_HTTP", default=_is_production)
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # plain HTTP is refused instead of redirected, see RATEL_REFUSE_PLAIN_HTTP
    "security.W003",  # the CSRF middleware runs inside ratel.people.PeopleMiddleware
    "security.W001",  # so does SecurityMiddleware
    "security.W002",  # and XFrameOptionsMiddleware
]
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = RATEL_STATE_DIRECTORY / "static"
WHITENOISE_USE_FINDERS = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "teams.authentication.KeyAuthentication",
        "teams.authentication.SessionPerson",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["teams.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["ratel.json.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["ratel.json.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "ratel.json.OnlyJSON",
    "DEFAULT_SCHEMA_CLASS": "ratel.schema.Schema",
    "EXCEPTION_HANDLER": "ratel.problem.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Ratel",
    "DESCRIPTION": "Real-time AML/CFT decisions.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": ["ratel.schema.add_common_answers"],
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
}

# People are told by mail where a server is named; without one the demo writes mails to files, and production sends none.
_mail_url = env.text("RATEL_MAIL_URL", "")
RATEL_SENDS_MAIL = bool(_mail_url) or not _is_production
_mail: dict[str, Any] = env.mail_server(_mail_url, variable="RATEL_MAIL_URL") if _mail_url else {}
EMAIL_BACKEND = _mail.get("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = RATEL_STATE_DIRECTORY / "mail"
EMAIL_HOST = _mail.get("EMAIL_HOST", "localhost")
EMAIL_PORT = _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("RATEL_MAIL_FROM", "ratel@localhost")
# Where people sign in, as links in mails name it.
RATEL_PUBLIC_URL = env.text("RATEL_PUBLIC_URL", "http://127.0.0.1:8000")

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Redis may be away for hours: the worker waits for it, the poller does what is due meanwhile.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    # A connection that says nothing for longer is taken for dead; kombu asks for a sign of life before that.
    "socket_timeout": 10,
    "socket_keepalive": True,
    "health_check_interval": 5,
    # What a killed worker had taken is given to another after so long; the rows have been worked on by then anyway.
    "visibility_timeout": 3600,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "tend-lists": {
        "task": "screening.watchlists.tasks.tend_lists",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "remove-old-list-entries": {
        "task": "screening.watchlists.tasks.remove_old_list_entries",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "tend-ongoing": {
        "task": "screening.ongoing.tasks.tend_ongoing",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "link-audit-chain": {"task": "teams.tasks.link_audit_chain", "schedule": 1.0, "options": {"expires": 5}},
    "purge-idempotency": {
        "task": "screening.tasks.purge_idempotency",
        "schedule": 600.0,
        "options": {"expires": 300},
    },
    "purge-webhooks": {
        "task": "webhooks.tasks.purge",
        "schedule": 600.0,
        "options": {"expires": 300},
    },
    "work-on-batches": {
        "task": "screening.batch_jobs.tasks.work",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "compute-networks": {
        "task": "screening.entity_risk.tasks.compute_networks",
        "schedule": 3600.0,
        "options": {"expires": 1800},
    },
    "purge-batches": {
        "task": "screening.batch_jobs.tasks.purge",
        "schedule": 600.0,
        "options": {"expires": 300},
    },
    "work-on-back-tests": {
        "task": "screening.rule_trials.tasks.work",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "tally-rules": {
        "task": "screening.rule_trials.tasks.tally",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "rescreen": {
        "task": "screening.rescreening.tasks.rescreen",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "make-bundles": {"task": "cases.bundle.tasks.make", "schedule": 5.0, "options": {"expires": 5}},
    "purge-bundles": {
        "task": "cases.bundle.tasks.purge",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "publish-results": {
        "task": "screening.publications.tasks.publish",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "purge-publications": {
        "task": "screening.publications.tasks.purge",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "send-mail": {"task": "webhooks.mail.tasks.send_mail", "schedule": 5.0, "options": {"expires": 5}},
    "close-days-for-what-ifs": {
        "task": "screening.what_if.tasks.close_days",
        "schedule": 600.0,
        "options": {"expires": 300},
    },
    "purge-mail": {
        "task": "webhooks.mail.tasks.purge_mail",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
}
CELERY_IMPORTS = [
    "teams.tasks",
    "webhooks.tasks",
    "webhooks.hands",
    "screening.tasks",
    "screening.rescreening.tasks",
    "screening.batch_jobs.tasks",
    "screening.entity_risk.tasks",
    "webhooks.mail.tasks",
    "screening.ongoing.tasks",
    "screening.publications.tasks",
    "screening.watchlists.tasks",
    "screening.rule_trials.tasks",
    "screening.what_if.tasks",
    "cases.bundle.tasks",
]

# Who is told of a decision inside its own database transaction, in this order (screening/persist.py).
RATEL_DECISION_SINKS = [
    "cases.sink.open_alerts",
    "screening.rescreening.queue.queue_partial",
    "screening.publications.queue.queue_publications",
]
# The same for decisions that were made again because a layer had been missing (screening/rescreening/store.py).
RATEL_RESCREENING_SINKS = ["cases.retroactive.open_alerts"]
# Who is told of a screening that is not clear inside its own database transaction (screening/screenings/record.py).
RATEL_SCREENING_SINKS = ["cases.screening_sink.open_alerts"]
# Tells /readyz whether names can be screened ("ok" or what is missing); the project package knows no domain itself.
RATEL_LISTS_READY = "screening.watchlists.current.readiness"
# What is sent to the address that came with a batch, from the batch's id (webhooks/callbacks.py).
RATEL_CALLBACK_BODY = "screening.batch_jobs.callback.callback_body"
# Where results that name a topic are published to (framl dialect); without servers a topic is heard and ignored.
RATEL_KAFKA_SERVERS = env.text("RATEL_KAFKA_SERVERS", "")
RATEL_KAFKA_TOPICS = env.listing("RATEL_KAFKA_TOPICS")
RATEL_KAFKA_OPTIONS = env.options("RATEL_KAFKA_OPTIONS")
# How many of the deployment's hands may work on batches and queued evaluations at the same moment.
RATEL_BATCH_HANDS = env.integer("RATEL_BATCH_HANDS", 2, minimum=1, maximum=64)
# A team that has more items than this waiting in batches is asked to come back later.
RATEL_BATCH_QUEUE_ITEMS = env.integer("RATEL_BATCH_QUEUE_ITEMS", 200_000, minimum=1, maximum=10_000_000)
# The same for transactions that wait in the queue (`Prefer: respond-async`).
RATEL_QUEUE_LIMIT = env.integer("RATEL_QUEUE_LIMIT", 5_000, minimum=1, maximum=1_000_000)
# Calls with an API key that do not pass through the framework (ratel/direct.py), each to a function of one argument.
RATEL_DIRECT_CALLS = {
    "/api/transactions/evaluate": "screening.api.evaluate.evaluate_with_key",
    "/api/transactions/evaluate/batch": "screening.api.evaluate.evaluate_batch_with_key",
}
# One evaluation may spend this long on its layers; what has not answered by then is left out.
RATEL_EVALUATION_DEADLINE_MS = env.integer("RATEL_EVALUATION_DEADLINE_MS", 500, minimum=50, maximum=10_000)
# Where webhooks may go besides https to the public internet; the demo and the tests have their receivers here.
RATEL_WEBHOOK_ALLOW_HTTP = env.flag("RATEL_WEBHOOK_ALLOW_HTTP", default=not _is_production)
RATEL_WEBHOOK_ALLOW_LOOPBACK = env.flag("RATEL_WEBHOOK_ALLOW_LOOPBACK", default=not _is_production)
# An endpoint whose breaker is open and that has not answered 2xx for so long is paused, and its admins are told.
RATEL_WEBHOOK_PAUSE_AFTER_HOURS = env.integer("RATEL_WEBHOOK_PAUSE_AFTER_HOURS", 24, minimum=1, maximum=720)
# Deadlines of reports that a deployment sets for itself, such as `ng.SAR=12h` (cases/reports/deadlines.py).
RATEL_REPORT_DEADLINES = tuple(env.listing("RATEL_REPORT_DEADLINES"))
# How long a token of a person's programs is good for.
RATEL_TOKEN_HOURS = env.integer("RATEL_TOKEN_HOURS", 8, minimum=1, maximum=720)
# How many calls a person's programs may make with tokens in one team: tiers of teams/limits/tiers.py. The demo's callers
# have no limit, with keys or with tokens.
RATEL_TOKEN_TIER = env.choice(
    "RATEL_TOKEN_TIER",
    "unlimited" if RATEL_ENVIRONMENT == "demo" else "starter",
    {"starter", "basic", "standard", "enterprise", "unlimited"},
)
# Among how many web processes each rate limit is divided while Redis is away.
RATEL_LIMIT_PROCESSES = env.integer(
    "RATEL_LIMIT_PROCESSES",
    env.integer("RATEL_WEB_WORKERS", 2, minimum=1, maximum=64),
    minimum=1,
    maximum=10_000,
)
RATEL_LOG_LEVEL = env.choice("RATEL_LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR"})
LOGGING_CONFIG = "ratel.logging.configure"
LOGGING = {"level": RATEL_LOG_LEVEL}
DATA_UPLOAD_MAX_MEMORY_SIZE = 17 * 1024 * 1024
# Files in forms stay in memory, within the bound above, until they are stored sealed: none is written plain to a disk.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = DATA_UPLOAD_MAX_MEMORY_SIZE
