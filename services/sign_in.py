"""Signing in: sessions that can be revoked, one-time links, and what a password proves.

Tokens are random and kept as hashes, so that a copy of the database signs nobody in. Every function that takes a
session runs inside the caller's unit of work. What happens is written to the log, never with a secret.
"""

import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Delete, Select, bindparam, delete, or_, select, update
from sqlalchemy.exc import OperationalError, TimeoutError
from sqlalchemy.orm import Session

from config import Config
from extensions import db
from models.session import SignInLink, UserSession
from models.text import caseless
from models.user import Role, User
from models.view import READ, SavedView, View
from policy import Person
from services import agents, bulk, passwords, throttle
from services.throttle import Origin
from services.unit_of_work import TIME_TO_WRITE, WRITING, Refused, takes_time_to_write, unit_of_work

log = logging.getLogger("colophon.sign_in")

FRESH = timedelta(minutes=5)  # how long having signed in proves who asks for what only he himself may do
TOUCH = timedelta(minutes=1)  # how exactly a session knows when it was last seen
KEPT = timedelta(days=1)  # how long used links are remembered

PERSON = (User.id, User.username, User.display_name, User.role, User.theme, User.lists)
OWN = 2 + len(PERSON)  # of the columns, before those of the views
users = User.metadata.tables["users"]
sessions = UserSession.metadata.tables["user_sessions"]
views = SavedView.metadata.tables["saved_views"]
links = SignInLink.metadata.tables["sign_in_links"]


@dataclass(frozen=True)
class Account:
    """What a password is checked against; also for whoever does not exist, so that the answer takes as long."""

    key: str  # what failed attempts are counted under
    user_id: int | None = None  # None for the unknown and the inactive
    password_hash: str | None = None


@dataclass(frozen=True)
class OpenSession:
    """Where somebody is signed in; `current`: it is the session that asks."""

    id: int
    created_at: datetime
    seen_at: datetime
    address: str
    agent: str
    current: bool

    @property
    def browser(self) -> str:
        return agents.in_words(self.agent)


@dataclass(frozen=True)
class LinkHolder:
    """Whom a link that still works would sign in."""

    id: int
    username: str
    name: str


def new_token() -> str:
    return secrets.token_urlsafe(32)


def fingerprint(text: str) -> str:
    """What the database keeps of a token, or of the name of an account."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# Who is it?

# Asked by every request, so it is put together once.
WHOSE = (
    select(sessions.c.id, sessions.c.seen_at, *PERSON, *READ)
    .join(users, users.c.id == sessions.c.user_id)
    .outerjoin(views, (views.c.entity == bindparam("entity")) & ((views.c.author_id == users.c.id) | views.c.is_shared))
    .where(sessions.c.token_hash == bindparam("token"), users.c.is_active)
    .where(sessions.c.seen_at > bindparam("idle"), sessions.c.created_at > bindparam("absolute"))
)
# Whoever may be about to write is given the time for it by the same statement.
WHOSE_TO_WRITE = WHOSE.add_columns(TIME_TO_WRITE)


def recognise(token: str, moment: datetime, config: Config, entity: str | None = None) -> Person | None:
    """The person whose session this token opens, or None: unknown, ended, too old, idle for too long, not active.

    With the saved views of this entity's list that he may see: one row each, so that they cost no statement.
    """
    idle, absolute = oldest(moment, config)
    given = {"token": fingerprint(token), "idle": idle, "absolute": absolute, "entity": entity}
    connection = db.session.connection()
    in_time = takes_time_to_write(connection)
    rows = connection.execute(WHOSE_TO_WRITE if in_time else WHOSE, given).all()
    if not rows:
        return None
    if in_time:
        connection.execution_options(seconds=WRITING)
    session_id, seen_at, user_id, username, name, role, theme, lists = rows[0][:OWN]
    if moment - seen_at >= TOUCH:
        touch(session_id, moment)
    seen = [View(*row[OWN : OWN + len(READ)]) for row in rows if row[OWN] is not None]
    return Person(user_id, session_id, username, name, role, theme, lists or {}, seen)


def alive(moment: datetime, config: Config) -> ColumnElement[bool]:
    idle, absolute = oldest(moment, config)
    return (sessions.c.seen_at > idle) & (sessions.c.created_at > absolute)


def oldest(moment: datetime, config: Config) -> tuple[datetime, datetime]:
    """When a session that still works was last seen and begun, at the earliest."""
    return moment - timedelta(seconds=config.session_idle), moment - timedelta(seconds=config.session_absolute)


def touch(session_id: int, moment: datetime) -> None:
    """Note that a session was used. A busy database must not cost the request; the next one notes it."""
    try:
        with unit_of_work() as session:
            session.execute(update(sessions).where(sessions.c.id == session_id).values(seen_at=moment))
    except (OperationalError, TimeoutError) as error:
        log.warning("a session could not be touched", extra={"reason": type(error).__name__})


def username(session: Session, user_id: int | None) -> str:
    """The name under which this user signs in; nothing for nobody."""
    return session.scalar(select(users.c.username).where(is_user(user_id))) or "" if user_id else ""


# Passwords


def find(session: Session, name: str) -> Account:
    """The account of a username or an e-mail address; they cannot be confused, as only the latter has an «@»."""
    try:
        key = caseless(name[:300])
    except ValueError:
        key = None  # no name has such characters
    named = or_(User.username_key == key, User.email_key == key)
    row = session.execute(select(User.id, User.is_active, User.password_hash).where(named)).one_or_none()
    if row is None:
        return Account(fingerprint(f"name {key or name}"))
    return Account(key_of(row.id), row.id, row.password_hash) if row.is_active else Account(key_of(row.id))


def own(session: Session, person: Person) -> Account:
    """The account of somebody who is signed in."""
    return Account(
        key_of(person.id), person.id, session.scalar(select(users.c.password_hash).where(is_user(person.id)))
    )


def key_of(user_id: int) -> str:
    return fingerprint(f"user {user_id}")


def is_user(user_id: int | None) -> ColumnElement[bool]:
    return users.c.id == user_id


def proves(account: Account, password: str) -> bool:
    """Whether the password is right. As slow for everybody; no transaction should be open meanwhile."""
    return passwords.matches(account.password_hash, password)


def unchanged(session: Session, account: Account) -> bool:
    """Whether the account is still active and still has the password that was checked. Locks it until the end."""
    row = session.execute(
        select(users.c.is_active, users.c.password_hash).where(is_user(account.user_id)).with_for_update()
    ).one_or_none()
    return row is not None and row.is_active and row.password_hash == account.password_hash


def quietly(session: Session, user_id: int, **values: Any) -> None:
    """Write what is no edit of the record: version and time of change stay, and nobody's open form goes stale."""
    bulk.note(session, User, user_id, **values)


