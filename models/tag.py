"""Tags, and which posts bear them."""

from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import Column, ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, relationship

from models.base import BigId, Keys, Model, Record, key_column, listed, text
from models.text import caseless, search_key, sort_key

if TYPE_CHECKING:
    from models.post import Post

post_tags = Table(
    "post_tags",
    Model.metadata,
    Column("post_id", BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", BigId, ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "tag_id", "post_id"),
)


class Tag(Record):
    __tablename__ = "tags"
    __keys__: ClassVar[Keys] = {
        "name_key": (caseless, ("name",)),
        "sort_key": (sort_key, ("name",)),
        "search_key": (search_key, ("name",)),
    }
    __table_args__ = listed("sort_key")

    name: Mapped[str] = text(50)
    name_key: Mapped[str] = key_column(unique=True)
    sort_key: Mapped[str] = key_column()
    search_key: Mapped[str] = key_column()

    posts: Mapped[list["Post"]] = relationship(secondary="post_tags", back_populates="tags", passive_deletes=True)
