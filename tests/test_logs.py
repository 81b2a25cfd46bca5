"""The log: one line per request and per event, whatever a stranger sends."""

import json
import logging
import sys

import pytest
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st

import logs
from config import Config
from models.user import Role
from tests.test_policy import person

EVIL = "a\r\nb\tc\x00d\x1b[31me\x7ff\x85g\u2028h\u2029i\u202ej\u2066k\ud800l"


def record(message="hello %s", *args, error=None, **extra):
    made = logging.LogRecord("colophon.x", logging.INFO, "f.py", 1, message, args or ("you",), error)
    vars(made).update(extra)
    return made


def failed():
    try:
        raise ValueError(EVIL)
    except ValueError:
        return sys.exc_info()


def test_a_line_for_people_says_when_what_and_the_values():
    line = logs.Lines().format(record(status=200, ms=1.5))
    assert line[2] == line[5] == ":"
    assert line[8:] == " INFO    hello you status=200 ms=1.5"


def test_a_line_for_programs_is_one_object():
    found = json.loads(logs.JsonLines().format(record(status=200, ms=1.5, whole=Config)))
    assert found.pop("time").endswith("+00:00")
    assert found.pop("whole")
    assert found == {"level": "info", "logger": "colophon.x", "message": "hello you", "status": 200, "ms": 1.5}


@pytest.mark.parametrize("formatter", [logs.Lines(), logs.JsonLines()])
def test_nothing_a_stranger_sends_makes_a_line_of_its_own(formatter):
    line = formatter.format(record("%s", EVIL, agent=EVIL))
    assert len(line.splitlines()) == 1
    assert not logs.CONTROL.search(line)


@given(st.text())
def test_no_text_at_all_does(text):
    for formatter in (logs.Lines(), logs.JsonLines()):
        line = formatter.format(record("%s", text, agent=text))
        assert len(line.splitlines()) == 1
    assert json.loads(logs.JsonLines().format(record("x%s", "", agent=text)))["agent"] == text


def test_a_trace_is_indented_for_people_and_a_value_for_programs():
    lines = logs.Lines().format(record(error=failed())).splitlines()
    assert lines[1] == "    Traceback (most recent call last):"
    assert all(line.startswith("    ") for line in lines[1:])
    found = logs.JsonLines().format(record(error=failed()))
    assert len(found.splitlines()) == 1
    assert json.loads(found)["trace"].startswith("Traceback")


def test_a_line_of_a_request_names_it_and_the_person():
    with Flask("x").test_request_context():
        assert logs.facts(record()) == {"request": ""}
        g.request_id, g.person = "ab12", person(Role.ADMIN, id=9)
        assert logs.facts(record()) == {"request": "ab12", "user": 9}
        assert logs.facts(record(request="own", user=3)) == {"request": "own", "user": 3}


@pytest.mark.parametrize(("form", "formatter"), [("json", logs.JsonLines), ("text", logs.Lines)])
def test_the_configuration_chooses_the_form_and_the_level(form, formatter):
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    try:
        logs.configure(Config(log_format=form, log_level="WARNING"))
        assert [type(handler.formatter) for handler in root.handlers] == [formatter]
        assert root.level == logging.WARNING
    finally:
        root.level, root.handlers = before


def test_each_request_is_one_line_with_its_route_status_and_time(client, caplog):
    caplog.set_level("INFO")
    answer = client.get("/books/?q=secret-word")
    client.get("/nothing/secret-word")
    lines = [one for one in caplog.records if one.name == "colophon.request"]
    assert [(one.getMessage(), one.status) for one in lines] == [("GET /books/", 200), ("GET (no route)", 404)]
    assert lines[0].ms > 0
    assert answer.headers["X-Request-ID"]
    assert "secret-word" not in caplog.text


def test_what_is_asked_all_the_time_is_written_only_when_one_looks_closely(client, app, caplog):
    caplog.set_level("INFO")
    for path in ("/healthz", "/readyz", f"{app.static_url_path}/icons.svg"):
        client.get(path)
    assert not [one for one in caplog.records if one.name == "colophon.request"]


def test_a_one_time_link_is_not_in_the_log(anonymous, caplog):
    caplog.set_level("DEBUG")
    anonymous.get("/login/link/secret-token?next=/books/")
    assert "secret-token" not in " ".join(str(vars(one)) for one in caplog.records if one.name.startswith("colophon"))


def test_a_request_that_has_not_begun_took_no_time():
    with Flask("x").test_request_context():
        assert logs.elapsed() == 0.0
