"""Posts: /posts/."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import g
from sqlalchemy.orm import Session

from admin import Column, Resource, Retire, Section, blueprint_for
from models.post import Post, Status
from models.user import User
from policy import may
from services import publishing
from services.rules import NO_RULES, Hindrance, Row, RowRules, Rules, Taken
from services.unit_of_work import Refused

HANDED_IN = (Status.DRAFT, Status.IN_REVIEW)


def written_by_me() -> dict[str, Any]:
    return {"author": g.person}


def prepare(session: Session, post: Post) -> None:
    """Contributors write their own posts and hand them in; editors publish."""
    if not may(g.person, "publish", "posts"):
        if post.author_id != g.person.id:
            raise Refused("You write your own posts; ask an editor to change the author.", "author")
        if post.status not in HANDED_IN:
            raise Refused("You can save a draft or hand it in for review; an editor publishes it.", "status")
    publishing.prepare(session, post)


def prepare_many(verb: str, values: Mapping[str, Any]) -> Rules:
    """The same for many posts at once."""
    if verb != "edit":
        return NO_RULES
    rules = publishing.prepare_many(values)
    if may(g.person, "publish", "posts"):
        return rules
    if values.get("author_id", g.person.id) != g.person.id:
        raise Refused("You write your own posts; ask an editor to change the author.", "author")
    status = values.get("status")
    if status is not None and status not in HANDED_IN:
        raise Refused("You can save a draft or hand it in for review; an editor publishes it.", "status")
    beyond = [] if status else [Hindrance("is out of your hands: an editor changes it", Post.status.not_in(HANDED_IN))]
    return replace(rules, hindrances=[*rules.hindrances, *beyond])


def prepare_rows(session: Session, rows: Sequence[Row], taken: Taken, memory: dict[str, Any]) -> None:
    """The same for rows of a file."""
    if not may(g.person, "publish", "posts"):
        for row in rows:
            if row.after["author_id"] != g.person.id or row.before.get("author_id", g.person.id) != g.person.id:
                row.refuse("author", "You write your own posts; ask an editor to change the author.")
            if row.after["status"] not in HANDED_IN:
                row.refuse("status", "You can save a draft or hand it in for review; an editor publishes it.")
    publishing.prepare_rows(rows, taken)


posts = Resource(
    model=Post,
    singular="post",
    icon="article",
    columns=[
        Column(Post.title, sort=Post.title_key, link=True, editable=True),
        Column(Post.author, sort=User.name_key),
        Column(Post.tags, worth=3),
        Column(Post.status, sort=Post.status, editable=True),
        Column(Post.published_at, sort=Post.published_at, worth=2),
        Column(Post.updated_at, sort=Post.updated_at, worth=3),
        Column(Post.publish_at, sort=Post.publish_at, shown=False, editable=True),
        Column(Post.created_at, sort=Post.created_at, shown=False),
    ],
    sort="-updated_at",
    search="Title, slug or author",
    search_related=[Post.author],
    filters=[
        *(Post.status, Post.author, Post.tags),
        *(Post.publish_at, Post.published_at, Post.created_at, Post.updated_at),
    ],
    tabs=Post.status,
    badge=Post.status,
    form=[
        Section("Post", [Post.title, Post.content]),
        Section("Publishing", [Post.status, Post.publish_at, Post.author, Post.slug]),
        Section("Tags", [Post.tags]),
    ],
    hint=[Post.slug],
    defaults=written_by_me,
    before_save=prepare,
    for_many=prepare_many,
    for_rows=RowRules(prepare_rows),
    retire=Retire("Archive", Post.status, Status.ARCHIVED, "It leaves the site and stays here."),
)

bp = blueprint_for(posts)
