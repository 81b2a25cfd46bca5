"""Rows of an invented catalogue: a stream per table, the same for the same seed, in the columns named beside it.

What the models derive (keys to sort, search and compare by) is derived here by the models' own rules.
"""

import math
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from demo import words
from models.author import Author, guess_sort_name
from models.author import Status as Standing
from models.base import derive
from models.book import Book, Format
from models.book import Status as Availability
from models.post import Post, Status
from models.rules import check_digit
from models.tag import Tag
from models.text import slugify
from models.user import Profile, Role, Theme, User

Row = tuple[Any, ...]

BOOKS_PER_AUTHOR = 12
BOOKS_PER_POST = 20
BOOKS_PER_USER = 2_000
FEWEST_USERS = 12
EVENNESS = 20  # the larger, the less the most prolific authors stand out (Zipf–Mandelbrot)
MOST_TAGS = 4
CHANGED = 0.2  # this part of the rows was edited after it was entered
BATCH = 40  # books and authors come in by files, posts and users one by one
YEARS = 6  # the catalogue was entered over so many years
SECONDS = YEARS * 365 * 86_400
# 979-8-0 and 979-8-1 are not assigned to anybody, so a number of this block names no real book.
ISBN_BLOCK, ISBN_ROOM = "9798", 20_000_000

RECORD = ("version", "created_at", "updated_at")
AUTHOR = ("id", "name", "sort_name", "email", "status", "country", "bio", *Author.__keys__, *RECORD)
BOOK = (
    *("id", "title", "subtitle", "isbn", "price", "currency", "author_id", "format", "status", "published_on", "pages"),
    *("language", "description", *Book.__keys__, *RECORD),
)
USER = (
    *("id", "username", "email", "name", "age", "role", "is_active", "last_login_at", "theme"),
    *(*User.__keys__, *RECORD),
)
PROFILE = ("id", "user_id", "bio", "location", *Profile.__keys__, *RECORD)
POST = (
    *("id", "title", "slug", "content", "author_id", "status", "publish_at", "published_at"),
    *(*Post.__keys__, *RECORD),
)
TAG = ("id", "name", *Tag.__keys__, *RECORD)
POST_TAG = ("post_id", "tag_id")


@dataclass(frozen=True)
class Plan:
    """How many rows each table gets, the first id of each, and what is known beforehand of ISBNs and tags."""

    counts: dict[str, int]
    first: dict[str, int]
    first_isbn: int
    new_tags: Sequence[str]
    old_tags: Sequence[int]
    moment: datetime
    seed: int

    def ids(self, table: str) -> range:
        return range(self.first[table], self.first[table] + self.counts[table])

    def dice(self, table: str) -> random.Random:
        """A source of chance per table and beginning: no stream depends on another or repeats an earlier run."""
        return random.Random(f"{self.seed} {table} {self.first.get(table)} {self.first_isbn}")  # noqa: S311  a demo keeps no secrets

    def ages(self, dice: random.Random, count: int, batch: int) -> Iterator[tuple[int, datetime, datetime]]:
        """version, created_at and updated_at of each row: entered one batch after the other, up to now."""
        for place in range(count):
            if place % batch == 0:
                left = SECONDS * (count - place) / count
                created = self.moment - timedelta(seconds=left)
            is_changed = dice.random() < CHANGED
            yield 1, created, created + timedelta(seconds=left * dice.random()) if is_changed else created


