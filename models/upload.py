"""Uploads: files on their way into the catalogue, from being sent to what became of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import BigId, Model, UTCDateTime, now, pk

Value = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Upload(Model):
    """No record of the catalogue, and no foreign keys, as with jobs. The file lies in `Config.uploads` under the id."""

    __tablename__ = "uploads"
    __table_args__ = (
        Index(None, "actor_id", "id"),
        Index(None, "layout", "entity", "id"),
        Index(None, "expires_at"),
        {"sqlite_autoincrement": True},  # an address of a file that is gone must not meet another
    )

    id: Mapped[int] = pk(cache=1)
    entity: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None] = mapped_column(BigId)
    actor: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))  # as it was sent: «autumn-list.xlsx»
    size: Mapped[int] = mapped_column(BigInteger)  # bytes
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the bytes: whether it is the same file again
    shape: Mapped[dict[str, Any]] = mapped_column(Value)  # how it is read: services/tabular.py, Shape
    layout: Mapped[str] = mapped_column(String(64))  # SHA-256 of its column names: files like it are mapped alike
    plan: Mapped[dict[str, Any] | None] = mapped_column(Value)  # where its columns go: admin/imports/plan.py, Plan
    found: Mapped[dict[str, Any] | None] = mapped_column(Value)  # what the check found, for this plan
    job_id: Mapped[int | None] = mapped_column(BigId)  # that checks or runs it
    change_set_id: Mapped[int | None] = mapped_column(BigId)  # what it wrote
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)  # when the file is taken away

    @property
    def author_id(self) -> int | None:
        """Whose it is, in the word of the policy's «:own»."""
        return self.actor_id
