"""How often one person may do what costs the others something. Counted in the database, for all processes together."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.base import now
from models.job import Usage
from policy import Person

WINDOW = timedelta(minutes=10)
LIMITS = {"export": 30, "import": 30}  # uses within the window


class TooOften(Exception):
    """The allowance is used up; `retry_after` is in seconds."""

    def __init__(self, action: str, retry_after: int) -> None:
        super().__init__(f"{action}: again in {retry_after} s")
        self.action, self.retry_after = action, retry_after

    @property
    def sentence(self) -> str:
        minutes = -(-self.retry_after // 60)
        wait = "a minute" if minutes == 1 else f"{minutes} minutes"
        return f"That was the {self.action} no. {LIMITS[self.action]} within ten minutes. Go on in {wait}."


def spend(session: Session, person: Person, action: str) -> None:
    """Note one use. Raises TooOften when there were as many as are allowed, and notes nothing."""
    check(session, person, action)
    session.add(Usage(user_id=person.id, action=action, at=now()))


def check(session: Session, person: Person, action: str) -> None:
    """Raises TooOften when there were as many as are allowed."""
    moment, limit = now(), LIMITS[action]
    # The oldest of the newest `limit` uses: when it leaves the window, there is room for one more.
    mine = select(Usage.at).where(Usage.user_id == person.id, Usage.action == action, Usage.at > moment - WINDOW)
    oldest = session.scalar(mine.order_by(Usage.at.desc()).offset(limit - 1).limit(1))
    if oldest is not None:
        raise TooOften(action, int((oldest + WINDOW - moment).total_seconds()) + 1)
