"""The memory of failed attempts: how many an account and an address may have, over every way to sign in."""

import ipaddress
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from extensions import dialect_of
from models.session import SignInFailure

log = logging.getLogger("colophon.sign_in")

WINDOW = timedelta(minutes=15)  # how far back failed attempts count
PER_ACCOUNT, PER_ADDRESS = 10, 50  # how many of them are borne
LOCK = 7_205_001  # PostgreSQL's advisory lock: counting attempts and noting one is a single step

failures = SignInFailure.metadata.tables["sign_in_failures"]


class TooManyAttempts(Exception):
    """Too many failed attempts for this account or from this address; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many attempts; again in {retry_after} s.")
        self.retry_after = retry_after

    @property
    def sentence(self) -> str:
        minutes = -(-self.retry_after // 60)
        wait = "a minute" if minutes == 1 else f"{minutes} minutes"
        return f"There were too many failed attempts. Try again in {wait}, or ask an administrator for a one-time link."


@dataclass(frozen=True)
class Origin:
    """Where a request comes from, as the person sees it in the list of his sessions."""

    address: str
    agent: str = ""

    @property
    def network(self) -> str:
        """What attempts are counted under: the address, or the /64 that one household of IPv6 has."""
        try:
            address = ipaddress.ip_address(self.address)
        except ValueError:
            return self.address[:64]
        if isinstance(address, ipaddress.IPv4Address):
            return str(address)
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), 64), strict=False))


def note(session: Session, account: str | None, origin: Origin, moment: datetime) -> int:
    """Note a failure and return its id. `account` is None where none was named.

    Raises TooManyAttempts when the account or the address has used up its attempts. Such an attempt is not noted, so
    that it does not prolong the wait.
    """
    if dialect_of(session) == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    refuse_throttled(session, account, origin, moment)
    new = failures.insert().values(account=account or "", address=origin.network, at=moment).returning(failures.c.id)
    return int(session.execute(new).scalar_one())


def refuse_throttled(session: Session, account: str | None, origin: Origin, moment: datetime) -> None:
    """Raise TooManyAttempts when this account or this address has used up its attempts."""
    limits = ((failures.c.account, account, PER_ACCOUNT), (failures.c.address, origin.network, PER_ADDRESS))
    for column, value, limit in limits:
        if value is None:
            continue
        # The oldest of the newest `limit` failures: when it leaves the window, there is room for one more.
        oldest = session.execute(
            select(failures.c.at)
            .where(column == value, failures.c.at > moment - WINDOW)
            .order_by(failures.c.at.desc())
            .offset(limit - 1)
            .limit(1)
        ).scalar()
        if oldest is not None:
            log.warning("too many attempts", extra={"by": column.name, "address": origin.address})
            raise TooManyAttempts(int((oldest + WINDOW - moment).total_seconds()) + 1)


def forgive(session: Session, failure_id: int) -> None:
    """Take back a failure that turned out to be none."""
    session.execute(delete(failures).where(failures.c.id == failure_id))


def sweep(session: Session, moment: datetime) -> None:
    """Forget what counts no more."""
    session.execute(delete(failures).where(failures.c.at < moment - WINDOW))
