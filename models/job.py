"""Jobs: work that outlasts a request. The row is the job; whatever runs it, it is done when the row says so."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import BigId, Model, UTCDateTime, choice, now, pk

Value = JSON().with_variant(JSONB(), "postgresql")


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Model):
    """One piece of work, from being asked for to its report. No foreign key: the report outlives who asked."""

    __tablename__ = "jobs"
    __table_args__ = (Index(None, "actor_id", "id"), Index(None, "state", "id"), Index(None, "expires_at"))

    id: Mapped[int] = pk(cache=1)
    kind: Mapped[str] = mapped_column(String(20))  # export, bulk, import: what jobs.py runs for it
    state: Mapped[State] = mapped_column(choice(State, "state"), default=State.QUEUED)
    title: Mapped[str] = mapped_column(String(200))  # «Export 250,000 books as CSV»
    actor_id: Mapped[int | None] = mapped_column(BigId)
    actor: Mapped[str] = mapped_column(String(100))
    entity: Mapped[str | None] = mapped_column(String(40))
    parameters: Mapped[dict[str, Any]] = mapped_column(Value, default=dict)
    attempt: Mapped[int] = mapped_column(Integer, default=1)  # what an earlier one still writes does not count
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int | None] = mapped_column(Integer)
    message: Mapped[str | None] = mapped_column(Text)  # how it ended, in a sentence
    log: Mapped[list[Any]] = mapped_column(Value, default=list)  # [moment, sentence] pairs
    result: Mapped[str | None] = mapped_column(String(100))  # a file in the folder of results
    result_name: Mapped[str | None] = mapped_column(String(100))  # what it is called when it is downloaded
    change_set_id: Mapped[int | None] = mapped_column(BigId)  # what it wrote, to look at and to undo
    cancel_requested: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # the last sign of life of whoever runs it
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # when the result is taken away

    @property
    def author_id(self) -> int | None:
        """Whose it is, in the word of the policy's «:own»."""
        return self.actor_id

    @property
    def is_open(self) -> bool:
        return self.state in (State.QUEUED, State.RUNNING)


class Usage(Model):
    """That somebody used something which has a limit: exports, for one. Kept as long as it counts."""

    __tablename__ = "usage"
    __table_args__ = (Index(None, "user_id", "action", "at"),)

    id: Mapped[int] = pk()
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    action: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
