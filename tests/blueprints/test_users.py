"""Users: who may do what with them, and what a change of role or activity means."""

import pytest
from sqlalchemy import func, select, update
from werkzeug.datastructures import MultiDict

from models.base import now
from models.change import ChangeSet
from models.session import UserSession
from models.user import Role, User
from services import passwords, sign_in
from services.throttle import Origin
from tests.browsers import Look, violations
from tests.factories import make_user
from tests.forms import read, send, submit

PASSWORD = "zebra lantern 42"
HASH = passwords.make_hash(PASSWORD)


def sessions_of(session, user) -> int:
    session.expire_all()
    statement = select(func.count()).select_from(UserSession).where(UserSession.user_id == user.id)
    return session.execute(statement).scalar_one()


@pytest.mark.parametrize("typed", [{"role": "editor"}, {"is_active": "no"}])
def test_a_change_of_role_or_activity_ends_all_sessions_of_the_user(client, session, log_in, typed):
    user = make_user(session, role=Role.CONTRIBUTOR)
    theirs = log_in(user)
    assert theirs.get("/posts/").status_code == 200
    assert submit(client, f"/users/{user.id}/edit", typed).status_code == 303
    assert sessions_of(session, user) == 0
    assert theirs.get("/posts/").status_code == 303


def test_another_change_keeps_them(client, session, log_in):
    user = make_user(session)
    log_in(user)
    assert submit(client, f"/users/{user.id}/edit", {"name": "New", "location": "Split"}).status_code == 303
    assert sessions_of(session, user) == 1


@pytest.mark.parametrize(("typed", "field"), [({"role": "editor"}, "role"), ({"is_active": "no"}, "role")])
def test_the_last_administrator_is_neither_demoted_nor_deactivated(session, log_in, stored, typed, field):
    me = make_user(session, role=Role.ADMIN)
    make_user(session, role=Role.ADMIN, is_active=False)
    answer = submit(log_in(me), f"/users/{me.id}/edit", typed)
    assert answer.status_code == 422
    assert "last active administrator" in read(answer).errors[field]
    after = stored(User, me.id)
    assert (after.role, after.is_active) == (Role.ADMIN, True)


def test_one_of_two_administrators_may_go(client, session, stored):
    other = make_user(session, role=Role.ADMIN)
    assert submit(client, f"/users/{other.id}/edit", {"role": "viewer"}).status_code == 303
    assert stored(User, other.id).role == Role.VIEWER


def test_a_new_user_has_no_password_and_the_role_that_was_chosen(client, session):
    typed = {"username": "ana", "email": "ana@example.org", "role": "editor"}
    assert submit(client, "/users/new", typed).status_code == 303
    user = session.query(User).filter_by(username="ana").one()
    assert (user.password_hash, user.role, user.is_active, user.age) == (None, Role.EDITOR, True, None)


@pytest.mark.parametrize("role", ["viewer", "contributor", "editor"])
@pytest.mark.parametrize("tail", ["", "new", "1", "1/edit", "1/delete"])
def test_users_are_closed_to_all_but_administrators(log_in_as, role, tail):
    client = log_in_as(role)
    assert client.get(f"/users/{tail}").status_code == 403
    assert client.post(f"/users/{tail}").status_code in (400, 403, 405)


# Where somebody is signed in


