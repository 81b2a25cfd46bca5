"""Rules of posts that need the clock or other posts: the slug, and the moments of publishing."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, inspect, literal, select
from sqlalchemy.orm import Session

from models.base import UTCDateTime, now
from models.post import Post, Status
from models.text import slugify
from services import bulk, changes
from services.rules import Hindrance, Row, Rules, Taken
from services.unit_of_work import Refused


def prepare(session: Session, post: Post) -> None:
    """Bring slug and publishing times in order before a post is saved. Raises Refused for an impossible plan."""
    if post.published_at is not None and inspect(post).attrs.slug.history.deleted:
        raise Refused("The slug of a published post is fixed: others link to it.", "slug")
    if not post.slug or follows_the_title(post):
        post.slug = free_slug(session, post)
    if post.status == Status.SCHEDULED and post.publish_at is None:
        raise Refused("A scheduled post needs the moment of its publication.", "publish_at")
    if post.status == Status.PUBLISHED and post.published_at is None:
        post.published_at = now()


def prepare_many(values: Mapping[str, Any]) -> Rules:
    """What `prepare` means for many posts that are given these values. Nobody gives many posts one title or slug."""
    also: dict[str, Any] = {}
    if values.get("status") == Status.PUBLISHED:
        also["published_at"] = func.coalesce(Post.published_at, literal(now(), UTCDateTime))
    if values.get("publish_at") is not None:
        return Rules(also)
    hindrance = None
    if values.get("status") == Status.SCHEDULED:
        if "publish_at" in values:
            raise Refused("A scheduled post needs the moment of its publication.", "publish_at")
        hindrance = Hindrance("has no moment of publication", Post.publish_at.is_(None))
    elif "publish_at" in values and "status" not in values:
        hindrance = Hindrance("is scheduled, and would lose its moment", Post.status == Status.SCHEDULED)
    return Rules(also, [hindrance] if hindrance else [])


def prepare_rows(rows: Sequence[Row], taken: Taken) -> None:
    """What `prepare` means for rows of a file."""
    for row in rows:
        after = row.after
        if row.before.get("published_at") is not None and row.changes("slug"):
            row.refuse("slug", "The slug of a published post is fixed: others link to it.")
        if after["status"] == Status.SCHEDULED and after["publish_at"] is None:
            row.refuse("publish_at", "A scheduled post needs the moment of its publication.")
        if after["status"] == Status.PUBLISHED and after["published_at"] is None:
            after["published_at"] = now()
    good = [row for row in rows if not row.refusals]
    unnamed = [row for row in good if not row.after["slug"] or row_follows_the_title(row)]
    slugs = free_slugs([slugify(row.after["title"] or "") for row in unnamed], taken)
    for row, slug in zip(unnamed, slugs, strict=True):
        row.after["slug"] = slug


def row_follows_the_title(row: Row) -> bool:
    """The same for a row as `follows_the_title` for a post."""
    before = row.before
    if not row.changes("title") or "slug" in row.said or before["published_at"] is not None:
        return False
    return made_of(before["slug"], before["title"]) and not made_of(before["slug"], row.after["title"])


def free_slugs(bases: Sequence[str], taken: Taken) -> list[str]:
    """A slug for each of these, with «-2», «-3» … for those that others have already."""
    wanted, room = Counter(bases), 0
    free: dict[str, list[str]] = {base: [] for base in bases}
    while short := [base for base, number in wanted.items() if len(free[base]) < number]:
        numbered = {base: list(numbered_slugs(base, wanted[base] + room)) for base in short}
        gone = taken("slug", [slug for slugs in numbered.values() for slug in slugs])
        free |= {base: [slug for slug in slugs if slug not in gone] for base, slugs in numbered.items()}
        room = 10 * (room + 1)
    return [free[base].pop(0) for base in bases]


def numbered_slugs(base: str, number: int) -> Iterator[str]:
    yield base
    yield from (f"{base}-{place}" for place in range(2, number + 1))


def publish_due(session: Session, moment: datetime) -> int:
    """Publish the posts whose moment has come, by one statement: each once, with its history. Returns how many."""
    due = (Post.status == Status.SCHEDULED) & (Post.publish_at <= moment)
    changes.describe(session, "command", entity=Post.__tablename__)
    values = {
        "status": Status.PUBLISHED,
        "published_at": func.coalesce(Post.published_at, literal(moment, UTCDateTime)),
    }
    return bulk.change(session, Post, due, values, "published what was scheduled")


def follows_the_title(post: Post) -> bool:
    """Until the first publication a slug that was made of the title is made anew when the title changes."""
    old_titles = inspect(post).attrs.title.history.deleted
    if post.published_at is not None or not old_titles or not old_titles[0]:
        return False
    return made_of(post.slug, old_titles[0])


def made_of(slug: str, title: str) -> bool:
    return re.fullmatch(re.escape(slugify(title)) + r"(-\d+)?", slug) is not None


def free_slug(session: Session, post: Post) -> str:
    """The title as a slug; with «-2», «-3» … when others have it already."""
    base = slugify(post.title)
    pattern = f"{base}%"
    taken = set(
        session.scalars(select(Post.slug).where(Post.slug.like(pattern), Post.id != (post.id or 0)).limit(1000))
    )
    candidates = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(slug for slug in candidates if slug not in taken)
