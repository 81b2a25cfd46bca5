"""Saved views: a list's search, filters, order and looks under a name."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Model, UTCDateTime, now, pk

LONGEST_NAME = 60


class SavedView(Model):
    """No record of the catalogue: history knows nothing of it. One that is shared outlives the user who made it."""

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("name", "entity", "author_id"),
        Index(None, "entity"),
        {"sqlite_autoincrement": True},  # a link to a view that is gone must not meet another
    )

    id: Mapped[int] = pk(cache=1)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    entity: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    query: Mapped[str] = mapped_column(Text)  # the words of the list's address: search, filters, order
    columns: Mapped[str] = mapped_column(Text)  # «title,author»
    density: Mapped[str] = mapped_column(String(10))
    is_shared: Mapped[bool] = mapped_column(Boolean, default=False)
    roles: Mapped[str] = mapped_column(String(80), default="")  # whose list opens with it: «viewer contributor»
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, onupdate=now)


@dataclass(frozen=True)
class View:
    """A saved view as a request reads it: values, not an entity. The fields are those of READ."""

    id: int
    author_id: int | None
    entity: str
    name: str
    query: str
    columns: str
    density: str
    is_shared: bool
    roles: str

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(self.columns.split(","))


READ = tuple(SavedView.metadata.tables["saved_views"].c[field.name] for field in fields(View))