def amounts(books: int) -> dict[str, int]:
    """About how many rows each table gets with this number of books; the tags are those of the list."""
    posts, users = max(1, books // BOOKS_PER_POST), max(FEWEST_USERS, books // BOOKS_PER_USER)
    return {
        "authors": max(1, books // BOOKS_PER_AUTHOR),
        "books": books,
        "users": users,
        "profiles": (users + 1) // 2,
        "tags": len(words.TAGS),
        "posts": posts,
        "post_tags": posts * (MOST_TAGS + 1) // 2,
    }


def chosen(dice: random.Random, options: Sequence[Any]) -> Any:
    return options[int(dice.random() * len(options))]  # a third of the time of random.choice


GAPS = {
    "{a}": words.ADJECTIVES,
    "{b}": words.ADJECTIVES,
    "{n}": words.NOUNS,
    "{m}": words.NOUNS,
    "{p}": words.PLACES,
}


@cache
def pieces(pattern: str) -> tuple[str | tuple[str, ...], ...]:
    """«The {a} {n}» → ("The ", adjectives, " ", nouns): choosing from these is faster than str.format."""
    parts = (part for part in re.split(r"({[abnmp]})", pattern) if part)
    return tuple(GAPS.get(part, part) for part in parts)


def phrased(dice: random.Random, patterns: Sequence[str]) -> str:
    """A pattern with words for its gaps."""
    parts = pieces(chosen(dice, patterns))
    return "".join([part if isinstance(part, str) else chosen(dice, part) for part in parts])


def capitalised(text: str) -> str:
    return text[0].upper() + text[1:]


def keys(model: type[Any], values: dict[str, Any]) -> Iterator[str | None]:
    return iter(derive(model, values).values())


# Authors and their books

STANDINGS = (*[Standing.ACTIVE] * 6, *[Standing.DECEASED] * 4, Standing.INACTIVE, Standing.PROSPECT)


def origin(plan: Plan, author_id: int) -> words.Origin:
    """Where this author comes from: the same for the author's row and for the language of the books."""
    return words.ORIGINS[hash((plan.seed, author_id)) % len(words.ORIGINS)]  # numbers hash alike in every process


def authors(plan: Plan) -> Iterator[Row]:
    dice = plan.dice("authors")
    ids = plan.ids("authors")
    for number, ages in zip(ids, plan.ages(dice, len(ids), BATCH), strict=True):
        home = origin(plan, number)
        name = f"{chosen(dice, home.first)} {chr(65 + int(dice.random() * 26))}. {chosen(dice, home.last)}"
        sort_name = guess_sort_name(name)
        email = f"{slugify(name).replace('-', '.')}.{number}@example.org" if dice.random() < 0.5 else None
        bio = phrased(dice, words.BIOGRAPHIES) if dice.random() < 0.4 else None
        derived = keys(Author, {"name": name, "sort_name": sort_name, "email": email})
        yield (number, name, sort_name, email, chosen(dice, STANDINGS), home.country, bio, *derived, *ages)


def writers(plan: Plan, dice: random.Random) -> Iterator[int]:
    """The author of each book: first one book for everybody, then the more for few, as in any library."""
    ids = list(plan.ids("authors"))
    yield from ids
    dice.shuffle(ids)
    low, span = math.log(EVENNESS), math.log((len(ids) + EVENNESS) / EVENNESS)
    for _ in range(plan.counts["books"] - len(ids)):
        yield ids[int(math.exp(low + span * dice.random())) - EVENNESS]


FORMATS = (*[Format.PAPERBACK] * 11, *[Format.HARDBACK] * 4, *[Format.E_BOOK] * 4, Format.AUDIO)
AVAILABILITIES = (
    *(*[Availability.ACTIVE] * 30, *[Availability.OUT_OF_STOCK] * 4, *[Availability.OUT_OF_PRINT] * 4),
    *(*[Availability.FORTHCOMING] * 2, Availability.CANCELLED),
)
PRICES = {
    "EUR": tuple(Decimal(whole) + Decimal("0.90") for whole in range(4, 48)),
    "GBP": tuple(Decimal(whole) + Decimal("0.99") for whole in range(3, 40)),
    "USD": tuple(Decimal(f"{whole}.00") for whole in range(5, 50)),
    "JPY": tuple(Decimal(whole * 110) for whole in range(6, 70)),
}
MONEY = {"GB": "GBP", "IE": "EUR", "US": "USD", "NG": "USD", "IN": "GBP", "JP": "JPY", "VN": "USD"}
WITHOUT_ISBN = 0.02
OLDEST_YEAR = 1890


def books(plan: Plan) -> Iterator[Row]:
    dice, ids = plan.dice("books"), plan.ids("books")
    ages = plan.ages(dice, len(ids), BATCH)
    for place, (number, author_id) in enumerate(zip(ids, writers(plan, dice), strict=True)):
        home = origin(plan, author_id)
        currency = MONEY.get(home.country, "EUR")
        title = capitalised(phrased(dice, words.TITLES))
        subtitle = chosen(dice, words.SUBTITLES) if dice.random() < 0.2 else None
        isbn = isbn_number(plan.first_isbn + place) if dice.random() >= WITHOUT_ISBN else None
        format_, status = chosen(dice, FORMATS), chosen(dice, AVAILABILITIES)
        yield (
            number,
            title,
            subtitle,
            isbn,
            chosen(dice, PRICES[currency]),
            currency,
            author_id,
            format_,
            status,
            published_on(dice, status, plan.moment.date()),
            None if format_ is Format.AUDIO else 64 + 16 * int(dice.random() * 50),
            home.language,
            phrased(dice, words.DESCRIPTIONS) if dice.random() < 0.25 else None,
            *keys(Book, {"title": title, "subtitle": subtitle, "isbn": isbn}),
            *next(ages),
        )


def isbn_number(number: int) -> str:
    """The ISBN with this place in our block."""
    body = f"{ISBN_BLOCK}{number:08d}"
    return body + check_digit(body)


def isbn_place(isbn: str) -> int:
    """The place in our block of one of its ISBNs."""
    return int(isbn.removeprefix(ISBN_BLOCK)[:8])


def isbn_range() -> tuple[str, str]:
    """The first and the last ISBN of our block."""
    return isbn_number(0), isbn_number(ISBN_ROOM - 1)


def published_on(dice: random.Random, status: Availability, today: date) -> date | None:
    """Most years lie behind us and most of them are recent; what is forthcoming lies ahead."""
    chance = dice.random()
    if status is Availability.FORTHCOMING:
        return today + timedelta(days=int(chance * 400) - 5)
    if chance < 0.01:
        return None
    return today - timedelta(days=int(chance**3 * 365 * (today.year - OLDEST_YEAR)))


# Users, posts and tags

# No administrators: a number decides how many rows there are, never who may do what.
ROLES = (*[Role.CONTRIBUTOR] * 12, *[Role.VIEWER] * 6, *[Role.EDITOR] * 2)


def role(plan: Plan, place: int) -> Role:
    """The role of user number `place`, the same for the user's row and for the question who may have written posts."""
    return ROLES[hash((plan.seed, place)) % len(ROLES)] if place else Role.CONTRIBUTOR


def users(plan: Plan) -> Iterator[Row]:
    dice, ids = plan.dice("users"), plan.ids("users")
    for place, (number, ages) in enumerate(zip(ids, plan.ages(dice, len(ids), 1), strict=True)):
        home = chosen(dice, words.ORIGINS)
        name = f"{chosen(dice, home.first)} {chosen(dice, home.last)}"
        username = f"{slugify(name, 30).replace('-', '.')}.{number}"
        email = f"{username}@example.org"
        yield (
            number,
            username,
            email,
            name,
            int(19 + dice.random() * 55) if dice.random() < 0.7 else None,
            role(plan, place),
            dice.random() < 0.9,
            plan.moment - (plan.moment - ages[1]) * dice.random() if dice.random() < 0.85 else None,
            Theme.SYSTEM,
            *keys(User, {"username": username, "email": email, "name": name}),
            *ages,
        )


def profiles(plan: Plan) -> Iterator[Row]:
    """Every second user says something."""
    dice = plan.dice("profiles")
    for number, user_id in zip(plan.ids("profiles"), plan.ids("users")[::2], strict=True):
        created = plan.moment - timedelta(days=dice.random() * 30)
        bio, place_name = phrased(dice, words.BIOGRAPHIES), chosen(dice, words.PLACES)
        yield number, user_id, bio, place_name, *keys(Profile, {}), 1, created, created


STATUSES = (
    *(*[Status.PUBLISHED] * 14, *[Status.DRAFT] * 3, *[Status.IN_REVIEW] * 2, Status.SCHEDULED, Status.ARCHIVED),
)
SOON = 90  # days: what is scheduled comes out within these


def posts(plan: Plan) -> Iterator[Row]:
    dice, ids = plan.dice("posts"), plan.ids("posts")
    for number, (version, created, updated) in zip(ids, plan.ages(dice, len(ids), 1), strict=True):
        title = phrased(dice, words.POST_TITLES)
        slug = f"{slugify(title, 80)}-{number}"
        status = chosen(dice, STATUSES)
        out = min(created + timedelta(days=dice.random() * 20), plan.moment)
        planned = plan.moment + timedelta(days=dice.random() * SOON)
        yield (
            number,
            title,
            slug,
            text(dice),
            writer(plan, dice),
            status,
            planned if status is Status.SCHEDULED else None,
            out if status in (Status.PUBLISHED, Status.ARCHIVED) else None,
            *keys(Post, {"title": title, "slug": slug}),
            version,
            created,
            max(updated, out),
        )


def writer(plan: Plan, dice: random.Random) -> int:
    """The id of a user who may write; the first ones write most."""
    ids = plan.ids("users")
    place = int(dice.random() ** 2 * len(ids))
    return ids[place] if role(plan, place) is not Role.VIEWER else writer(plan, dice)


def text(dice: random.Random) -> str:
    """Two to four paragraphs below headings."""
    parts = [phrased(dice, words.POST_PARAGRAPHS)]
    for _ in range(2 + int(dice.random() * 2)):
        parts += [f"## {chosen(dice, words.POST_HEADINGS)}", phrased(dice, words.POST_PARAGRAPHS)]
    return "\n\n".join(parts)


def tags(plan: Plan) -> Iterator[Row]:
    for number, name in zip(plan.ids("tags"), plan.new_tags, strict=True):
        yield number, name, *keys(Tag, {"name": name}), 1, plan.moment, plan.moment


def post_tags(plan: Plan) -> Iterator[Row]:
    """One to four tags for each post; a few tags are on most of them."""
    dice, tag_ids = plan.dice("post_tags"), [*plan.old_tags, *plan.ids("tags")]
    for post_id in plan.ids("posts"):
        wanted = range(1 + int(dice.random() * MOST_TAGS))
        for tag_id in sorted({tag_ids[int(dice.random() ** 2 * len(tag_ids))] for _ in wanted}):
            yield post_id, tag_id


# Each table: its columns and its rows, in an order in which nothing refers to what is not there yet
STREAMS: dict[str, tuple[Sequence[str], Callable[[Plan], Iterator[Row]]]] = {
    "authors": (AUTHOR, authors),
    "books": (BOOK, books),
    "users": (USER, users),
    "profiles": (PROFILE, profiles),
    "tags": (TAG, tags),
    "posts": (POST, posts),
    "post_tags": (POST_TAG, post_tags),
}
