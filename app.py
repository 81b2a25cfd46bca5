"""create_app: the whole start-up on one screen."""

import hashlib
import os
import secrets
from pathlib import Path

from flask import Flask, g, request, session

import cli
import errors
import headers
import limits
from admin import display, frame, guard
from blueprints import all_blueprints
from config import ROOT, Config, refuse_unsafe
from extensions import compress, csrf, db, engine_options, listen, migrate
from services import sign_in


def create_app(config: Config | None = None) -> Flask:
    """The application for this configuration (by default, the environment's). Raises UnsafeConfiguration."""
    config = config or Config.from_environment(os.environ)
    refuse_unsafe(config)
    app = Flask("colophon", root_path=str(ROOT), static_url_path=f"/static/{digest(ROOT / 'static')}")
    app.config.from_mapping(settings(config))
    app.config["COLOPHON"] = config
    for extension in (db, csrf, compress):
        extension.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    for part in (limits, headers, errors, frame, display, cli):
        part.register(app)
    for step in (read_only, recognise, guard.check):
        app.before_request(step)
    for blueprint in all_blueprints():
        app.register_blueprint(blueprint)
    app.extensions["verbs"] = guard.declarations(app)
    with app.app_context():
        listen(db.engine, config.statement_timeout)
    return app


def settings(config: Config) -> dict[str, object]:
    """Our configuration in the words of Flask and its extensions."""
    production = config.is_production
    return {
        "SECRET_KEY": config.secret_key,
        "SECRET_KEY_FALLBACKS": list(config.secret_key_fallbacks),
        "TRUSTED_HOSTS": list(config.trusted_hosts) or None,
        "TESTING": config.testing,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(config.database_url),
        "SESSION_COOKIE_NAME": "__Host-colophon" if production else "colophon",
        "SESSION_COOKIE_SECURE": production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "MAX_CONTENT_LENGTH": config.max_body,
        "MAX_FORM_MEMORY_SIZE": config.max_body,
        "MAX_FORM_PARTS": config.max_fields,
        "SEND_FILE_MAX_AGE_DEFAULT": 31536000,
        "COMPRESS_MIMETYPES": ["text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"],
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": 4,
        "COMPRESS_LEVEL": 5,
    }


def digest(folder: Path) -> str:
    """One hash of everything under static: the address of all files changes when any of them does."""
    hashed = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            hashed.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return hashed.hexdigest()[:12]


def read_only() -> None:
    """A GET that writes fails in the database itself (PostgreSQL), not in review."""
    if request.method in guard.SAFE and touches_data() and db.engine.dialect.name == "postgresql":
        db.session.connection(execution_options={"postgresql_readonly": True})


def recognise() -> None:
    """Who asks, and a name for this request that errors and logs share."""
    g.request_id = secrets.token_hex(6)
    g.person = sign_in.recognise(session["sid"]) if touches_data() and session.get("sid") else None


def touches_data() -> bool:
    return request.endpoint is not None and request.endpoint != "static" and request.blueprint != "health"
