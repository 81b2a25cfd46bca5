"""The shapes of the demo's facts. The data modules hold nothing but these; `load` turns them into records."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from models.author import Status as Standing
from models.book import Format
from models.book import Status as Availability
from models.post import Status as Progress
from models.user import Role


class AuthorFact(NamedTuple):
    """An author. `email` is that of an invented rights desk; `website` only where the author or the heirs keep one."""

    name: str
    sort_name: str
    country: str
    bio: str
    status: Standing = Standing.DECEASED
    email: str | None = None
    website: str | None = None


class Days(int):
    """A day counted from today: Days(30) is in a month, Days(-9) was nine days ago."""


class Price(NamedTuple):
    amount: Decimal
    currency: str


def eur(amount: str) -> Price:
    return Price(Decimal(amount), "EUR")


def gbp(amount: str) -> Price:
    return Price(Decimal(amount), "GBP")


def usd(amount: str) -> Price:
    return Price(Decimal(amount), "USD")


def jpy(amount: str) -> Price:
    return Price(Decimal(amount), "JPY")


class BookFact(NamedTuple):
    """A book of the author it is listed under. A bare year means that only the year is known."""

    title: str
    published: int | date | Days | None
    language: str
    format: Format
    pages: int | None
    price: Price
    subtitle: str | None = None
    description: str | None = None
    status: Availability = Availability.ACTIVE
    has_isbn: bool = True


class ProfileFact(NamedTuple):
    bio: str
    location: str
    website: str | None = None


class PersonFact(NamedTuple):
    """Somebody who works with the catalogue. `seen` is the number of hours since the last sign-in."""

    username: str
    name: str
    role: Role
    age: int | None = None
    seen: int | None = None
    is_active: bool = True
    profile: ProfileFact | None = None

    @property
    def email(self) -> str:
        return f"{self.username}@example.org"


class PostFact(NamedTuple):
    """A post; its text is `texts/{slug}.md`. `day` is when it was or will be published, counted from today."""

    slug: str
    title: str
    author: str
    status: Progress
    day: int | None
    tags: tuple[str, ...]
