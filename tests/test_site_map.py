"""Every address with its methods and who gets in, written down: a new route fails here until it is listed."""

import re

import pytest
from flask import Flask

from admin.guard import UndeclaredView, declarations
from app import create_app
from config import Config
from models.job import Job
from models.user import Role, User
from tests.factories import make_book, make_post, make_tag
from tests.test_policy import person

# Who gets in: V viewer, C contributor, E editor, A administrator; «all» without signing in.
# A contributor gets as far as the forms of posts; which posts are his own is decided record by record.
ENTITY = """
GET       /{0}/                       {view}
POST      /{0}/bulk                   {edit}
POST      /{0}/display                {view}
POST      /{0}/draft                  {create}
POST      /{0}/draft/compare          {create}
POST      /{0}/draft/discard          {create}
GET       /{0}/count                  {view}
GET       /{0}/facets                 {view}
GET POST  /{0}/new                    {create}
GET       /{0}/export.<any(csv,xlsx,json):format> {export}
GET POST  /{0}/import                 {import}
GET       /{0}/import/<id:id>         {import}
GET POST  /{0}/import/<id:id>/columns {import}
POST      /{0}/import/<id:id>/discard {import}
POST      /{0}/import/<id:id>/fix     {import}
GET       /{0}/import/<id:id>/rows.csv {import}
POST      /{0}/import/<id:id>/run     {import}
GET       /{0}/options                {options}
POST      /{0}/preview                {view}
GET       /{0}/<id:id>                {view}
GET POST  /{0}/<id:id>/cell/<field>   {edit}
GET POST  /{0}/<id:id>/delete         {delete}
POST      /{0}/<id:id>/draft          {edit}
POST      /{0}/<id:id>/draft/compare  {edit}
POST      /{0}/<id:id>/draft/discard  {edit}
GET POST  /{0}/<id:id>/edit           {edit}
GET       /{0}/<id:id>/history        {view}
POST      /{0}/<id:id>/presence       {view}
POST      /{0}/<id:id>/restore        {edit}
GET       /{0}/suggest                {view}
"""
NAMESAKES = """
GET POST  /{0}/<id:id>/merge          {edit}
GET       /{0}/similar                {view}
"""
NUMBERS = """
GET       /{0}/totals                 {view}
"""
CATALOGUE = {
    "view": "VCEA",
    "export": "VCEA",
    "create": "EA",
    "edit": "EA",
    "delete": "EA",
    "options": "EA",
    "import": "EA",
}
POSTS = {
    "view": "VCEA",
    "export": "VCEA",
    "create": "CEA",
    "edit": "CEA",
    "delete": "CEA",
    "options": "EA",
    "import": "EA",
}
USERS = {"view": "A", "export": "A", "create": "A", "edit": "A", "delete": "A", "options": "CEA", "import": "A"}

SITE = f"""
GET       /                             VCEA
GET       /account                      VCEA
POST      /account/password             VCEA
POST      /account/sessions/<id:session_id>/end  VCEA
POST      /account/sessions/end         VCEA
GET       /changes/                     VCEA
GET       /changes/<id:id>              VCEA
POST      /changes/<id:id>/undo         VCEA
GET       /changes/deleted              VCEA
GET       /jobs/                        VCEA
GET       /jobs/<id:id>                 VCEA
POST      /jobs/<id:id>/cancel          VCEA
GET       /jobs/<id:id>/result          VCEA
POST      /jobs/<id:id>/retry           VCEA
GET POST  /login                        all
GET POST  /login/link/<token>           all
POST      /login/resume                 all
POST      /logout                       all
POST      /preferences                  VCEA
GET       /views/                       VCEA
POST      /views/<id:id>/overwrite      VCEA
GET POST  /views/<id:id>/edit           VCEA
GET POST  /views/<id:id>/delete         VCEA
POST      /views/<id:id>/move           VCEA
POST      /views/<id:id>/pin            VCEA
GET       /views/counts                 VCEA
POST      /views/new                    VCEA
GET       /healthz                      all
GET       /readyz                       all
GET       /static/<path:filename>       all
{"".join(ENTITY.format(entity, **CATALOGUE) for entity in ("authors", "books", "tags"))}
{"".join(NAMESAKES.format(entity, **CATALOGUE) for entity in ("authors", "tags"))}
{NUMBERS.format("books", **CATALOGUE)}
{NUMBERS.format("users", **USERS)}
{ENTITY.format("posts", **POSTS)}
{ENTITY.format("users", **USERS)}
POST      /users/<id:id>/sessions/<id:session_id>/end  A
POST      /users/<id:id>/sessions/end   A
"""
# What one is let do there is decided record by record: these would end the session or take the record away.
FINAL = ("/end", "/delete", "/merge")
OWN = ("/edit", "/cell/<field>", "/delete", "/draft", "/draft/compare", "/draft/discard", "/restore")

SAFE = ("GET", "HEAD", "OPTIONS")
LETTER = {Role.VIEWER: "V", Role.CONTRIBUTOR: "C", Role.EDITOR: "E", Role.ADMIN: "A"}


def written():
    """(method, rule) → who."""
    lines = (line.split() for line in SITE.splitlines() if line.strip())
    return {(method, rule): who for *methods, rule, who in lines for method in methods}


WRITTEN = written()


@pytest.fixture(scope="module")
def bare():
    """An application without a database: its routes are all that is asked."""
    return create_app(Config(database_url="sqlite://", secret_key="x" * 60, testing=True))


def routes(app: Flask):
    """(method, rule, endpoint) of every route."""
    for rule in app.url_map.iter_rules():
        address = "/static/<path:filename>" if rule.endpoint == "static" else rule.rule
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, address, rule.endpoint


