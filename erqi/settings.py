"""One settings file, read from the environment (see .env.example for every name).

Nothing here has a default that would be unsafe on a public machine: a missing secret stops the start
and says how to make one.
"""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VAR_DIR = Path(env("ERQI_VAR_DIR", default=str(BASE_DIR / "var")))
# `make run` keeps its generated secret here; a real environment always wins over the file.
environ.Env.read_env(VAR_DIR / "local.env", overwrite=False)

DEBUG = env.bool("ERQI_DEBUG", default=False)
SECRET_KEY = env("ERQI_SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "没有设置 ERQI_SECRET_KEY。请运行 make run 自动生成，或设置环境变量 / ERQI_SECRET_KEY is not set. "
        "Run `make run`, or set it to the output of: "
        'python3 -c "import secrets; print(secrets.token_urlsafe(50))"'
    )

ALLOWED_HOSTS = env.list("ERQI_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("ERQI_CSRF_TRUSTED_ORIGINS", default=[])
# Only a site whose proxy sets X-Forwarded-* itself may trust them.
BEHIND_PROXY = env.bool("ERQI_BEHIND_PROXY", default=False)
HTTPS = env.bool("ERQI_HTTPS", default=False)

# 演示 is written on every page when this is set; `make demo` sets it.
DEMO = env.bool("ERQI_DEMO", default=False)

# Stands above every admin page; empty shows nothing.
BANNER = env("ERQI_BANNER", default="本系统为非涉密系统，禁止上传涉密信息")
# What the law wants at the foot of a public site; only what is set is shown.
FOOTER = {
    "organiser": env("ERQI_ORGANISER", default=""),
    "site_code": env("ERQI_SITE_CODE", default=""),
    "icp": env("ERQI_ICP_NUMBER", default=""),
    "police": env("ERQI_POLICE_NUMBER", default=""),
}

INSTALLED_APPS = [
    "erqi.core",
    "erqi.accounts",
    "projects",
    "awards",
    "erqi.dashboard",
    "erqi.site.ErqiAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "simple_history",
    "tree_queries",
    "csp",
    "django_q",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "erqi.core.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "erqi.core.middleware.RequestOriginMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "erqi.urls"
WSGI_APPLICATION = "erqi.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "erqi" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "erqi.dashboard.context.site",
            ],
        },
    },
]

DATABASES = {"default": env.db("ERQI_DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'erqi.sqlite3'}")}
if env("ERQI_REPLICA_URL", default=""):
    DATABASES["replica"] = {**env.db("ERQI_REPLICA_URL"), "TEST": {"MIRROR": "default"}}
    DATABASE_ROUTERS = ["erqi.core.routing.ReadRouter"]
    MIDDLEWARE.append("erqi.core.routing.ReadRouteMiddleware")
