"""/healthz and /readyz."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import OperationalError

from app import create_app
from blueprints import health
from blueprints.health import Checked
from config import Config
from extensions import db


@pytest.fixture(autouse=True)
def afresh(request):
    """What another test was told a moment ago is not the answer here."""
    if "app" in request.fixturenames:
        request.getfixturevalue("app").extensions.pop("readiness", None)


def test_the_process_is_there_whatever_the_database_does(anonymous, queries):
    with queries() as seen:
        answer = anonymous.get("/healthz")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "alive\n", "text/plain")
    assert seen == []
    assert "Set-Cookie" not in answer.headers


def test_a_migrated_database_that_answers_is_ready(anonymous):
    answer = anonymous.get("/readyz")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "ready\n", "text/plain")


def test_nobody_is_recognised_for_it(client, queries):
    with queries() as seen:
        client.get("/healthz")
        client.get("/readyz")
    assert not [sql for sql in seen if "user_sessions" in sql]


def test_a_database_that_is_away_is_not_ready(app, anonymous, monkeypatch):
    with app.app_context():
        engine = db.engine

    def away():
        raise OperationalError("SELECT 1", {}, Exception("the password is canary-7f3a"))

    with monkeypatch.context() as patched:
        patched.setattr(engine, "connect", away)
        answer = anonymous.get("/readyz")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.text == "the database does not answer, or was never migrated\n"


def test_pending_migrations_are_not_ready(anonymous, monkeypatch):
    monkeypatch.setattr(health, "heads", lambda: ["of tomorrow"])
    answer = anonymous.get("/readyz")
    assert answer.status_code == 503
    assert "flask db upgrade" in answer.text


def test_a_database_without_tables_is_not_ready(tmp_path):
    app = create_app(Config(database_url=f"sqlite:///{tmp_path / 'x.db'}", secret_key="x" * 60, testing=True))
    assert app.test_client().get("/readyz").status_code == 503
    with app.app_context():
        db.engine.dispose()


def test_a_thousand_questions_at_once_ask_the_database_once(app, monkeypatch):
    asked = []
    monkeypatch.setattr(health, "trouble", lambda: asked.append(1) or "")
    with ThreadPoolExecutor(16) as pool:
        codes = set(pool.map(lambda _: app.test_client().get("/readyz").status_code, range(300)))
    assert codes == {200}
    assert len(asked) <= 2, "one a second"


def test_an_answer_holds_for_a_second(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(health.time, "monotonic", lambda: clock[0])
    answers = iter(["", "away", ""])
    checked = Checked(lambda: next(answers))
    found = []
    for at in (100.0, 100.9, 101.0, 101.9, 102.1):
        clock[0] = at
        found.append(checked.answer())
    assert found == ["", "", "away", "away", ""]