@pytest.fixture
def ines(session, app):
    """An editor who is signed in twice."""
    user = make_user(session, username="ines", name="Ines Lindqvist", role=Role.EDITOR)
    for address in ("192.0.2.7", "192.0.2.8"):
        origin = Origin(address, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
        sign_in.begin(session, user.id, origin, now(), app.config["COLOPHON"])
    return user


def ends(page):
    return [form for form in read(page).forms if form.action.endswith("/end") and "/sessions/" in form.action]


def test_an_administrator_sees_where_somebody_is_signed_in_and_ends_one_session(client, session, ines, log_in):
    log_in(ines)
    page = client.get(f"/users/{ines.id}")
    assert page.text.count("Firefox on Linux") >= 2
    assert "192.0.2.7" in page.text
    one = ends(page)[0]
    assert client.post(one.action, data=dict(one.fields)).status_code == 303
    assert sessions_of(session, ines) == 2
    assert client.post(one.action, data=dict(one.fields)).status_code == 404, "it has ended"


def test_an_administrator_ends_all_sessions_of_somebody(client, session, ines, log_in):
    theirs = log_in(ines)
    page = client.get(f"/users/{ines.id}")
    assert "End all 3 sessions" in page.text
    everything = ends(page)[-1]
    answer = client.post(everything.action, data=dict(everything.fields))
    assert (answer.status_code, answer.location) == (303, f"/users/{ines.id}")
    assert "Ended 3 sessions." in client.get(answer.location).text
    assert sessions_of(session, ines) == 0
    assert theirs.get("/books/").status_code == 303


def test_nobody_ends_by_mistake_the_session_he_sits_in(session, log_in):
    me = make_user(session, role=Role.ADMIN)
    client, _ = log_in(me), log_in(me)
    page = client.get(f"/users/{me.id}")
    assert "End the other session" in page.text
    everything = ends(page)[-1]
    assert client.post(everything.action, data=dict(everything.fields)).status_code == 303
    assert client.get(f"/users/{me.id}").status_code == 200
    assert sessions_of(session, me) == 1


def test_a_session_is_ended_under_its_own_user_only(client, session, ines):
    other = make_user(session)
    page = client.get(f"/users/{ines.id}")
    fields = dict(ends(page)[0].fields)
    strange = session.scalars(select(UserSession.id).where(UserSession.user_id == ines.id)).first()
    assert client.post(f"/users/{other.id}/sessions/{strange}/end", data=fields).status_code == 404
    assert sessions_of(session, ines) == 2


# A fresh password


@pytest.fixture
def late_client(log_in, session):
    """An administrator with a password, who signed in six minutes ago."""
    me = make_user(session, username="ana", role=Role.ADMIN, password_hash=HASH)
    client = log_in(me)
    age(session, me)
    return client


def age(session, user):
    earlier = now() - sign_in.FRESH - sign_in.TOUCH
    session.execute(update(UserSession).where(UserSession.user_id == user.id).values(created_at=earlier))


def press(client, page):
    """The button of the page's own form, past those of the frame."""
    form = next(one for one in read(page).forms if one.fields and one.action not in ("/preferences", "/logout"))
    return client.post(form.action or page.request.path, data=MultiDict(form.fields))


@pytest.mark.parametrize("typed", [{"role": "editor"}, {"email": "new@example.org"}, {"username": "other"}])
def test_a_role_and_what_one_signs_in_with_ask_for_the_password_once_more(late_client, session, stored, typed):
    user = make_user(session, name="Mia")
    ((name, value),) = typed.items()
    answer = submit(late_client, f"/users/{user.id}/edit", typed | {"location": "Split"})
    assert answer.status_code == 401
    assert "Your password once more" in answer.text
    assert stored(User, user.id).version == 1
    form = read(answer).form("signin.password")
    assert [form.value(key) for key in (name, "location", "signin.name")] == [value, "Split", "ana"]
    wrong = send(late_client, answer, {"signin.password": "wrong"})
    assert wrong.status_code == 422
    assert "Your password once more" in wrong.text
    page = send(late_client, wrong, {"signin.password": PASSWORD})
    assert "data-send-at-once" in page.text
    assert press(late_client, page).status_code == 303
    assert str(getattr(stored(User, user.id), name)) == value
    again = submit(late_client, f"/users/{user.id}/edit", {"role": "contributor"})
    assert again.status_code == 303, "within five minutes it is not asked twice"


def test_a_new_user_gets_a_role_and_so_asks_too(late_client, session):
    typed = {"username": "mia", "email": "mia@example.org", "role": "editor"}
    answer = submit(late_client, "/users/new", typed)
    assert answer.status_code == 401
    page = send(late_client, answer, {"signin.password": PASSWORD})
    assert press(late_client, page).status_code == 303
    assert session.scalars(select(User.role).where(User.username == "mia")).one() == Role.EDITOR


def test_the_rest_of_a_user_asks_for_nothing(late_client, session):
    user = make_user(session)
    assert submit(late_client, f"/users/{user.id}/edit", {"name": "New", "age": "40"}).status_code == 303


def test_taking_back_a_change_of_a_user_asks_too(late_client, session, stored):
    user = make_user(session, email="old@example.org")
    session.commit()
    user.email = "new@example.org"
    session.flush()
    session.commit()
    last = session.scalar(select(func.max(ChangeSet.id)))
    form = read(late_client.get(f"/changes/{last}")).form("back")
    answer = late_client.post(f"/changes/{last}/undo", data=dict(form.fields))
    assert answer.status_code == 401
    page = send(late_client, answer, {"signin.password": PASSWORD})
    assert "Send it now" in page.text
    assert press(late_client, page).status_code == 303
    assert stored(User, user.id).email == "old@example.org"


def test_taking_back_one_s_own_account_is_refused_in_words(client, session):
    session.commit()
    made = session.scalar(select(func.max(ChangeSet.id)))
    form = read(client.get(f"/changes/{made}")).form("back")
    answer = client.post(f"/changes/{made}/undo", data=dict(form.fields))
    assert answer.status_code == 409
    assert "Somebody has to be left who administers" in answer.text


def test_who_has_no_password_opens_a_link(session, log_in, app):
    me, user = make_user(session, role=Role.ADMIN), make_user(session)
    client = log_in(me)
    age(session, me)
    answer = submit(client, f"/users/{user.id}/edit", {"role": "editor"})
    assert "I am signed in again" in answer.text
    token = sign_in.make_link(session, me.id, now(), app.config["COLOPHON"])
    path = f"/login/link/{token}"
    assert press(client, client.get(path)).status_code == 303
    page = send(client, answer, {"role": "editor"}, button="signin.already")
    assert press(client, page).status_code == 303
    session.expire_all()
    assert user.role == Role.EDITOR


@pytest.mark.parametrize("look", [Look(), Look(scheme="dark", width=390)], ids=str)
def test_in_a_browser_the_password_is_typed_and_the_form_goes_on(page, live_server, late_client, session, faults, look):
    user = make_user(session, name="Mia")
    cookie = late_client.get_cookie("colophon")
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server}])
    faults.expect(401)
    page.goto(f"/users/{user.id}/edit")
    page.get_by_label("Username").fill("mia")
    page.get_by_label("Username").press("Enter")
    page.get_by_label("Password").wait_for()
    assert page.get_by_role("heading", name="Your password once more").is_visible()
    assert violations(page) == []
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm and save").click()
    page.wait_for_url(f"**/users/{user.id}")
    assert page.get_by_text("Saved Mia").is_visible()
    session.expire_all()
    assert user.username == "mia"
