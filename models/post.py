"""Posts: what the catalogue's people write."""

import re
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models.base import Keys, Record, UTCDateTime, choice, key_column, listed, overview, text
from models.text import search_key, sort_key

if TYPE_CHECKING:
    from models.tag import Tag
    from models.user import User


class Status(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in review"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Post(Record):
    __tablename__ = "posts"
    __label__ = "title"
    __keys__: ClassVar[Keys] = {
        "title_key": (sort_key, ("title",)),
        "search_key": (search_key, ("title", "slug")),
    }
    __table_args__ = (
        *listed("title_key", "author_id", "status", "publish_at", "published_at", times=("created_at",)),
        overview("posts", "updated_at", "author_id", "status", "publish_at", "published_at", "created_at"),
    )

    title: Mapped[str] = text(200)
    slug: Mapped[str] = mapped_column(
        String(100),
        unique=True,
        info={"kind": "slug", "optional": True, "help": "From the title when left empty; fixed once published."},
    )
    content: Mapped[str | None] = mapped_column(Text, info={"kind": "markdown"})
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    status: Mapped[Status] = mapped_column(choice(Status, "status"), default=Status.DRAFT)
    publish_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info={"help": "UTC; for scheduled posts."})
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime, info={"label": "Published"})
    title_key: Mapped[str] = key_column()
    search_key: Mapped[str] = key_column()

    author: Mapped["User"] = relationship(back_populates="posts")
    tags: Mapped[list["Tag"]] = relationship(secondary="post_tags", back_populates="posts", order_by="Tag.sort_key")

    @validates("slug")
    def _slug_is_plain(self, _: str, slug: str | None) -> str | None:
        if slug and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
            raise ValueError("Only small letters from a to z, digits and single hyphens.")
        return slug
