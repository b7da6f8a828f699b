"""All settings of Aura: environment first, then one commented block per subject."""

import sys
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote, urlsplit

import django_stubs_ext
from csp.constants import NONCE

from creator_ai.embedded import resolve_urls
from creator_ai.env import env_bool, env_int, env_list, env_secret, env_str

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

# --- where Aura is reached ---------------------------------------------------------------------
# Two-level base: cookies of `aura.localhost` are never shared with `<slug>.aura.localhost`.
DEBUG = env_bool("DEBUG", default=False)
PUBLIC_BASE_URL = env_str("PUBLIC_BASE_URL", default="http://aura.localhost:8000").rstrip("/")
PUBLIC_HOST = urlsplit(PUBLIC_BASE_URL).hostname or "aura.localhost"
PUBLIC_SCHEME = urlsplit(PUBLIC_BASE_URL).scheme
PUBLIC_PORT = urlsplit(PUBLIC_BASE_URL).port
IS_HTTPS = PUBLIC_SCHEME == "https"
# Hosts are rows (accounts.Domain) and WorkspaceMiddleware answers 404 to every other one, so a
# static list here could only refuse a workspace's own domain.
ALLOWED_HOSTS = ["*"]
SECRET_KEY = env_secret("SECRET_KEY", default="insecure-development-key-" + "x" * 40)
FIRST_PARTY_ORIGINS = [
    PUBLIC_BASE_URL,
    f"{PUBLIC_SCHEME}://*.{PUBLIC_HOST}" + (f":{PUBLIC_PORT}" if PUBLIC_PORT else ""),
]

# --- applications ------------------------------------------------------------------------------
SHARED_APPS = [
    "django_tenants",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "accounts",
    "integrations.routing",
    "ai_agents.catalogue",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "allauth",
    "allauth.account",
    "django_htmx",
    "csp",
]
TENANT_APPS = ["integrations", "ai_agents", "harassment"]
INSTALLED_APPS = [
    *SHARED_APPS,
    *TENANT_APPS,
    "creator_ai",
    "django.contrib.staticfiles",
    "channels",
]
TENANT_MODEL = "accounts.Workspace"
TENANT_DOMAIN_MODEL = "accounts.Domain"
PUBLIC_SCHEMA_NAME = "public"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = (
    [
        "security.W004",  # HSTS is set below as soon as the public address is https
        "security.W008",  # the front server redirects; the embedded demo is plain http on loopback
        "security.W012",  # cookies are Secure as soon as the public address is https
        "security.W016",
    ]
    if not IS_HTTPS
    else []
)

ROOT_URLCONF = "creator_ai.urls_workspace"
PUBLIC_SCHEMA_URLCONF = "creator_ai.urls_public"
WSGI_APPLICATION = "creator_ai.wsgi.application"
ASGI_APPLICATION = "creator_ai.asgi.application"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "accounts.middleware.WorkspaceMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.BoundSessionMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["accounts.templatetags.aura"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "creator_ai.context.navigation",
            ],
        },
    }
]

# --- database: the workspace follows the code, not the thread (accounts/database) --------------
_urls = resolve_urls()


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    return {
        "ENGINE": "accounts.database",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
        # Persistent threads serve HTTP and jobs, so a connection per thread is bounded.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5},
    }


DATABASES = {"default": _database(_urls.database_url)}
# Owns schemas and tables; only migrations and the opening of a workspace connect with it.
_owner = urlsplit(_urls.owner_url or _urls.database_url)
DATABASE_OWNER = {
    "USER": unquote(_owner.username or ""),
    "PASSWORD": unquote(_owner.password or ""),
}
DATABASE_APP_ROLE = str(DATABASES["default"]["USER"])
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]

# --- Redis: cache, sockets, Celery's hints -----------------------------------------------------
REDIS_URL = _urls.redis_url
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "accounts.tenancy.cache_key",
        "TIMEOUT": 300,
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # redis-py 8 defaults (100 connections, 5 s socket timeout) lose alerts.
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "max_connections": 10000, "socket_timeout": None}]
        },
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A lost broker says nothing about a job: its row and lease do. Let it finish.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "default"