# A pool in transaction mode: nothing of a session outlives its transaction, and start-up options are refused.
PGBOUNCER = env.bool("ERQI_PGBOUNCER", default=False)
# PostgreSQL would keep the locks of a dead client for ever. Behind a pool these stand at the database's role
# (docs/scale.md), which erqi.core.checks makes sure of. What is read through a cursor is read to its end, and no
# statement runs for so long that compiling it to machine code would pay.
_SESSION = (
    "-c cursor_tuple_fraction=1 "
    "-c jit=off "
    "-c idle_in_transaction_session_timeout=15s "
    f"-c statement_timeout={env.int('ERQI_STATEMENT_TIMEOUT_SECONDS', default=30)}s "
    "-c synchronous_commit=on"
)
for _database in DATABASES.values():
    _database["CONN_MAX_AGE"] = env.int("ERQI_CONN_MAX_AGE", default=600)
    _database["CONN_HEALTH_CHECKS"] = True
    if _database["ENGINE"].endswith("sqlite3"):
        _database["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        }
    else:
        # A machine that is gone says nothing: noticed within half a minute, at once when connecting.
        _database["OPTIONS"] = {
            "connect_timeout": 3,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 20000,
            **_database.get("OPTIONS", {}),
            **({} if PGBOUNCER else {"options": _SESSION}),
        }
        _database["DISABLE_SERVER_SIDE_CURSORS"] = PGBOUNCER
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["erqi.accounts.backends.RoleBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": env.int("ERQI_PASSWORD_MIN_LENGTH", default=8)},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = env.int("ERQI_SESSION_SECONDS", default=8 * 3600)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = env.bool("ERQI_SSL_REDIRECT", default=HTTPS)
SECURE_HSTS_SECONDS = env.int("ERQI_HSTS_SECONDS", default=31536000 if HTTPS else 0)
# A district shares its domain with systems that are not ours: sub-domains and preload are its own decision.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("ERQI_HSTS_SUBDOMAINS", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "erqi" / "locale"]
LANGUAGE_COOKIE_NAME = "erqi_language"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# Front-end packages are copied here by the set-up, from the pinned package-lock.json.
STATICFILES_DIRS = [BASE_DIR / "erqi" / "static", ("vendor", VAR_DIR / "vendor")]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
# Source maps and what is compressed already gain nothing.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["jpg", "png", "gif", "webp", "zip", "gz", "br", "woff", "woff2", "map"]
# Photos and documents of projects: never served as files, only through a view that asks who is asking.
MEDIA_ROOT = VAR_DIR / "media"
ATTACHMENT_MAX_MB = env.int("ERQI_ATTACHMENT_MAX_MB", default=20)
FILE_UPLOAD_PERMISSIONS = 0o600

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# A month is filed from this day to that one, and locks so many days later (0: never). Defaults for new periods.
PERIOD_OPENS_DAY = env.int("ERQI_PERIOD_OPENS_DAY", default=15)
PERIOD_DUE_DAY = env.int("ERQI_PERIOD_DUE_DAY", default=25)
PERIOD_LOCK_DAYS = env.int("ERQI_PERIOD_LOCK_DAYS", default=15)
# How long after a reminder of a supervision order the next one may follow.
REMINDER_HOURS = env.int("ERQI_REMINDER_HOURS", default=24)

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

Q_CLUSTER = {
    "name": "erqi",
    "orm": "default",
    "workers": env.int("ERQI_JOB_WORKERS", default=1),
    "timeout": 600,
    "retry": 900,
    "max_attempts": 3,
    "catch_up": False,
    "label": _("后台任务"),
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "erqi.accounts.authentication.TokenAuthentication",
        "erqi.accounts.authentication.SessionAuthentication",
    ],
    # A view without its own rule is closed.
    "DEFAULT_PERMISSION_CLASSES": ["erqi.core.api.permissions.Closed"],
    "DEFAULT_PARSER_CLASSES": ["erqi.core.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["erqi.core.api.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["erqi.core.api.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "erqi.core.api.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "erqi.core.api.schema.Schema",
    "EXCEPTION_HANDLER": "erqi.core.api.problems.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    # ?format= is a parameter like any other, and OPTIONS tells nothing that the schema does not.
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_METADATA_CLASS": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": _("二七重大项目 API"),
    "DESCRIPTION": _("年度重大项目的计划、月度投资进度与荣誉。金额一律为万元，以十进制字符串表示。"),
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "erqi.core.api.schema.document_problems",
    ],
    # Lists of words that several fields share, or whose field is called like another's.
    "ENUM_NAME_OVERRIDES": {
        "CommitmentEnum": "projects.models.choices.Commitment",
        "QualifierEnum": "projects.models.choices.Qualifier",
        "LevelEnum": "projects.models.choices.Level",
        "UnitKindEnum": "projects.models.unit.Unit.Kind",
        "SourceNoteKindEnum": "erqi.core.models.source.SourceNote.Kind",
        "ClaimKindEnum": "awards.models.honour.HonourClaim.Kind",
        "MilestoneKindEnum": "projects.models.milestone.Milestone.Kind",
        "ProblemKindEnum": "projects.models.problem.Problem.Kind",
        "ProblemStatusEnum": "projects.models.problem.Problem.Status",
        "ProblemLevelEnum": "projects.models.problem.Problem.Level",
        "OrderStatusEnum": "projects.models.order.SupervisionOrder.Status",
        "LightDimensionEnum": "projects.models.light.Light.Dimension",
        "LightColourEnum": "projects.models.light.Light.Colour",
        "OrderExtensionStatusEnum": "projects.models.order.OrderExtension.Status",
        "ReportFieldEnum": "projects.models.progress.ProgressReport.Field",
        "ReportStatusEnum": "projects.models.progress.ProgressReport.Status",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env("ERQI_LOG_LEVEL", default="WARNING")},
}
