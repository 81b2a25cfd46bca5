"""Work that is under way: what somebody has typed and not saved, and who is at which record. Neither is history."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import BigId, Model, UTCDateTime, now, pk


class Draft(Model):
    """The unsaved text of one person for one record. Nobody else is ever shown it."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("user_id", "entity", "record_id"), Index(None, "saved_at"))

    id: Mapped[int] = pk()
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    entity: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int] = mapped_column(BigId)  # 0 for a new record: NULL would not be unique
    version: Mapped[int] = mapped_column(Integer)  # the version of the record that the form was made from
    data: Mapped[dict[str, Any]] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))  # field → texts
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class Presence(Model):
    """Somebody has a record open, to read it or to edit it. It counts for a minute after the last sign of life."""

    __tablename__ = "presence"
    __table_args__ = (UniqueConstraint("entity", "record_id", "user_id", "editing"), Index(None, "seen_at"))

    id: Mapped[int] = pk()
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    entity: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int] = mapped_column(BigId)
    editing: Mapped[bool] = mapped_column(Boolean)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