# --- people ------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["accounts.backends.EmailBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "workspaces"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Aura: "
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = PUBLIC_SCHEME
ACCOUNT_SESSION_REMEMBER = True
EMAIL_BACKEND = env_str("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
DEFAULT_FROM_EMAIL = env_str("DEFAULT_FROM_EMAIL", default=f"Aura <noreply@{PUBLIC_HOST}>")
EMAIL_TIMEOUT = 20  # seconds; a mail server that hangs must not hold a worker

# --- sessions and cookies: one host, one schema ------------------------------------------------
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_NAME = "__Host-aura" if IS_HTTPS else "aura"
CSRF_COOKIE_NAME = "__Host-aura-csrf" if IS_HTTPS else "aura-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600  # seconds; the absolute limit of quality.md R18
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
CSRF_FAILURE_VIEW = "creator_ai.views.csrf_failure"
SSO_TOKEN_SECONDS = 60  # life of a hand-off between the public host and a workspace

# --- headers -----------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 63072000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", default=IS_HTTPS)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
X_FRAME_OPTIONS = "DENY"

# --- languages ---------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "creator_ai" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"  # Django's own default would reach Celery's clock

# --- files -------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
AURA_HOME = Path(env_str("AURA_HOME", default=str(BASE_DIR / ".aura")))
STATIC_ROOT = AURA_HOME / "static"
MEDIA_ROOT = AURA_HOME / "media"
MULTITENANT_RELATIVE_MEDIA_ROOT = "%s"
TESTING = "pytest" in sys.modules
STORAGES = {
    "default": {"BACKEND": "django_tenants.files.storage.TenantFileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes of a form
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # bytes; larger uploads go to a temporary file

# --- platforms: real hosts by default; the sandbox is reached by these addresses alone ---------
PLATFORM_BASE_URLS = {
    "google_auth": env_str("PLATFORM_BASE_URL_GOOGLE_AUTH", default="https://accounts.google.com"),
    "google_token": env_str(
        "PLATFORM_BASE_URL_GOOGLE_TOKEN", default="https://oauth2.googleapis.com"
    ),
    "youtube": env_str(
        "PLATFORM_BASE_URL_YOUTUBE", default="https://youtube.googleapis.com/youtube/v3"
    ),
    "websub_hub": env_str(
        "PLATFORM_BASE_URL_WEBSUB_HUB", default="https://pubsubhubbub.appspot.com"
    ),
    "tiktok_auth": env_str("PLATFORM_BASE_URL_TIKTOK_AUTH", default="https://www.tiktok.com"),
    "tiktok_open": env_str("PLATFORM_BASE_URL_TIKTOK_OPEN", default="https://open.tiktokapis.com"),
    "tiktok_business": env_str(
        "PLATFORM_BASE_URL_TIKTOK_BUSINESS",
        default="https://business-api.tiktok.com/open_api/v1.3",
    ),
    "instagram_www": env_str(
        "PLATFORM_BASE_URL_INSTAGRAM_WWW", default="https://www.instagram.com"
    ),
    "instagram_api": env_str(
        "PLATFORM_BASE_URL_INSTAGRAM_API", default="https://api.instagram.com"
    ),
    "instagram_graph": env_str(
        "PLATFORM_BASE_URL_INSTAGRAM_GRAPH", default="https://graph.instagram.com"
    ),
    "twitch_id": env_str("PLATFORM_BASE_URL_TWITCH_ID", default="https://id.twitch.tv"),
    "twitch_helix": env_str(
        "PLATFORM_BASE_URL_TWITCH_HELIX", default="https://api.twitch.tv/helix"
    ),
    "twitch_ws": env_str("PLATFORM_BASE_URL_TWITCH_WS", default="wss://eventsub.wss.twitch.tv/ws"),
    "x_auth": env_str("PLATFORM_BASE_URL_X_AUTH", default="https://x.com"),
    "x_api": env_str("PLATFORM_BASE_URL_X_API", default="https://api.x.com"),
    "facebook_www": env_str("PLATFORM_BASE_URL_FACEBOOK_WWW", default="https://www.facebook.com"),
    "facebook_graph": env_str(
        "PLATFORM_BASE_URL_FACEBOOK_GRAPH", default="https://graph.facebook.com"
    ),
    "reddit_www": env_str("PLATFORM_BASE_URL_REDDIT_WWW", default="https://www.reddit.com"),
    "reddit_oauth": env_str("PLATFORM_BASE_URL_REDDIT_OAUTH", default="https://oauth.reddit.com"),
}
# Adapters connect to public addresses over https alone. `host:port` named here may also be private
# and plain: the sandbox's. A public site must name none (aura.E004).
PLATFORM_ALLOWED_HOSTS = env_list("PLATFORM_ALLOWED_HOSTS")
PLATFORM_PROXY = env_secret("PLATFORM_PROXY", default="")  # http(s)://...; then it resolves names
PLATFORM_TIMEOUT_SECONDS = 15.0  # of each step; of a whole call twice as much
GOOGLE_CLIENT_ID = env_str("GOOGLE_CLIENT_ID", default="")
GOOGLE_CLIENT_SECRET = env_secret("GOOGLE_CLIENT_SECRET", default="")
# TikTok is two portals: comments come only from an app of the API for Business; the Display
# app alone brings profile and videos. With both, the business one is asked.
TIKTOK_BUSINESS_APP_ID = env_str("TIKTOK_BUSINESS_APP_ID", default="")
TIKTOK_BUSINESS_APP_SECRET = env_secret("TIKTOK_BUSINESS_APP_SECRET", default="")
TIKTOK_CLIENT_KEY = env_str("TIKTOK_CLIENT_KEY", default="")
TIKTOK_CLIENT_SECRET = env_secret("TIKTOK_CLIENT_SECRET", default="")
# A Meta app with Instagram Login. Its secret also signs what Meta sends; the verify token is any
# random text that is typed into Meta's webhook form, and without it nothing is pushed.
INSTAGRAM_CLIENT_ID = env_str("INSTAGRAM_CLIENT_ID", default="")
INSTAGRAM_CLIENT_SECRET = env_secret("INSTAGRAM_CLIENT_SECRET", default="")
INSTAGRAM_VERIFY_TOKEN = env_secret("INSTAGRAM_VERIFY_TOKEN", default="")
TWITCH_CLIENT_ID = env_str("TWITCH_CLIENT_ID", default="")
TWITCH_CLIENT_SECRET = env_secret("TWITCH_CLIENT_SECRET", default="")
CHAT_KEEPALIVE_SECONDS = 10  # a chat that is silent for longer is taken for cut off
# A Meta app with Facebook Login for Pages: its own, because Meta lets one app use only one of the
# two logins. Its secret also signs what Meta sends and proves our calls (appsecret_proof).
FACEBOOK_CLIENT_ID = env_str("FACEBOOK_CLIENT_ID", default="")
FACEBOOK_CLIENT_SECRET = env_secret("FACEBOOK_CLIENT_SECRET", default="")
FACEBOOK_VERIFY_TOKEN = env_secret("FACEBOOK_VERIFY_TOKEN", default="")
# X charges for every post and person that is read: what all questions together may cost in a month
# (UTC), booked before each of them. 0: X is off.
X_CLIENT_ID = env_str("X_CLIENT_ID", default="")
X_CLIENT_SECRET = env_secret("X_CLIENT_SECRET", default="")
X_MONTHLY_USD = Decimal(env_str("X_MONTHLY_USD", default="0") or "0")
PLATFORM_MONTHLY_USD = {"x": X_MONTHLY_USD}
# A Reddit "web app", which Reddit has to approve. The name is the operator's own on Reddit: every
# call has to tell it, and Reddit shuts out whoever does not.
REDDIT_CLIENT_ID = env_str("REDDIT_CLIENT_ID", default="")
REDDIT_CLIENT_SECRET = env_secret("REDDIT_CLIENT_SECRET", default="")
REDDIT_USERNAME = env_str("REDDIT_USERNAME", default="")
GRAPH_VERSION = env_str("GRAPH_VERSION", default="v26.0")  # each lives about two years
WEBHOOK_MAX_AGE_SECONDS = 300  # of a signed time; what is older was recorded and sent again
# Whether TikTok signs its own retries (up to 72 h) anew is not documented; duplicates and old
# news are harmless here, so an operator whose TikTok does not may let them in.
ALLOW_STALE_WEBHOOKS = env_bool("ALLOW_STALE_WEBHOOKS", default=False)
WEBHOOK_MAX_BYTES = 1024 * 1024
WEBHOOK_KEEP_DAYS = 14  # deliveries that were applied; dead and unrouted ones twice as long
# Key ring `kid:base64key,...`; the first encrypts, all decrypt (integrations/tokens.py).
TOKEN_KEYRING = env_secret("TOKEN_KEYRING", default="")
OAUTH_STATE_SECONDS = 600
SYNC_INTERVAL_SECONDS = env_int("SYNC_INTERVAL_SECONDS", default=300)  # per account, jittered
# Where every question costs money, an account is read this seldom.
SYNC_SLOW_SECONDS = {"x": env_int("X_SYNC_SECONDS", default=6 * 3600)}
SYNC_PAGE_LIMIT = 2000  # pages one run may read; the loop guard against endless paging
# Days that data outlives its connection; connecting again stops the clock. YouTube's
# developer policies name 30. The others name none, so the same time to think again holds there;
# Meta's deletion callback deletes at once. Sealed evidence in cases stays.
DISCONNECTED_KEEP_DAYS = {"youtube": 30, "other": 30}
LIVE_CHAT_SECONDS = 10  # at least, between two questions to a live chat
# Of the 10,000 units that YouTube gives a day: a question costs 5. The rest is for comments.
LIVE_CHAT_DAILY_UNITS = env_int("LIVE_CHAT_DAILY_UNITS", default=4_000)
IMPORT_MAX_BYTES = 512 * 1024 * 1024
# Where captured comments may be sent from: the extension in static/extension, whose manifest holds
# the key that this name is made of. Firefox names each installation by itself; add that one.
CAPTURE_ORIGINS = env_list(
    "CAPTURE_ORIGINS", default=["chrome-extension://ingeednnkmaaglnfehhaeemagophmace"]
)
CAPTURE_MAX_BYTES = 256 * 1024  # of one message; fifty long comments fit
CAPTURE_BATCHES_A_MINUTE = 30  # of one key; a person selecting by hand never gets there
COMMENT_MAX_CHARACTERS = 20_000  # stored; the rest is cut and marked, platforms allow less

# --- protection --------------------------------------------------------------------------------
CLASSIFIER_BACKEND = env_str("CLASSIFIER_BACKEND", default="embedded")
CLASSIFIER_MODEL = env_str("CLASSIFIER_MODEL", default="")
CLASSIFIER_THREADS = env_int("CLASSIFIER_THREADS", default=1)
SCORE_BATCH = 256  # comments per scoring job
RESCORE_BATCH = 128  # comments judged again at once: a new comment waits for no more than these
RESCORE_PAUSE_SECONDS = 2  # while new comments wait to be judged, older ones do
RECALIBRATION_LEAST = 50  # different comments decided in a language before it is learned from
RECALIBRATION_LEAST_OF_KIND = 12  # of them harmful, and harmless
RECALIBRATION_MOST = 2_000  # the newest decisions: beyond it learning takes more than seconds
ALERT_SEVERITY = 2  # incidents of this severity or more push an alert (2 medium .. 4 critical)
# 32 bytes in base64: signs seals and exports, and is the local timestamp authority.
EVIDENCE_KEY = env_secret("EVIDENCE_KEY", default="")
# A qualified RFC 3161 authority; empty: the local one, which says of itself that it is not.
AURA_TSA_URL = env_str("AURA_TSA_URL", default="")
TSA_TIMEOUT_SECONDS = 10.0
EXPORT_MAX_ITEMS = 5_000  # of one export: beyond it a PDF takes minutes
EXPORT_KEEP_HOURS = 7 * 24  # then the file goes; the row that says who took it stays
EXPORT_PDF_SECONDS = 240  # typesetting that takes longer is given up
# A person's hide or publish waits here for so long before it leaves: taken back meanwhile, the
# platform never hears of it, and nothing of its daily quota is spent. 0: it leaves at once.
UNDO_SECONDS = env_int("UNDO_SECONDS", default=8)
CLAIM_SECONDS = 120  # for so long the others see that a person has a comment open
EXPOSURE_LIMIT = 20  # revealed comments a day before the page asks to stop; people choose their own
EXPOSURE_PACE = 8  # within EXPOSURE_PACE_MINUTES: then it asks for a pause
EXPOSURE_PACE_MINUTES = 10
RIGHTS_COPY_DAYS = 30  # how long somebody may fetch the copy of their data
ROSTER_LEAST = 3  # creators of one workspace, before a page says that somebody attacks several
ROSTER_DAYS = 365  # flagged comments older than that count no more
ROSTER_KEY_DAYS = 1  # then a new key makes the earlier digests worthless
SHIELD_HOURS = 12  # what one tap gives: a night
SHIELD_HOURS_MOST = 72  # beyond it somebody should look whether it is still needed
SHIELD_HIDES_MOST = 100  # of one shield on the platform: hiding and showing costs its quota twice
REVEAL_SECONDS = 600  # who has just read a comment sees which of its words were flagged

# --- language models: none is needed; without a key nobody is asked ------------------------------
# Tried in this order; an entry without credentials is skipped. `provider:model` or `azure:slot`.
AI_PROVIDER_CHAIN = env_str(
    "AI_PROVIDER_CHAIN",
    default="gemini:gemini-3.8-flash, azure:blue, azure:green, openai:gpt-6-luna, local:qwen2.5:7b",
)
AI_FAST_CHAIN = env_str("AI_FAST_CHAIN", default="")  # for the coach; empty: the same chain
AI_PLAN_REQUESTS = {"free": 100, "pro": 1_000, "premium": None}  # a month; None: no limit
AI_RESERVATION_SECONDS = 600  # an asker that is silent for so long is taken for dead
AI_LOCAL_DEADLINE_SECONDS = 180.0  # a local model on a processor is slow
AI_ATTEMPT_SECONDS = 25.0  # of one provider that says nothing; then the next is asked
AI_BREAKER_FAILURES = 3  # within AI_BREAKER_WINDOW_SECONDS open the circuit
AI_BREAKER_WINDOW_SECONDS = 60
AI_BREAKER_OPEN_SECONDS = 30  # at least; a provider's own word counts when it is longer
AI_BREAKER_LONG_SECONDS = 3600  # wrong key, retired model, daily quota: asking again is useless
AI_RETIREMENT_WARNING_DAYS = 60
AI_ANSWER_SECONDS = 240.0  # for one answer, all its calls together; a local model is slow
AI_COACH_SECONDS = 15.0  # for the words of a live tip: later they are no news
AI_ANSWER_DAYS = 90  # questions and answers are deleted after so long
CHATBOTS_MOST = 20  # of one workspace
CHATBOT_REQUESTS_A_MINUTE = 50  # of one bot, all its visitors together
CHATBOT_VISITOR_REQUESTS_A_MINUTE = 10  # of one address at an embedded page
CHATBOT_TOKEN_SECONDS = 3600  # an embedded page that was open for so long is loaded again
CHATBOT_NETWORK_DAYS = 30  # then a conversation holds nothing of the visitor's address
CHATBOT_DOCUMENTS_MOST = 20  # of one bot
CHATBOT_DOCUMENT_MAX_BYTES = 5 * 1024 * 1024
CHATBOT_DOCUMENT_MAX_PAGES = 300
CHATBOT_DOCUMENT_MAX_CHARACTERS = 500_000
CHATBOT_PASSAGES_MOST = 2_000  # of one bot: all of them are compared with each question
CHATBOT_READ_SECONDS = 60  # for one PDF, in a process of its own
CHATBOT_READ_MEMORY = 512 * 1024 * 1024  # bytes of that process: a bomb ends there

# --- the CSP: one place, so that Django 6's own can replace django-csp here --------------------
# Chromium applies form-action to redirects too: sign-out, the hand-off and "connect" end on
# the public host, on a workspace, or at a platform's consent page.
CONSENT_ORIGINS = sorted(
    {
        "{0.scheme}://{0.netloc}".format(urlsplit(PLATFORM_BASE_URLS[name]))
        for name in (
            "google_auth",
            "tiktok_auth",
            "instagram_www",
            "facebook_www",
            "x_auth",
            "reddit_www",
            "twitch_id",
        )
    }
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'", NONCE],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'", *FIRST_PARTY_ORIGINS, *CONSENT_ORIGINS],
        "frame-ancestors": ["'none'"],
    }
}

# --- durable jobs ------------------------------------------------------------------------------
JOB_MAX_ATTEMPTS = 8
JOB_LEASE_SECONDS = 15  # a worker that was silent for so long is taken for dead
JOB_HANDOVER_SECONDS = 30  # a message that nobody claimed for so long is taken for lost
JOB_BACKOFF_SECONDS = 2  # doubled each attempt, with jitter, up to JOB_BACKOFF_MAX_SECONDS
JOB_BACKOFF_MAX_SECONDS = 3600
JOB_KEEP_DAYS = 7  # finished rows; dead ones stay until a person replays or drops them

# --- logs and errors: ids only, never texts, tokens or addresses -------------------------------
DEFAULT_EXCEPTION_REPORTER = "creator_ai.quiet.QuietReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "creator_ai.quiet.QuietFilter"
SENTRY_DSN = env_secret("SENTRY_DSN", default="")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "creator_ai.quiet.QuietFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env_str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
    },
}
