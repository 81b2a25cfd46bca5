"""Sessions, links, failed attempts and the last administrator, below the pages."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from config import Config
from extensions import db
from models.session import SignInFailure, SignInLink, UserSession
from models.user import Role, Theme, User
from services import passwords, sign_in, throttle
from services.throttle import Origin, TooManyAttempts
from services.unit_of_work import Conflict, Refused, unit_of_work
from tests.factories import make_user

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HERE = Origin("192.0.2.7", "Firefox")
CONFIG = Config()


@pytest.fixture
def ines(session):
    return make_user(session, username="ines", name="Ines Lindqvist", role=Role.EDITOR)


@pytest.fixture
def begin(context):
    """A function: user → the token of a session that began at noon."""

    def one(user, moment=NOON, origin=HERE):
        with unit_of_work() as work:
            return sign_in.begin(work, user.id, origin, moment, CONFIG)

    return one


@pytest.fixture
def make_link(context):
    def one(user, moment=NOON):
        with unit_of_work() as work:
            return sign_in.make_link(work, user.id, moment, CONFIG)

    return one


def recognise(token, after=timedelta(), config=CONFIG):
    return sign_in.recognise(token, NOON + after, config)


def number_of(session, model):
    return session.scalar(select(func.count()).select_from(model))


def together(app, *jobs):
    """Run each job in a thread and an application context of its own, all at the same moment; what each returned."""
    start = Barrier(len(jobs))

    def run(job):
        with app.app_context():
            start.wait()
            return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [done.result() for done in [pool.submit(run, job) for job in jobs]]


# Sessions


def test_a_token_opens_the_session_it_was_given_for(ines, begin):
    person = recognise(begin(ines))
    assert (person.id, person.username, person.name) == (ines.id, "ines", "Ines Lindqvist")
    assert (person.role, person.theme) == (Role.EDITOR, Theme.SYSTEM)


def test_somebody_without_a_name_is_called_by_the_username(session, begin):
    assert recognise(begin(make_user(session, username="bo"))).name == "bo"


@pytest.mark.parametrize("token", ["", "unknown", "\x00", "\ud800", "é" * 500])
def test_other_tokens_open_nothing(ines, begin, token):
    begin(ines)
    assert recognise(token) is None


def test_the_database_keeps_no_token(session, ines, begin, make_link):
    tokens = [begin(ines), make_link(ines)]
    kept = session.scalars(select(UserSession.token_hash).union_all(select(SignInLink.token_hash))).all()
    assert all(len(token) >= 22 for token in tokens)  # 128 bits
    assert not set(tokens) & set(kept)
    assert all(len(hash) == 64 for hash in kept)


def test_recognising_costs_one_statement(ines, begin, queries):
    token = begin(ines)
    with queries() as seen:
        assert recognise(token, timedelta(seconds=59))
    assert len(seen) == 1, seen


def test_a_session_ends_after_half_an_hour_without_use(ines, begin):
    token = begin(ines)
    assert recognise(token, timedelta(minutes=29, seconds=59))
    assert recognise(token, timedelta(minutes=59))
    assert recognise(token, timedelta(minutes=89)) is None
    assert recognise(token, timedelta(minutes=60)), "the refusal is no use of it, and no end"


def test_a_session_ends_after_twelve_hours_however_it_is_used(ines, begin):
    token = begin(ines)
    for minutes in range(20, 12 * 60, 20):
        assert recognise(token, timedelta(minutes=minutes))
    assert recognise(token, timedelta(hours=12)) is None


def test_the_limits_are_the_configuration_s(ines, begin):
    token = begin(ines)
    assert recognise(token, timedelta(seconds=11), Config(session_idle=10)) is None
    assert recognise(token, timedelta(seconds=11), Config(session_absolute=10)) is None


def test_use_is_noted_at_most_once_a_minute(session, ines, begin):
    token = begin(ines)
    for seconds in (10, 59):
        recognise(token, timedelta(seconds=seconds))
        assert session.scalar(select(UserSession.seen_at)) == NOON
    recognise(token, timedelta(seconds=61))
    assert session.scalar(select(UserSession.seen_at)) == NOON + timedelta(seconds=61)


def test_a_busy_database_does_not_keep_anybody_out(ines, begin, monkeypatch):
    token = begin(ines)

    def busy():
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(sign_in, "unit_of_work", busy)
    assert recognise(token, timedelta(minutes=2))


def test_whoever_is_not_active_is_not_recognised(session, ines, begin):
    token = begin(ines)
    ines.is_active = False
    session.flush()
    assert recognise(token) is None


def test_beginning_notes_the_last_sign_in_and_is_no_edit_of_the_record(session, ines, begin):
    version, updated = ines.version, ines.updated_at
    begin(ines)
    session.refresh(ines)
    assert ines.last_login_at == NOON
    assert (ines.version, ines.updated_at) == (version, updated)


def test_long_agents_and_addresses_are_kept_shortened(session, ines, begin):
    begin(ines, origin=Origin("f" * 100, "a" * 1000))
    kept = session.scalars(select(UserSession)).one()
    assert (len(kept.address), len(kept.agent)) == (64, 200)


def test_beginning_sweeps_away_what_has_run_out(session, ines, begin, make_link, context):
    begin(ines)
    make_link(ines)
    with unit_of_work() as work:
        throttle.note(work, "x", HERE, NOON)
    begin(ines, NOON + timedelta(hours=1, days=1, seconds=1))
    assert [number_of(session, model) for model in (UserSession, SignInLink, SignInFailure)] == [1, 0, 0]


def test_ending_one_session_leaves_the_others(session, ines, begin):
    first, second = begin(ines), begin(ines)
    with unit_of_work() as work:
        sign_in.end(work, first)
    assert recognise(first) is None
    assert recognise(second)


def test_one_ends_only_own_sessions_by_number(session, ines, begin):
    token = begin(ines)
    mine = session.scalar(select(UserSession.id))
    other = make_user(session)
    with unit_of_work() as work:
        assert not sign_in.end_one(work, other.id, mine)
    assert recognise(token)
    with unit_of_work() as work:
        assert sign_in.end_one(work, ines.id, mine)
    assert recognise(token) is None


def test_ending_all_takes_the_unused_links_along_and_can_spare_one(session, ines, begin, make_link):
    other = make_user(session)
    mine, others, foreign = begin(ines), begin(ines), begin(other)
    link = make_link(ines)
    with unit_of_work() as work:
        assert sign_in.end_sessions(work, ines.id, except_token=mine) == 1
    assert [recognise(token) is not None for token in (mine, others, foreign)] == [True, False, True]
    assert sign_in.holder(db.session(), link, NOON) is None
    with unit_of_work() as work:
        assert sign_in.end_sessions(work, ines.id, reason="role") == 1
    assert recognise(mine) is None


def test_open_sessions_are_listed_with_the_latest_first_and_the_own_marked(ines, begin):
    first = begin(ines)
    begin(ines, NOON + timedelta(minutes=1))
    person = recognise(first)
    found = sign_in.open_sessions(db.session(), ines.id, person, NOON + timedelta(minutes=2), CONFIG)
    assert [one.current for one in found] == [False, True]
    assert (found[1].address, found[1].agent, found[1].created_at) == ("192.0.2.7", "Firefox", NOON)
    assert sign_in.open_sessions(db.session(), ines.id, person, NOON + timedelta(minutes=31), CONFIG) == []


# Passwords


def test_an_account_is_found_by_username_and_by_address_without_regard_to_case(ines, context):
    accounts = [
        sign_in.find(db.session(), name) for name in ("ines", "INES", " Ines ", "ines@example.org", "Ines@Example.ORG")
    ]
    assert {account.user_id for account in accounts} == {ines.id}
    assert len({account.key for account in accounts}) == 1


@pytest.mark.parametrize("name", ["nobody", "", "\x00", "\ud800", "x" * 100_000, "²"])
def test_an_unknown_name_is_an_account_without_a_user(context, name):
    account = sign_in.find(db.session(), name)
    assert (account.user_id, account.password_hash) == (None, None)
    assert len(account.key) == 64


def test_unknown_inactive_and_passwordless_accounts_are_checked_all_the_same(session, ines, context, monkeypatch):
    make_user(session, username="gone", is_active=False, password_hash=passwords.make_hash("zebra lantern 42"))
    checked = []
    monkeypatch.setattr(passwords.hasher.__class__, "verify", lambda _, stored, given: checked.append(stored))
    for name in ("nobody", "gone", "ines"):
        assert not sign_in.proves(sign_in.find(db.session(), name), "zebra lantern 42")
    assert checked == [passwords.NOBODY] * 3


def test_a_password_that_changes_while_it_is_checked_opens_nothing(session, ines, context):
    ines.password_hash = "old"
    session.flush()
    account = sign_in.find(db.session(), "ines")
    with unit_of_work() as work:
        assert sign_in.unchanged(work, account)
    ines.password_hash = "new"
    session.flush()
    with unit_of_work() as work:
        assert not sign_in.unchanged(work, account)
    ines.password_hash, ines.is_active = "old", False
    session.flush()
    with unit_of_work() as work:
        assert not sign_in.unchanged(work, account)
    with unit_of_work() as work:
        assert not sign_in.unchanged(work, sign_in.Account("key", None, None))


def test_a_new_password_ends_every_session_and_is_an_edit_of_the_record(session, ines, begin):
    token, version = begin(ines), ines.version
    with unit_of_work() as work:
        sign_in.set_password(work, ines.id, "hash")
    session.refresh(ines)
    assert (ines.password_hash, ines.version) == ("hash", version + 1)
    assert recognise(token) is None


# Failed attempts


def fail(account="ines", origin=HERE, moment=NOON):
    with unit_of_work() as work:
        return throttle.note(work, account, origin, moment)


def elsewhere(number):
    return Origin(f"198.51.100.{number}")


def test_the_eleventh_failure_of_an_account_is_refused_wherever_it_comes_from(context):
    for number in range(10):
        fail(origin=elsewhere(number))
    with pytest.raises(TooManyAttempts) as refused:
        fail(origin=elsewhere(99))
    assert refused.value.retry_after == 15 * 60 + 1
    fail("somebody else")


def test_the_fifty_first_failure_of_an_address_is_refused_whatever_the_account(context):
    for number in range(50):
        fail(f"account {number}")
    with pytest.raises(TooManyAttempts):
        fail("another")
    with pytest.raises(TooManyAttempts):
        fail(None)
    fail("another", elsewhere(1))


def test_attempts_without_an_account_do_not_count_as_one(context):
    for number in range(20):
        fail(None, elsewhere(number))


def test_a_refused_attempt_is_not_counted_so_the_wait_ends(session, context):
    for minute in range(10):
        fail(moment=NOON + timedelta(minutes=minute))
    for minute in (10, 12, 14):
        with pytest.raises(TooManyAttempts) as refused:
            fail(moment=NOON + timedelta(minutes=minute))
    assert refused.value.retry_after == 61
    assert number_of(session, SignInFailure) == 10
    fail(moment=NOON + timedelta(minutes=15, seconds=1))


def test_a_forgiven_attempt_does_not_count(session, context):
    for _ in range(20):
        failure = fail()
        with unit_of_work() as work:
            throttle.forgive(work, failure)
    assert number_of(session, SignInFailure) == 0


def test_many_attempts_at_once_do_not_slip_past_the_count(app, session):
    def try_once():
        try:
            fail()
        except TooManyAttempts:
            return False
        return True

    assert together(app, *[try_once] * 25).count(True) == 10
    assert number_of(session, SignInFailure) == 10


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("no address" * 10, ("no address" * 10)[:64]),
    ],
)
def test_attempts_are_counted_by_address_or_by_household_of_ipv6(address, network):
    assert Origin(address).network == network


# Links


def test_a_link_tells_whom_it_would_sign_in_and_is_not_used_up_by_that(ines, make_link):
    token = make_link(ines)
    for _ in range(2):
        holder = sign_in.holder(db.session(), token, NOON)
        assert (holder.id, holder.username, holder.name) == (ines.id, "ines", "Ines Lindqvist")


def test_a_link_works_once(ines, make_link):
    token = make_link(ines)
    with unit_of_work() as work:
        assert sign_in.use_link(work, token, NOON) == ines.id
    with unit_of_work() as work:
        assert sign_in.use_link(work, token, NOON) is None
    assert sign_in.holder(db.session(), token, NOON) is None


def test_a_link_works_for_an_hour(ines, make_link):
    token = make_link(ines)
    assert sign_in.holder(db.session(), token, NOON + timedelta(minutes=59))
    assert sign_in.holder(db.session(), token, NOON + timedelta(hours=1)) is None
    with unit_of_work() as work:
        assert sign_in.use_link(work, token, NOON + timedelta(hours=1)) is None


def test_a_link_of_somebody_who_is_not_active_does_not_work(session, ines, make_link):
    token = make_link(ines)
    ines.is_active = False
    session.flush()
    assert sign_in.holder(db.session(), token, NOON) is None
    with unit_of_work() as work:
        assert sign_in.use_link(work, token, NOON) is None


def test_of_many_who_use_a_link_at_once_one_gets_in(app, ines, make_link):
    token = make_link(ines)

    def use():
        with unit_of_work() as work:
            return sign_in.use_link(work, token, NOON)

    found = together(app, *[use] * 8)
    assert sorted(found, key=str) == sorted([ines.id, *[None] * 7], key=str)


def test_a_session_that_began_with_a_link_is_trusted_for_five_minutes(ines, make_link, begin):
    with unit_of_work() as work:
        sign_in.use_link(work, make_link_in(work, ines), NOON)
        token = sign_in.begin(work, ines.id, HERE, NOON, CONFIG)
    person = recognise(token)
    assert sign_in.by_fresh_link(db.session(), person, NOON + timedelta(minutes=4, seconds=59))
    assert not sign_in.by_fresh_link(db.session(), person, NOON + timedelta(minutes=5))
    by_password = recognise(begin(ines, NOON + timedelta(seconds=1)))
    assert not sign_in.by_fresh_link(db.session(), by_password, NOON + timedelta(seconds=2))


def make_link_in(work, user):
    return sign_in.make_link(work, user.id, NOON, CONFIG)


# The last administrator


def test_the_last_active_administrator_stays(session, context):
    ana = make_user(session, role=Role.ADMIN)
    make_user(session, role=Role.ADMIN, is_active=False)
    make_user(session, role=Role.EDITOR)
    with pytest.raises(Refused, match="last active administrator") as refused, unit_of_work() as work:
        sign_in.keep_an_admin(work, work.get(User, ana.id), field="role")
    assert refused.value.field == "role"


def test_one_of_two_administrators_may_go_but_not_both(session, context):
    ana, bo = make_user(session, role=Role.ADMIN), make_user(session, role=Role.ADMIN)
    with unit_of_work() as work:
        sign_in.keep_an_admin(work, work.get(User, ana.id))
    with pytest.raises(Refused), unit_of_work() as work:
        sign_in.keep_an_admin(work, work.get(User, ana.id), work.get(User, bo.id))


def test_whoever_does_not_administer_may_always_go(session, ines, context):
    make_user(session, role=Role.ADMIN)
    with unit_of_work() as work:
        sign_in.keep_an_admin(work, work.get(User, ines.id))


def test_two_administrators_cannot_take_each_other_s_role(app, session):
    ana, bo = make_user(session, role=Role.ADMIN), make_user(session, role=Role.ADMIN)

    def demote(user_id):
        try:
            with unit_of_work() as work:
                user = work.get(User, user_id)
                user.role = Role.VIEWER
                sign_in.keep_an_admin(work, user)
        except (Refused, Conflict):
            return False
        return True

    done = together(app, lambda: demote(ana.id), lambda: demote(bo.id))
    assert sorted(done) == [False, True]
    session.expire_all()
    assert sorted([ana.role, bo.role]) == [Role.ADMIN, Role.VIEWER]
