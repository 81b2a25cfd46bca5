"""The configuration: one frozen value, and the only module that reads the environment."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent
INSTANCE = ROOT / "instance"

# Keys that appear in tutorials and in examples: everybody knows them, so they protect nothing.
KNOWN_KEYS = frozenset({"dev", "secret", "changeme", "change-me", "secret-key", "thisisasecret", "mysecretkey"})


class UnsafeConfiguration(Exception):
    """Production was asked to start with settings that would harm it; the message names each of them."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything a process needs to know before it starts. Durations are in seconds, sizes in bytes."""

    app_env: str = "development"
    database_url: str = f"sqlite:///{INSTANCE / 'colophon.db'}"
    database_replica_url: str | None = None
    redis_url: str | None = None
    secret_key: str = field(default="", repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    trusted_hosts: tuple[str, ...] = ()
    proxies: int = 0
    mail_url: str | None = None
    log_level: str = "INFO"
    log_format: str = "text"
    web_concurrency: int = 1
    host: str = "127.0.0.1"
    port: int = 8000
    debug: bool = False
    testing: bool = False
    session_idle: int = 30 * 60
    session_absolute: int = 12 * 60 * 60
    link_lifetime: int = 60 * 60
    max_body: int = 1024 * 1024
    max_upload: int = 200 * 1_000_000  # of a file that is to be imported
    max_fields: int = 1000
    worker: bool = True  # whether a server keeps a worker for jobs beside it
    results_dir: str = str(INSTANCE / "results")  # the files that jobs make
    statement_timeout: int = 2  # of a page; what is written has longer, see services/unit_of_work.py
    history_days: int = 0  # how far back things are offered to be taken back; 0 is for ever

    @property
    def results(self) -> Path:
        """Where the files of this database's jobs are: another on the same machine does not sweep them away."""
        return Path(self.results_dir) / (Path(urlsplit(self.database_url).path).stem or "memory")

    @property
    def uploads(self) -> Path:
        """Where files are that are to be imported, until they are too old."""
        return self.results / "uploads"

    @property
    def is_production(self) -> bool:
        return self.app_env == "production"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Config":
        """Read the names of the contract. Raises UnsafeConfiguration for a number that is none."""
        defaults = cls()
        production = environ.get("APP_ENV", "development") == "production"
        return cls(
            app_env=environ.get("APP_ENV", "development"),
            database_url=with_driver(environ.get("DATABASE_URL") or defaults.database_url),
            database_replica_url=environ.get("DATABASE_REPLICA_URL") or None,
            redis_url=environ.get("REDIS_URL") or None,
            secret_key=environ.get("SECRET_KEY") or ("" if production else development_key()),
            secret_key_fallbacks=listed(environ.get("SECRET_KEY_FALLBACKS", "")),
            trusted_hosts=listed(environ.get("TRUSTED_HOSTS", "")),
            proxies=number(environ, "PROXIES", 0),
            mail_url=environ.get("MAIL_URL") or None,
            log_level=environ.get("LOG_LEVEL", "INFO").upper(),
            log_format=environ.get("LOG_FORMAT", "json" if production else "text"),
            web_concurrency=number(environ, "WEB_CONCURRENCY", 2 if production else 1),
            host=environ.get("HOST", defaults.host),
            port=number(environ, "PORT", defaults.port),
            worker=environ.get("WORKER", "1") != "0",
            results_dir=environ.get("RESULTS_DIR") or defaults.results_dir,
            history_days=number(environ, "HISTORY_DAYS", defaults.history_days),
            max_upload=number(environ, "MAX_UPLOAD", defaults.max_upload // 1_000_000) * 1_000_000,
            debug=environ.get("FLASK_DEBUG", "0").lower() in ("1", "true", "yes", "on"),
        )


def listed(text: str) -> tuple[str, ...]:
    """A comma separated list: «a, b» → ("a", "b")."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        raise UnsafeConfiguration(f"{name} must be a whole number, not {text!r}.")
    return int(text)


def with_driver(url: str) -> str:
    """«postgres://» and «postgresql://» name the driver, so that the same address works everywhere."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def development_key() -> str:
    """A key of this checkout's own, kept in instance/, so that sessions outlive a restart in development."""
    path = INSTANCE / "secret_key"
    if not path.exists():
        INSTANCE.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(32))
        path.chmod(0o600)
    return path.read_text().strip()


def problems(config: Config) -> list[str]:
    """What would make this configuration unsafe in production; an empty list means that it may start."""
    found = []
    if config.app_env not in ("development", "production"):
        found.append(f"APP_ENV is {config.app_env!r}; it is development or production.")
    if not config.is_production:
        return found
    if not config.secret_key:
        found.append("SECRET_KEY is missing.")
    elif not strong(config.secret_key):
        found.append("SECRET_KEY is weak: use at least 50 characters that nobody else knows.")
    if any(not strong(key) for key in config.secret_key_fallbacks):
        found.append("SECRET_KEY_FALLBACKS holds a weak key.")
    if config.debug:
        found.append("FLASK_DEBUG is on.")
    if not config.trusted_hosts:
        found.append("TRUSTED_HOSTS is missing: name the hosts this server answers to.")
    return found


def strong(key: str) -> bool:
    """Django's measure (security.W009): 50 characters, five of them different, and not a well-known one."""
    return len(key) >= 50 and len(set(key)) >= 5 and key.lower() not in KNOWN_KEYS


def refuse_unsafe(config: Config) -> None:
    """Raise UnsafeConfiguration with every problem, so that one start tells all of them."""
    found = problems(config)
    if found:
        raise UnsafeConfiguration("Colophon does not start like this:\n" + "\n".join(f"  - {line}" for line in found))