def test_the_site_is_as_written(bare):
    found = {(method, rule) for method, rule, _ in routes(bare)}
    assert found - set(WRITTEN) == set(), "not written down above"
    assert set(WRITTEN) - found == set(), "written down and not there"


def test_eight_addresses_at_most_need_no_signing_in():
    assert len({rule for (_, rule), who in WRITTEN.items() if who == "all"}) <= 8


def test_a_view_without_a_verb_stops_the_start(bare):
    app = Flask("forgetful")
    app.add_url_rule("/forgotten", "forgotten", lambda: "")
    with pytest.raises(UndeclaredView, match="'forgotten' declares no verb"):
        declarations(app)


def filled(rule):
    rule = re.sub(r"<any\((\w+).*?>", r"\1", rule)
    return (
        re.sub(r"<id:\w+>", "1", rule)
        .replace("<token>", "x")
        .replace("<field>", "title")
        .replace("<path:filename>", "icons.svg")
    )


@pytest.fixture
def records(session):
    """A record with the id 1 of every entity; the post, the job and the file are by none of the clients."""
    make_book(session)
    make_post(session)
    make_tag(session)
    session.add(Job(kind="export", title="Export 3 books", actor="Ines", entity="books"))
    session.flush()


def closed(app):
    """(method, rule) of everything that needs signing in."""
    return [(method, rule) for method, rule, _ in routes(app) if WRITTEN[method, rule] != "all"]


def test_a_stranger_is_sent_to_sign_in_or_refused_everywhere(app, anonymous, records):
    token = {"X-CSRFToken": csrf_of(anonymous, "/login")}
    for method, rule in closed(app):
        answer = anonymous.open(filled(rule), method=method, headers=token)
        if method == "GET":
            assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/login"), rule
        else:
            assert answer.status_code == 401, rule
            assert "Your session has ended" in answer.text


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "FOO"])
def test_no_other_method_lets_a_stranger_in(app, anonymous, records, method):
    for _, rule in closed(app):
        answer = anonymous.open(filled(rule), method=method)
        assert answer.status_code in (303, 401, 405), (method, rule)
        assert method in SAFE or answer.status_code == 405, (method, rule)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_in_where_it_is_written_and_nowhere_else(app, log_in_as, records, role):
    client = log_in_as(role)
    token = {"X-CSRFToken": csrf_of(client, "/account")}
    for method, rule in sorted(closed(app)):
        if rule.endswith(FINAL) and method == "POST" and LETTER[role] in WRITTEN[method, rule]:
            continue
        status = client.open(filled(rule), method=method, headers=token).status_code
        expected = LETTER[role] in WRITTEN[method, rule] and not of_others(role, rule)
        assert (status != 403) == expected, (role, method, rule, status)
        assert status < 500


def of_others(role, rule):
    """Whoever is let as far as the record, and there it turns out to be none of his."""
    if rule == "/changes/<id:id>/undo":
        return role != Role.ADMIN  # the first change has made a user
    if rule.startswith("/jobs/<id:id>"):
        return role != Role.ADMIN
    return role == Role.CONTRIBUTOR and rule.startswith("/posts/<id:id>/") and rule.endswith(OWN)


def test_a_refusal_is_logged_and_says_whom_to_ask(log_in_as, records, caplog):
    answer = log_in_as("viewer").get("/books/new")
    assert answer.status_code == 403
    assert "Your role is Viewer. Ask an editor or an administrator to do it for you." in answer.text
    record = next(record for record in caplog.records if record.getMessage() == "denied")
    assert (record.verb, record.entity) == ("create", "books")


def unsafe(app):
    return [(method, rule) for method, rule, _ in routes(app) if method not in SAFE]


@pytest.mark.parametrize("kind_of_token", ["none", "broken", "of another session", "of another key"])
def test_no_unsafe_request_passes_without_the_session_s_own_token(
    app, client, log_in_as, another_app, records, session, kind_of_token
):
    token = {
        "none": lambda: "",
        "broken": lambda: csrf_of(client, "/account")[:-3] + "xyz",
        "of another session": lambda: csrf_of(log_in_as("admin"), "/account"),
        "of another key": lambda: csrf_of(another_app(secret_key="y" * 60).test_client(), "/login"),
    }[kind_of_token]()
    before = everything(session)
    for method, rule in unsafe(app):
        for data in ({"csrf_token": token}, {"csrf_token": token, "name": "x", "title": "x", "choice": "delete"}):
            assert client.open(filled(rule), method=method, data=data).status_code == 400, rule
        answer = client.open(filled(rule), method=method, headers={"X-CSRFToken": token}, json={"name": "x"})
        assert answer.status_code == 400, rule
    assert everything(session) == before
    assert client.get("/account").status_code == 200


def test_the_token_in_the_address_does_not_count(client):
    assert (
        client.post("/preferences?csrf_token=" + csrf_of(client, "/account"), data={"theme": "dark"}).status_code == 400
    )


def csrf_of(client, path):
    """The CSRF token that the page at this path gives to this client."""
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)[1]


def everything(session):
    """The rows of all tables that people write to, as text."""
    session.expire_all()
    tables = User.metadata.sorted_tables
    skipped = ("user_sessions", "sign_in_failures")
    return {t.name: session.execute(t.select().order_by(*t.primary_key)).all() for t in tables if t.name not in skipped}


def test_a_person_is_no_record(bare):
    with pytest.raises(AttributeError):
        person(Role.ADMIN).role = Role.VIEWER
