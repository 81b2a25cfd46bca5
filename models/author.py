"""Authors."""

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models.base import Keys, Record, choice, key_column, listed, overview, text
from models.rules import LONGEST_ADDRESS, countries, email_address, web_address
from models.text import caseless, search_key, sort_key

if TYPE_CHECKING:
    from models.book import Book

PARTICLES = frozenset(
    [
        "al",
        "bin",
        "da",
        "das",
        "de",
        "degli",
        "dei",
        "del",
        "della",
        "den",
        "der",
        "di",
        "dos",
        "du",
        "el",
        "la",
        "le",
        "ten",
        "ter",
        "van",
        "von",
        "y",
        "zu",
    ]
)


class Status(StrEnum):
    ACTIVE = "active"
    PROSPECT = "prospect"
    INACTIVE = "inactive"
    DECEASED = "deceased"


class Author(Record):
    __tablename__ = "authors"
    __keys__: ClassVar[Keys] = {
        "email_key": (caseless, ("email",)),
        "name_key": (sort_key, ("name",)),
        "sort_key": (sort_key, ("sort_name",)),
        "search_key": (search_key, ("name", "sort_name", "email")),
    }
    __table_args__ = (
        *listed("email", "email_key", "name_key", "status", "country"),
        overview("authors", "sort_key", "status", "country", "created_at", "updated_at", "search_key"),
    )

    name: Mapped[str] = text(100, help="As it stands on the cover.")
    sort_name: Mapped[str] = text(
        120, optional=True, help="Guessed from the name when left empty: «Le Guin, Ursula K.»"
    )
    email: Mapped[str | None] = text(200, kind="email", label="E-mail")
    status: Mapped[Status] = mapped_column(choice(Status, "status"), default=Status.ACTIVE)
    country: Mapped[str | None] = mapped_column(String(2), info={"choices": countries})
    website: Mapped[str | None] = text(LONGEST_ADDRESS, kind="url")
    bio: Mapped[str | None] = mapped_column(Text, info={"kind": "markdown", "label": "Biography"})
    email_key: Mapped[str | None] = key_column(unique=True, nullable=True)
    name_key: Mapped[str] = key_column()
    sort_key: Mapped[str] = key_column()
    search_key: Mapped[str] = key_column()

    books: Mapped[list["Book"]] = relationship(back_populates="author", cascade="all, delete-orphan")

    @validates("name")
    def _guess_the_sort_name(self, _: str, name: str) -> str:
        # A guess follows the name; a sort name somebody typed stays as it is.
        if not self.sort_name or (self.name and self.sort_name == guess_sort_name(self.name)):
            self.sort_name = guess_sort_name(name)
        return name

    @validates("sort_name")
    def _sort_name_is_never_empty(self, _: str, sort_name: str | None) -> str | None:
        return sort_name or (guess_sort_name(self.name) if self.name else sort_name)

    @validates("email")
    def _email_is_an_address(self, _: str, email: str | None) -> str | None:
        return email_address(email)

    @validates("website")
    def _website_is_an_address(self, _: str, website: str | None) -> str | None:
        return web_address(website)


def guess_sort_name(name: str) -> str:
    """«Ursula K. Le Guin» → «Le Guin, Ursula K.»: the last word and the particles before it lead. A guess, editable."""
    words = name.split()
    if len(words) < 2 or "," in name:
        return name
    start = len(words) - 1
    while start > 1 and words[start - 1].lower() in PARTICLES:
        start -= 1
    return f"{' '.join(words[start:])}, {' '.join(words[:start])}"
