"""The demo catalogue as records: every fact goes through the models, and so through all of their rules."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import TypeVar

from sqlalchemy.orm import Session

from demo.authors import AUTHORS
from demo.books import BOOKS
from demo.facts import AuthorFact, BookFact, Days, PersonFact, PostFact
from demo.isbn import demo_isbn
from demo.people import PEOPLE
from demo.posts import POSTS, text_of
from models.author import Author
from models.base import Record, now
from models.book import Book
from models.post import Post
from models.post import Status as Progress
from models.tag import Tag
from models.user import Profile, User
from services import changes

OLDEST = 1100  # days ago: when the first record of the demo was made
WRITTEN_BEFORE = 6  # days between the first draft of a post and its publication
DRAFTED = 3  # days between one unpublished post and the next

Kind = TypeVar("Kind", bound=Record)


def load(session: Session, moment: datetime | None = None) -> dict[str, int]:
    """Add the demo catalogue to the session and flush it; days are counted from `moment`, by default this one.

    Returns how many rows each table got: {"authors": 43, …}. Does not commit: whoever calls holds the unit of work.
    A database that knows one of the usernames, ISBNs, slugs or tags already refuses with an IntegrityError.
    """
    moment = moment or now()
    changes.describe(session, "command", "added the demo catalogue")
    authors = kept(session, [author(fact, age(place, len(AUTHORS), moment)) for place, fact in enumerate(AUTHORS)])
    books = kept(session, all_books({each.name: each for each in authors}, moment))
    users = kept(session, [user(fact, moment) for fact in PEOPLE])
    tags = kept(session, [Tag(name=name) for name in sorted(set(chain.from_iterable(fact.tags for fact in POSTS)))])
    posts = kept(
        session, all_posts({each.username: each for each in users}, {each.name: each for each in tags}, moment)
    )
    return {records[0].__tablename__: len(records) for records in (authors, books, users, posts, tags)}


def kept(session: Session, records: list[Kind]) -> list[Kind]:
    """The records, written in this order: so their ids follow it, and what refers to them can name these."""
    session.add_all(records)
    session.flush()
    return records


def all_books(authors: dict[str, Author], moment: datetime) -> list[Book]:
    listed = [(authors[name], fact) for name, facts in BOOKS.items() for fact in facts]
    return [book(by, fact, place, len(listed), moment) for place, (by, fact) in enumerate(listed)]


def all_posts(users: dict[str, User], tags: dict[str, Tag], moment: datetime) -> list[Post]:
    posts = [post(fact, place, users, tags, moment) for place, fact in enumerate(POSTS)]
    return sorted(posts, key=lambda each: each.created_at)


def age(place: int, count: int, moment: datetime) -> dict[str, datetime]:
    """When record number `place` of `count` was made and last changed: spread out, newest last, never in the future."""
    days = OLDEST * (1 - (place + 1) / (count + 1))
    created = moment - timedelta(days=days, minutes=37 * place % 600)
    return {"created_at": created, "updated_at": created + (moment - created) * (place * 7 % 11) / 12}


def author(fact: AuthorFact, ages: dict[str, datetime]) -> Author:
    return Author(
        name=fact.name,
        sort_name=fact.sort_name,
        email=fact.email,
        status=fact.status,
        country=fact.country,
        website=fact.website,
        bio=fact.bio,
        **ages,
    )


def book(by: Author, fact: BookFact, place: int, count: int, moment: datetime) -> Book:
    # 89 and the number of books have no common divisor: an author's books were entered at different times.
    ages = age(place * 89 % count, count, moment)
    return Book(
        author_id=by.id,
        title=fact.title,
        subtitle=fact.subtitle,
        isbn=demo_isbn(place) if fact.has_isbn else None,
        price=fact.price.amount,
        currency=fact.price.currency,
        format=fact.format,
        status=fact.status,
        published_on=published_on(fact.published, moment.date()),
        pages=fact.pages,
        language=fact.language,
        description=fact.description,
        created_at=max(ages["created_at"], by.created_at),
        updated_at=max(ages["updated_at"], by.created_at),
    )


def published_on(published: int | date | None, today: date) -> date | None:
    """A day, a day counted from today, or the first of January where only the year is known."""
    if isinstance(published, Days):
        return today + timedelta(days=published)
    return date(published, 1, 1) if isinstance(published, int) else published


def user(fact: PersonFact, moment: datetime) -> User:
    made = moment - timedelta(days=OLDEST)
    seen = None if fact.seen is None else moment - timedelta(hours=fact.seen)
    return User(
        username=fact.username,
        email=fact.email,
        name=fact.name,
        age=fact.age,
        role=fact.role,
        is_active=fact.is_active,
        last_login_at=seen,
        profile=Profile(**fact.profile._asdict()) if fact.profile else None,
        created_at=made,
        updated_at=made,
    )


def post(fact: PostFact, place: int, users: dict[str, User], tags: dict[str, Tag], moment: datetime) -> Post:
    out = None if fact.day is None else opening_hours(moment.date() + timedelta(days=fact.day), place)
    written = moment - timedelta(days=DRAFTED * (len(POSTS) - place), hours=place % 9)
    if out:
        written = min(out - timedelta(days=WRITTEN_BEFORE), written)
    is_out = fact.status in (Progress.PUBLISHED, Progress.ARCHIVED)
    return Post(
        title=fact.title,
        slug=fact.slug,
        content=text_of(fact),
        author_id=users[fact.author].id,
        status=fact.status,
        publish_at=out if fact.status == Progress.SCHEDULED else None,
        published_at=out if is_out else None,
        tags=[tags[name] for name in fact.tags],
        created_at=written,
        updated_at=out if out and is_out else written + timedelta(hours=31),
    )


def opening_hours(day: date, place: int) -> datetime:
    """A moment of this day at which somebody might publish: between 7 and 16 o'clock UTC."""
    return datetime.combine(day, time(7 + place * 5 % 10, place * 7 % 60), UTC)
