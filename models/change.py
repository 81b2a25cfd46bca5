"""History: who changed what, when, from which value to which. Rows are only ever added; a trigger refuses the rest."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import BigId, Model, UTCDateTime, now, pk

Snapshot = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


UNDOS = "undoes_id IS NOT NULL"  # few sets are an undo, so the index that finds them holds no others


class ChangeSet(Model):
    """Everything that one unit of work wrote. No foreign key leads to the user: history outlives whom it speaks of."""

    __tablename__ = "change_sets"
    __table_args__ = (
        Index(None, "actor_id", "id"),
        Index(None, "kind", "id"),
        Index(None, "entity", "id"),
        Index(None, "undoes_id", sqlite_where=text(UNDOS), postgresql_where=text(UNDOS)),
        Index(None, "at", "id"),
    )

    id: Mapped[int] = pk(cache=1)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    actor_id: Mapped[int | None] = mapped_column(BigId)
    actor: Mapped[str] = mapped_column(String(100))  # the name at the time; «command line» for the shell
    request_id: Mapped[str | None] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(20))  # save, bulk, import, deletion, undo, merge, command
    entity: Mapped[str | None] = mapped_column(String(40))  # the table the sentence speaks of
    sentence: Mapped[str] = mapped_column(Text)  # what was done, without who: «changed the price of 12 books»
    form_key: Mapped[str | None] = mapped_column(String(40), unique=True)  # a form sent twice is written once
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("change_sets.id", ondelete="RESTRICT"))

    changes: Mapped[list["Change"]] = relationship(
        back_populates="change_set", primaryjoin="ChangeSet.id == foreign(Change.set_id)", passive_deletes="all"
    )


class Change(Model):
    """What happened to one record; `before` and `after` hold the changed fields in the form of snapshots.py."""

    __tablename__ = "changes"
    __table_args__ = (Index(None, "entity", "record_id", "id"), Index(None, "set_id", "step", "entity", "record_id"))

    id: Mapped[int] = pk(cache=1)
    set_id: Mapped[int] = mapped_column(BigId)  # no foreign key: it would look the set up again for each of many rows
    step: Mapped[int]  # the statement or flush within the set, from 1; an undo goes backwards
    entity: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int] = mapped_column(BigId)
    label: Mapped[str] = mapped_column(Text)  # the record's name at the time, for when it is gone
    action: Mapped[str] = mapped_column(String(10))  # insert, update, delete
    version: Mapped[int]  # the record's version after the change; of a deleted record, its last
    fields: Mapped[str] = mapped_column(Text)  # the changed fields, sorted: «price,status»
    before: Mapped[dict[str, Any] | None] = mapped_column(Snapshot)
    after: Mapped[dict[str, Any] | None] = mapped_column(Snapshot)

    change_set: Mapped[ChangeSet] = relationship(
        back_populates="changes", primaryjoin="ChangeSet.id == foreign(Change.set_id)"
    )
