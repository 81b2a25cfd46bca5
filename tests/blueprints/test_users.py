"""Users: who may do what with them, and what a change of role or activity means."""

import pytest
from sqlalchemy import func, select

from models.session import UserSession
from models.user import Role, User
from tests.factories import make_user
from tests.forms import read, submit


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