def set_password(session: Session, user_id: int, password_hash: str) -> None:
    """Give the user this password and end all his sessions and links."""
    session.get_one(User, user_id).password_hash = password_hash
    end_sessions(session, user_id, reason="password")


# Sessions


def begin(session: Session, user_id: int, origin: Origin, moment: datetime, config: Config) -> str:
    """A new session of this user; the token goes into his cookie and nowhere else."""
    token = new_token()
    sweep(session, moment, config)
    quietly(session, user_id, last_login_at=moment)
    row = {"user_id": user_id, "created_at": moment, "seen_at": moment, "address": origin.address[:64]}
    session.execute(sessions.insert().values(**row, agent=origin.agent[:200], token_hash=fingerprint(token)))
    return token


def sweep(session: Session, moment: datetime, config: Config) -> None:
    """Take away what has run out: dead sessions, old links, failures that count no more."""
    session.execute(delete(sessions).where(~alive(moment, config)))
    session.execute(delete(links).where(links.c.expires_at < moment - KEPT))
    throttle.sweep(session, moment)


def end(session: Session, token: str) -> None:
    """End the session of this token: it is worth nothing from the next request on."""
    session.execute(delete(sessions).where(sessions.c.token_hash == fingerprint(token)))


def end_one(session: Session, user_id: int, session_id: int) -> bool:
    """End one session of this user; False when he has no such session."""
    ended = count(session, delete(sessions).where(sessions.c.id == session_id, sessions.c.user_id == user_id)) == 1
    if ended:
        log.info("session ended", extra={"account": user_id})
    return ended


def end_sessions(session: Session, user_id: int, except_token: str | None = None, reason: str = "") -> int:
    """End all sessions of a user and his unused links, because his password, role or activity changes. How many."""
    his = delete(sessions).where(sessions.c.user_id == user_id)
    if except_token is not None:
        his = his.where(sessions.c.token_hash != fingerprint(except_token))
    ended = count(session, his)
    session.execute(delete(links).where(links.c.user_id == user_id, links.c.used_at.is_(None)))
    log.info("sessions ended", extra={"account": user_id, "count": ended, "reason": reason})
    return ended


