"""Signing in and out as a person meets it."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from models.base import now
from models.session import SignInFailure, UserSession
from models.user import Role, Theme, User
from services import passwords, sign_in
from tests.factories import make_author, make_user
from tests.forms import read, send, submit

PASSWORD = "zebra lantern 42"
NEW = "a quiet river at noon"
HASH = passwords.make_hash(PASSWORD)  # once: it is made to be slow


@pytest.fixture
def ines(session):
    return make_user(session, username="ines", name="Ines Lindqvist", role=Role.ADMIN, password_hash=HASH)


@pytest.fixture
def link_for(session, app):
    """A function: user → the path of a one-time link."""

    def make(user):
        return "/login/link/" + sign_in.make_link(session, user.id, now(), app.config["COLOPHON"])

    return make


def log_in(client, name="ines", password=PASSWORD, path="/login"):
    return submit(client, path, {"username": name, "password": password})


def token(client, path="/account"):
    """A valid CSRF token of this client."""
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)[1]


def post(client, path, **values):
    return client.post(path, data={"csrf_token": token(client)} | values)


def press(client, path):
    """The one button of the page at this path."""
    return client.post(path, data={"csrf_token": token(client, path)})


def hash_of(session, user):
    return session.scalar(select(User.password_hash).where(User.id == user.id))


def is_in(client):
    return client.get("/account").status_code == 200


def cookie_of(client):
    return client.get_cookie("colophon").value


def with_cookie(app, value):
    client = app.test_client()
    client.set_cookie("colophon", value)
    return client


# Log in


@pytest.mark.parametrize("name", ["ines", "INES", "ines@example.org", " Ines@Example.Org "])
def test_one_signs_in_with_username_or_address(anonymous, ines, name):
    answer = log_in(anonymous, name)
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_in(anonymous)


def test_a_page_that_needs_signing_in_comes_after_it(anonymous, ines):
    asked = anonymous.get("/books/?q=le&sort=-price")
    assert asked.status_code == 303
    assert log_in(anonymous, path=asked.location).location == "/books/?q=le&sort=-price"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"])
def test_signing_in_leads_to_no_other_server(anonymous, ines, target):
    page = anonymous.get("/login", query_string={"next": target})
    assert "evil" not in page.text
    assert send(anonymous, page, {"username": "ines", "password": PASSWORD, "next": target}).location == "/"


def test_wrong_unknown_inactive_and_passwordless_are_answered_alike(app, session, ines):
    make_user(session, username="gone", is_active=False, password_hash=HASH)
    make_user(session, username="bare")
    answers = []
    for name, password in (("ines", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("bare", PASSWORD)):
        answer = log_in(app.test_client(), name, password)
        body = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text).replace(f'value="{name}"', "")
        headers = {key for key, _ in answer.headers}
        answers.append((answer.status_code, body, frozenset(headers), answer.headers["Content-Type"]))
        assert read(answer).errors == {"password": "Username or password is not right"}
    assert answers[0][0] == 422
    assert len(set(answers)) == 1


def test_the_username_is_kept_and_the_password_is_not(anonymous, ines):
    answer = log_in(anonymous, "ines", "wrong but typed")
    assert read(answer).form("username").value("username") == "ines"
    assert "wrong but typed" not in answer.text


@pytest.mark.parametrize("values", [{"username": "", "password": ""}, {"username": "ines", "password": ""}])
def test_an_empty_form_is_no_attempt(anonymous, session, values):
    answer = submit(anonymous, "/login", values)
    assert (answer.status_code, read(answer).errors) == (422, {"password": "Type both your username and your password"})
    assert session.scalar(select(func.count(SignInFailure.id))) == 0


@pytest.mark.parametrize(
    "data", [{}, {"username": ["ines", "x"]}, {"password[]": "x"}, {"username": "\x00²", "password": "\x00"}]
)
def test_odd_forms_are_refused_and_nothing_else(anonymous, ines, data):
    answer = anonymous.post("/login", data={"csrf_token": token(anonymous, "/login")} | data)
    assert answer.status_code == 422


def test_whoever_is_signed_in_need_not_do_it_again(client):
    assert client.get("/login").location == "/"
    assert client.get("/login?next=/books/").location == "/books/"


def test_the_session_is_new_and_the_cookie_of_before_opens_nothing(app, anonymous, ines):
    anonymous.get("/login")
    before = cookie_of(anonymous)
    log_in(anonymous)
    assert cookie_of(anonymous) != before
    assert not is_in(with_cookie(app, before))
    with anonymous.session_transaction() as cookie:
        assert set(cookie) == {"sid", "uid"}, "the CSRF token of before is gone"


def test_signing_in_as_somebody_else_ends_the_session_of_before(app, session, ines, client):
    before = cookie_of(client)
    page = app.test_client()
    page.set_cookie("colophon", before)
    answer = page.post("/login", data={"csrf_token": token(page), "username": "ines", "password": PASSWORD})
    assert answer.status_code == 303
    assert not is_in(with_cookie(app, before))


def test_signing_in_is_noted_on_the_user(anonymous, ines, stored):
    log_in(anonymous)
    assert now() - stored(User, ines.id).last_login_at < timedelta(minutes=1)


def test_an_outdated_hash_is_renewed_by_signing_in(anonymous, session, ines):
    ines.password_hash = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    session.flush()
    version = ines.version
    assert log_in(anonymous).status_code == 303
    session.expire_all()
    assert not passwords.outdated(hash_of(session, ines))
    assert passwords.matches(hash_of(session, ines), PASSWORD)
    assert ines.version == version


def test_a_password_changed_during_the_check_opens_nothing(anonymous, session, ines, monkeypatch):
    real = sign_in.proves

    def meanwhile(account, password):
        ines.password_hash = "changed"
        session.flush()
        return real(account, password)

    monkeypatch.setattr(sign_in, "proves", meanwhile)
    assert log_in(anonymous).status_code == 422
    assert not is_in(anonymous)


@pytest.mark.parametrize("name", ["nobody", "bare"])
def test_without_an_account_or_a_password_nothing_opens_whatever_the_check_says(anonymous, session, monkeypatch, name):
    make_user(session, username="bare")
    monkeypatch.setattr(sign_in, "proves", lambda *_: True)
    assert log_in(anonymous, name).status_code == 422
    assert not is_in(anonymous)


def test_no_transaction_is_open_while_a_password_is_checked(anonymous, app, ines, monkeypatch):
    pools = []
    monkeypatch.setattr(sign_in, "proves", lambda *_: pools.append(engine.pool.checkedout()))
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    log_in(anonymous)
    assert pools == [0]


# Too many attempts


def test_after_ten_failures_an_account_waits_even_with_the_right_password(anonymous, app, ines):
    for _ in range(10):
        assert log_in(anonymous, "ines", "wrong").status_code == 422
    answer = log_in(anonymous)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 901
    assert "15 minutes" in answer.text
    assert log_in(app.test_client(), "INES@example.org").status_code == 429, "by its other name too"


def test_an_unknown_account_waits_just_as_long(anonymous):
    assert [log_in(anonymous, "nobody", "wrong").status_code for _ in range(11)] == [422] * 10 + [429]


def test_headers_and_fields_do_not_make_a_fresh_start(app, ines):
    page = app.test_client()
    csrf = token(page, "/login")
    codes = []
    for number in range(11):
        headers = {
            "X-Forwarded-For": f"203.0.113.{number}",
            "X-Real-IP": f"203.0.113.{number}",
            "Forwarded": "for=1.2.3.4",
        }
        data = {"csrf_token": csrf, "username": "ines", "password": "wrong", "email": str(number), "code": str(number)}
        codes.append(page.post("/login", data=data, headers=headers).status_code)
    assert codes == [422] * 10 + [429]


def test_failures_count_over_all_ways_in(anonymous, ines, monkeypatch):
    monkeypatch.setattr(passwords, "matches", lambda *_: False)
    csrf = token(anonymous, "/login")
    for number in range(25):
        assert anonymous.post(f"/login/link/{number}", data={"csrf_token": csrf}).status_code == 404
        data = {"csrf_token": csrf, "username": f"user{number}", "password": "x"}
        assert anonymous.post("/login", data=data).status_code == 422
    assert anonymous.post("/login/link/x", data={"csrf_token": csrf}).status_code == 429
    assert anonymous.get("/login/link/x").status_code == 429
    assert log_in(anonymous).status_code == 429


def test_a_wrong_present_password_counts_too(anonymous, ines):
    log_in(anonymous)
    for _ in range(10):
        answer = post(anonymous, "/account/password", current="wrong", password=NEW, again=NEW)
        assert answer.status_code == 422
    assert post(anonymous, "/account/password", current=PASSWORD, password=NEW, again=NEW).status_code == 429


def test_a_stranger_cannot_keep_anybody_out(app, ines, link_for):
    for _ in range(10):
        log_in(app.test_client(), "ines", "wrong")
    mine = app.test_client()
    assert press(mine, link_for(ines)).status_code == 303
    assert is_in(mine)
    with time_machine.travel(now() + timedelta(minutes=15, seconds=2)):
        assert log_in(app.test_client()).status_code == 303


def test_the_address_is_the_proxy_s_word_only_when_one_is_configured(another_app, ines):
    def codes(client):
        csrf = token(client, "/login")
        names = [f"unknown{number}" for number in range(51)]
        return [
            client.post(
                "/login",
                data={"csrf_token": csrf, "username": name, "password": "x"},
                headers={"X-Forwarded-For": f"203.0.113.{number}"},
            ).status_code
            for number, name in enumerate(names)
        ][-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "matches", lambda *_: False)
        assert codes(another_app(proxies=0).test_client()) == 429
        assert codes(another_app(proxies=1).test_client()) == 422


# Log out, and sessions that end


def test_after_signing_out_the_cookie_is_worth_nothing(app, anonymous, ines):
    log_in(anonymous)
    kept = cookie_of(anonymous)
    answer = post(anonymous, "/logout")
    assert (answer.status_code, answer.location) == (303, "/login")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(anonymous)
    assert not is_in(with_cookie(app, kept))
    assert "You are signed out." in anonymous.get("/login").text


def test_signing_out_twice_is_no_error(anonymous):
    answer = anonymous.post("/logout", data={"csrf_token": token(anonymous, "/login")})
    assert (answer.status_code, answer.location) == (303, "/login")


def test_signing_out_needs_a_post(client):
    assert client.get("/logout").status_code == 405
    assert is_in(client)


def test_a_session_ends_when_it_is_not_used(client):
    with time_machine.travel(now() + timedelta(minutes=31)):
        answer = client.get("/books/")
        assert (answer.status_code, answer.location) == (303, "/login?next=/books/")
        assert "Your session has ended" in client.get(answer.location).text


def test_a_stranger_is_not_told_of_a_session_that_ended(anonymous):
    assert "session has ended" not in anonymous.get("/login").text


def test_a_session_in_use_ends_after_half_a_day(client):
    start = now()
    with time_machine.travel(start) as clock:
        for _ in range(35):
            clock.shift(timedelta(minutes=20))
            assert is_in(client)
        clock.shift(timedelta(minutes=21))
        assert not is_in(client)


@pytest.mark.parametrize("days", [40, -3])
def test_a_clock_that_jumps_is_no_error(client, days):
    with time_machine.travel(now() + timedelta(days=days)):
        assert client.get("/books/").status_code in (200, 303)


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"role": "admin", "is_active": ""}])
def test_a_changed_role_or_activity_ends_the_sessions_of_the_user(client, app, log_in_as, session, change):
    other = log_in_as("editor")
    user = session.scalars(select(User).where(User.role == Role.EDITOR)).one()
    kept = cookie_of(other)
    assert is_in(other)
    values = {"is_active": []} | change if "is_active" in change else change
    values = {name: ([] if value == "" else value) for name, value in values.items()}
    answer = submit(client, f"/users/{user.id}/edit", values)
    assert answer.status_code == 303, answer.text
    assert not is_in(with_cookie(app, kept))
    assert is_in(client)


def test_another_change_of_the_user_ends_nothing(client, log_in_as, session):
    other = log_in_as("editor")
    user = session.scalars(select(User).where(User.role == Role.EDITOR)).one()
    assert submit(client, f"/users/{user.id}/edit", {"name": "Somebody Else"}).status_code == 303
    assert is_in(other)


def test_deleting_a_user_ends_the_sessions(client, log_in_as, session):
    other = log_in_as("editor")
    user = session.scalars(select(User).where(User.role == Role.EDITOR)).one()
    assert is_in(other)
    assert submit(client, f"/users/{user.id}/delete", {"version": user.version}).status_code == 303
    assert not is_in(other)
    assert session.scalar(select(func.count(UserSession.id)).where(UserSession.user_id == user.id)) == 0


# One-time links


def test_opening_a_link_uses_nothing_up_and_its_button_signs_in(anonymous, app, ines, link_for):
    path = link_for(ines)
    for _ in range(2):
        page = anonymous.get(path)
        assert page.status_code == 200
        assert "Ines Lindqvist" in page.text
    assert not is_in(anonymous)
    answer = send(anonymous, page, {})
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_in(anonymous)


def test_a_used_link_says_what_to_do(anonymous, app, ines, link_for):
    path = link_for(ines)
    stale = app.test_client()
    page = stale.get(path)
    press(anonymous, path)
    for answer in (anonymous.get(path), send(stale, page, {}), stale.get("/login/link/unknown")):
        assert answer.status_code == 404
        assert "does not work any more" in answer.text
        assert "flask users link" in answer.text
    assert not is_in(stale)


def test_a_link_ends_after_an_hour(anonymous, ines, link_for):
    path = link_for(ines)
    with time_machine.travel(now() + timedelta(minutes=61)):
        assert anonymous.get(path).status_code == 404


@pytest.mark.parametrize(("target", "location"), [("/books/", "/books/"), ("//evil.example", "/")])
def test_a_link_leads_on_to_an_own_page(anonymous, ines, link_for, target, location):
    page = anonymous.get(link_for(ines), query_string={"next": target})
    assert send(anonymous, page, {}).location == location


def test_of_many_who_press_the_button_at_once_one_gets_in(app, ines, link_for):
    path = link_for(ines)
    clients = [app.test_client() for _ in range(6)]
    pages = [client.get(path) for client in clients]
    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda pair: send(*pair, {}).status_code, zip(clients, pages, strict=True)))
    assert sorted(codes) == [303] + [404] * 5


def test_a_link_in_place_of_somebody_else_s_session(client, app, ines, link_for):
    before = cookie_of(client)
    assert press(client, link_for(ines)).status_code == 303
    assert "ines" in client.get("/account").text
    assert not is_in(with_cookie(app, before))


# The account page


@pytest.mark.parametrize("role", ["viewer", "contributor", "editor", "admin"])
def test_everybody_has_an_account_page(log_in_as, role):
    page = log_in_as(role).get("/account")
    assert page.status_code == 200
    assert "This browser" in page.text


def test_a_new_password_needs_the_present_one(anonymous, ines):
    log_in(anonymous)
    answer = submit(anonymous, "/account", {"current": "wrong", "password": NEW, "again": NEW})
    assert (answer.status_code, read(answer).errors) == (422, {"current": "This is not your present password"})
    assert NEW not in answer.text
    answer = submit(anonymous, "/account", {"current": PASSWORD, "password": NEW, "again": NEW})
    assert (answer.status_code, answer.location) == (303, "/account")


def test_a_new_password_ends_all_sessions_but_gives_this_browser_a_new_one(app, anonymous, ines, session):
    other = app.test_client()
    for one in (anonymous, other):
        log_in(one)
    kept = cookie_of(anonymous)
    submit(anonymous, "/account", {"current": PASSWORD, "password": NEW, "again": NEW})
    assert [is_in(anonymous), is_in(other), is_in(with_cookie(app, kept))] == [True, False, False]
    assert log_in(app.test_client()).status_code == 422
    assert log_in(app.test_client(), password=NEW).status_code == 303


def test_a_new_password_ends_the_links_that_wait(app, anonymous, ines, link_for):
    log_in(anonymous)
    path = link_for(ines)
    submit(anonymous, "/account", {"current": PASSWORD, "password": NEW, "again": NEW})
    assert app.test_client().get(path).status_code == 404


def test_a_fresh_link_stands_for_the_present_password(anonymous, app, session, link_for):
    bare = make_user(session, username="bare")
    press(anonymous, link_for(bare))
    page = anonymous.get("/account")
    assert "current" not in read(page).form("password").names
    assert send(anonymous, page, {"password": NEW, "again": NEW}).status_code == 303
    assert log_in(app.test_client(), "bare", NEW).status_code == 303


def test_after_five_minutes_it_does_not_any_more(anonymous, session, link_for):
    press(anonymous, link_for(make_user(session)))
    with time_machine.travel(now() + timedelta(minutes=6)):
        assert "within five minutes" in anonymous.get("/account").text
        answer = post(anonymous, "/account/password", password=NEW, again=NEW)
        assert answer.status_code == 422


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"password": "short", "again": "short"}, {"password": "At least 12 characters, please; this has 5."}),
        ({"password": NEW, "again": NEW + "!"}, {"again": "This is not the same password"}),
        (
            {"password": "ines lives at noon", "again": "ines lives at noon"},
            {"password": "Please leave your username and e-mail address out of it."},
        ),
        ({}, {"password": "At least 12 characters, please; this has 0."}),
    ],
)
def test_a_bad_new_password_is_explained_beside_its_field(anonymous, ines, session, values, errors):
    log_in(anonymous)
    answer = post(anonymous, "/account/password", current=PASSWORD, **values)
    assert (answer.status_code, read(answer).errors) == (422, errors)
    assert hash_of(session, ines) == HASH


def test_a_password_changed_elsewhere_meanwhile_is_a_conflict(anonymous, session, ines, monkeypatch):
    log_in(anonymous)
    monkeypatch.setattr(sign_in, "unchanged", lambda *_: False)
    assert post(anonymous, "/account/password", current=PASSWORD, password=NEW, again=NEW).status_code == 409


def test_one_sees_and_ends_own_sessions(app, anonymous, ines, session):
    other = app.test_client()
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    page = other.get("/login", headers={"User-Agent": agent})
    csrf = read(page).form("username").value("csrf_token")
    data = {"csrf_token": csrf, "username": "ines", "password": PASSWORD}
    other.post("/login", data=data, headers={"User-Agent": agent})
    log_in(anonymous)
    page = anonymous.get("/account")
    assert "Firefox on Linux" in page.text
    theirs = next(form for form in read(page).forms if re.fullmatch(r"/account/sessions/\d+/end", form.action))
    assert post(anonymous, theirs.action).status_code == 303
    assert [is_in(anonymous), is_in(other)] == [True, False]
    assert post(anonymous, theirs.action).status_code == 404


def test_one_ends_all_other_sessions_at_once(app, anonymous, ines):
    others = [app.test_client() for _ in range(2)]
    for one in (anonymous, *others):
        log_in(one)
    assert post(anonymous, "/account/sessions/end").location == "/account"
    assert "Ended 2 other sessions." in anonymous.get("/account").text
    assert [is_in(one) for one in (anonymous, *others)] == [True, False, False]
    post(anonymous, "/account/sessions/end")
    assert "There was no other session." in anonymous.get("/account").text


def test_nobody_ends_another_user_s_session(client, log_in_as, session):
    other = log_in_as("viewer")
    theirs = session.scalars(select(UserSession.id).join(User).where(User.role == Role.VIEWER)).one()
    assert post(client, f"/account/sessions/{theirs}/end").status_code == 404
    assert is_in(other)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605.1", "Safari on macOS"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5", "A browser"),
        ("<script>alert(1)</script>", "A browser"),
    ],
)
def test_browsers_are_called_by_their_name(app, ines, agent, name):
    client = app.test_client()
    csrf = token(client, "/login")
    data = {"csrf_token": csrf, "username": "ines", "password": PASSWORD}
    client.post("/login", data=data, headers={"User-Agent": agent})
    page = client.get("/account")
    assert name in page.text
    assert "<script>alert" not in page.text


# Preferences


def test_the_theme_is_remembered_and_one_stays_where_one_was(client, session):
    make_author(session)
    csrf = token(client)
    page = {"Referer": "http://localhost/authors/?q=a"}
    answer = client.post("/preferences", data={"csrf_token": csrf, "theme": "dark"}, headers=page)
    assert (answer.status_code, answer.location) == (303, "/authors/?q=a")
    assert session.scalar(select(User.theme)) == Theme.DARK
    assert 'data-theme="dark"' in client.get("/account").text
    assert post(client, "/preferences", theme="system", next="/books/").location == "/books/"


@pytest.mark.parametrize("referer", ["http://evil.example/x", "", "http://localhost//evil.example"])
def test_the_page_of_another_server_is_not_gone_back_to(client, referer):
    csrf = token(client)
    answer = client.post("/preferences", data={"csrf_token": csrf, "theme": "dark"}, headers={"Referer": referer})
    assert answer.location == "/"


@pytest.mark.parametrize("theme", ["", "blue", None])
def test_an_unknown_theme_is_refused(client, theme):
    assert post(client, "/preferences", **({} if theme is None else {"theme": theme})).status_code == 400


# The cookie, the log


def test_the_cookie_is_for_this_server_alone_and_no_script_reads_it(another_app, anonymous):
    cookie = anonymous.get("/login").headers["Set-Cookie"]
    assert re.fullmatch(r"colophon=[^;]{20,4000}; HttpOnly; Path=/; SameSite=Lax", cookie)
    production = another_app(app_env="production", trusted_hosts=("localhost",))
    cookie = production.test_client().get("/login").headers["Set-Cookie"]
    assert re.fullmatch(r"__Host-colophon=[^;]{20,4000}; Secure; HttpOnly; Path=/; SameSite=Lax", cookie)


def test_after_a_change_of_key_the_old_cookies_hold_while_the_old_key_is_named(another_app, ines):
    old, new = "old-" + "0123456789abcdef" * 4, "new-" + "0123456789abcdef" * 4
    before = another_app(secret_key=old).test_client()
    log_in(before)
    value = cookie_of(before)
    assert is_in(with_cookie(another_app(secret_key=new, secret_key_fallbacks=(old,)), value))
    assert not is_in(with_cookie(another_app(secret_key=new), value))


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "\xff\xfe", "eyJzaWQiOjF9.aaaaaa.bbbbbb", "e30." * 500])
def test_a_broken_cookie_is_no_cookie(app, value):
    client = app.test_client()
    client.set_cookie("colophon", value)
    assert client.get("/books/").status_code == 303


def test_what_happens_is_logged_without_secrets(anonymous, ines, link_for, caplog):
    caplog.set_level("INFO", logger="colophon")
    log_in(anonymous, "ines", "wrong password typed")
    log_in(anonymous)
    submit(anonymous, "/account", {"current": PASSWORD, "password": NEW, "again": NEW})
    path = link_for(ines)
    press(anonymous, path)
    anonymous.post(path, data={"csrf_token": token(anonymous)})
    post(anonymous, "/logout")
    said = [record.getMessage() for record in caplog.records if record.name == "colophon.sign_in"]
    assert said[:4] == ["sign-in failed", "signed in", "sessions ended", "signed in"]
    assert said[4:] == ["link made", "signed in", "link refused", "signed out"]
    everything = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    for secret in (PASSWORD, NEW, "wrong password typed", path.rpartition("/")[2], HASH):
        assert secret not in everything
