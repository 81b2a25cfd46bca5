"""create_app: the whole start-up on one screen."""

import hashlib
import os
from pathlib import Path

from flask import current_app, g, request, session

import cli
import errors
import headers
import limits
import logs
from admin import display, frame, guard
from application import Application
from blueprints import all_blueprints
from config import ROOT, Config, refuse_unsafe
from extensions import allow_time, compress, csrf, db, engine_options, listen, migrate
from models import load_all
from models.base import now
from services import changes, sign_in


def create_app(config: Config | None = None) -> Application:
    """The application for this configuration (by default, the environment's). Raises UnsafeConfiguration."""
    config = config or Config.from_environment(os.environ)
    refuse_unsafe(config)
    load_all()
    app = Application("colophon", root_path=str(ROOT), static_url_path=f"/static/{digest(ROOT / 'static')}")
    app.config.from_mapping(settings(config))
    app.config["COLOPHON"] = config
    for extension in (db, compress):
        extension.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    for part in (logs, limits, headers, errors):
        part.register(app)
    csrf.init_app(app)  # checks the token after size, host and sender were checked
    for part in (frame, display, cli):
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
        "TESTING": config.testing,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(config.database_url),
        "SESSION_COOKIE_NAME": "__Host-colophon" if production else "colophon",
        "SESSION_COOKIE_SECURE": production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "SEND_FILE_MAX_AGE_DEFAULT": 31536000,
        "COMPRESS_MIMETYPES": ["text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"],
        "COMPRESS_ALGORITHM": ["zstd", "gzip"],  # of pages: the fastest
        "COMPRESS_ALGORITHM_STREAMING": ["br", "deflate"],  # of files, which a browser keeps: the smallest
        "COMPRESS_ZSTD_LEVEL": 3,
        "COMPRESS_BR_LEVEL": 9,
        "COMPRESS_LEVEL": 1,
    }


def digest(folder: Path) -> str:
    """One hash of everything under static: the address of all files changes when any of them does."""
    hashed = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            hashed.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return hashed.hexdigest()[:12]


def read_only() -> None:
    """A GET that writes fails in the database itself (PostgreSQL), not in review; and it ends in time (SQLite)."""
    if request.method in guard.SAFE and touches_data():
        connection = db.session.connection(execution_options={"postgresql_readonly": True})
        if connection.dialect.name == "sqlite":
            allow_time(connection, current_app.config["COLOPHON"].statement_timeout)


def recognise() -> None:
    """Who asks; None for whoever is not signed in."""
    token = session.get("sid") if touches_data() else None
    config = current_app.config["COLOPHON"]
    g.person = sign_in.recognise(token, now(), config, request.blueprint) if token else None
    if g.person is not None:
        changes.attribute(db.session(), changes.Author(g.person.id, g.person.name, g.request_id))


def touches_data() -> bool:
    return request.endpoint is not None and request.endpoint != "static" and request.blueprint != "health"