def end_sessions_of(session: Session, ids: Select[Any] | Sequence[int], reason: str = "") -> None:
    """The same for many users: these, or those whose ids this selects."""
    ended = count(session, delete(sessions).where(sessions.c.user_id.in_(ids)))
    session.execute(delete(links).where(links.c.user_id.in_(ids), links.c.used_at.is_(None)))
    log.info("sessions ended", extra={"count": ended, "reason": reason})


def count(session: Session, statement: Delete) -> int:
    """How many rows it took away."""
    result = session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0


def open_sessions(
    session: Session, user_id: int, person: Person, moment: datetime, config: Config
) -> list[OpenSession]:
    """Where this user is signed in, the most recent first, as this person sees it."""
    columns = (UserSession.id, UserSession.created_at, UserSession.seen_at, UserSession.address, UserSession.agent)
    his = select(*columns).where(UserSession.user_id == user_id, alive(moment, config))
    rows = session.execute(his.order_by(UserSession.seen_at.desc(), UserSession.id.desc()).limit(100))
    return [OpenSession(*row, current=row[0] == person.session_id) for row in rows]


# One-time links


def make_link(session: Session, user_id: int, moment: datetime, config: Config) -> str:
    """The token of a new link that signs this user in, once, within `config.link_lifetime` seconds."""
    token = new_token()
    expires_at = moment + timedelta(seconds=config.link_lifetime)
    session.execute(links.insert().values(token_hash=fingerprint(token), user_id=user_id, expires_at=expires_at))
    log.info("link made", extra={"account": user_id})
    return token


def works(token: str, moment: datetime) -> ColumnElement[bool]:
    return (links.c.token_hash == fingerprint(token)) & links.c.used_at.is_(None) & (links.c.expires_at > moment)


def holder(session: Session, token: str, moment: datetime) -> LinkHolder | None:
    """Whom this link would sign in, or None when it does not work (any more). Uses nothing up."""
    row = session.execute(
        select(User.id, User.username, User.display_name)
        .join(SignInLink, SignInLink.user_id == User.id)
        .where(works(token, moment), User.is_active)
    ).one_or_none()
    return LinkHolder(*row) if row else None


def use_link(session: Session, token: str, moment: datetime) -> int | None:
    """Use the link up and return whom it signs in. Of two at once one gets None: the UPDATE decides."""
    active = select(users.c.id).where(users.c.id == links.c.user_id, users.c.is_active).exists()
    used = update(links).where(works(token, moment), active).values(used_at=moment).returning(links.c.user_id)
    return session.execute(used).scalar()


def by_fresh_link(session: Session, person: Person, moment: datetime) -> bool:
    """Whether this very session began with a one-time link a few minutes ago: then the link stands for a password."""
    used = select(links.c.id).join(sessions, sessions.c.user_id == links.c.user_id)
    used = used.where(sessions.c.id == person.session_id, links.c.used_at == sessions.c.created_at)
    return session.execute(used.where(sessions.c.created_at > moment - FRESH)).first() is not None


# Who asks for what only he himself may do has to have signed in just now


class NotFresh(Exception):
    """The session is too old for this; who asks types the password once more."""


def demand_fresh(session: Session, person: Person, moment: datetime) -> None:
    """Raise NotFresh unless this session began with a password or a link in the last few minutes."""
    if not is_fresh(session, person, moment):
        raise NotFresh


def is_fresh(session: Session, person: Person, moment: datetime) -> bool:
    began = session.scalar(select(sessions.c.created_at).where(sessions.c.id == person.session_id))
    return began is not None and began > moment - FRESH


# Rights


def keep_an_admin(session: Session, *leaving: User, field: str | None = None) -> None:
    """Raise Refused when no active administrator would be left without these users.

    Call it inside the unit of work, before the change is flushed, for users who are about to be demoted, deactivated
    or deleted. The rows stay locked until the end, so that two administrators cannot take away each other's role.
    """
    if not administrators(session) - {user.id for user in leaving}:
        raise Refused(LAST_ADMIN, field)


def keep_an_admin_beside(session: Session, ids: Select[Any]) -> None:
    """The same for the many users whose ids this selects."""
    there = administrators(session)
    if there and there <= set(session.scalars(ids.where(users.c.id.in_(there)))):
        raise Refused(LAST_ADMIN)


LAST_ADMIN = "Somebody has to be left who administers: this is the last active administrator."


def administrators(session: Session, lock: bool = True) -> set[int]:
    """The active ones, locked until the end."""
    admins = select(users.c.id).where(users.c.role == Role.ADMIN, users.c.is_active).order_by(users.c.id)
    with session.no_autoflush:
        return set(session.scalars(admins.with_for_update() if lock else admins))
