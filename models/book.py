"""Books: one record is one product with its own ISBN."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models.base import Keys, Money, Record, choice, key_column, listed, overview, text
from models.rules import currencies, isbn13, languages
from models.text import search_key, sort_key

if TYPE_CHECKING:
    from models.author import Author


class Format(StrEnum):
    HARDBACK = "hardback"
    PAPERBACK = "paperback"
    E_BOOK = "e-book"
    AUDIO = "audio"


class Status(StrEnum):
    FORTHCOMING = "forthcoming"
    ACTIVE = "active"
    OUT_OF_STOCK = "out of stock"
    OUT_OF_PRINT = "out of print"
    CANCELLED = "cancelled"


class Book(Record):
    __tablename__ = "books"
    __label__ = "title"
    __keys__: ClassVar[Keys] = {
        "title_key": (sort_key, ("title",)),
        "search_key": (search_key, ("title", "subtitle", "isbn")),
    }
    __table_args__ = (
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("pages > 0", name="pages_positive"),
        CheckConstraint("length(isbn) = 13", name="isbn_has_13_digits"),
        *listed("isbn", "author_id", "price", "currency", "format", "status", "published_on", "language"),
        overview(
            *("books", "title_key", "author_id", "status", "format", "price", "currency", "published_on", "isbn"),
            *("language", "created_at", "updated_at", "search_key"),
        ),
    )

    title: Mapped[str] = text(200)
    subtitle: Mapped[str | None] = text(200)
    isbn: Mapped[str | None] = mapped_column(
        String(13),
        unique=True,
        info={"kind": "isbn", "label": "ISBN", "help": "13 digits; hyphens, blanks and an old ISBN-10 are fine."},
    )
    price: Mapped[Decimal] = mapped_column(
        Money, info={"kind": "money", "minimum": 0, "currency": "currency", "help": "12,50 and 12.50 both work."}
    )
    currency: Mapped[str] = mapped_column(String(3), default="EUR", info={"choices": currencies})
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id", ondelete="RESTRICT"))
    format: Mapped[Format] = mapped_column(choice(Format, "format"), default=Format.PAPERBACK)
    status: Mapped[Status] = mapped_column(choice(Status, "status"), default=Status.FORTHCOMING)
    published_on: Mapped[date | None] = mapped_column(Date, info={"label": "Published"})
    pages: Mapped[int | None] = mapped_column(Integer, info={"minimum": 1})
    language: Mapped[str | None] = mapped_column(String(2), info={"choices": languages})
    description: Mapped[str | None] = mapped_column(Text, info={"kind": "markdown"})
    title_key: Mapped[str] = key_column()
    search_key: Mapped[str] = key_column()

    author: Mapped["Author"] = relationship(back_populates="books")

    @validates("isbn")
    def _isbn_is_right(self, _: str, isbn: str | None) -> str | None:
        return isbn13(isbn)
