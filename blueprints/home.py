"""Home: the catalogue in figures, and what needs attention."""

from typing import Any

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from admin import allow, entries
from admin.attributes import words
from admin.counts import rounded
from admin.entries import Entry
from extensions import db
from models.base import now
from models.post import Status
from policy import may
from services import figures, timeline

bp = Blueprint("home", __name__)

RECENT = 6


@bp.get("/")
@allow("view")
def index() -> ResponseReturnValue:
    session = db.session()
    return render_template(
        "home/index.html",
        greeting=f"Good {part_of_day()}, {g.person.name.split()[0]}",
        today=f"{now():%A} {now().day} {now():%B %Y}",
        figures=shown_figures(figures.remembered(session, "totals", figures.totals, {})),
        attention=shown_attention(figures.remembered(session, "attention", figures.attention, [])),
        recent=recent(session),
        years=shown_years(figures.remembered(session, "years", figures.books_by_year, [])),
        months=shown_months(figures.remembered(session, "months", figures.posts_by_month, [])),
        post_status=shown_status(figures.remembered(session, "status", figures.posts_by_status, {})),
    )


def part_of_day() -> str:
    hour = now().hour
    return "morning" if 4 <= hour < 12 else "afternoon" if hour < 18 else "evening"


def shown_figures(totals: dict[str, tuple[int, int]]) -> list[dict[str, Any]]:
    return [
        {
            "label": words(entity),
            "url": url_for(f"{entity}.listing") if may(g.person, "view", entity) else None,
            "value": f"{total:,}" if total <= figures.LARGE else rounded(total),
            "note": f"{added:,} added in 30 days",
            "spark": None,
        }
        for entity, (total, added) in totals.items()
    ]


def shown_attention(counts: list[int]) -> list[dict[str, Any]]:
    return [
        {"count": number if number <= 10_000 else "10,000+", "text": text, "detail": detail, "action": action,
         "url": url_for(f"{model.__tablename__}.listing", **query())}
        for number, (text, detail, action, model, _, query) in zip(counts, figures.ATTENTION, strict=False)
        if number
    ]  # fmt: skip


def recent(session: Session) -> list[Entry]:
    """The last few change sets that this person may see."""
    wanted = timeline.Wanted(entities=entries.visible_entities())
    return entries.of_sets(session, timeline.sets(session, wanted, timeline.Place(), RECENT).rows)


def shown_years(years: list[tuple[int, int]]) -> list[dict[str, Any]]:
    return [
        {"label": str(year), "value": number, "url": url_for("books.listing", published_on=year)}
        for year, number in years
    ]


def shown_months(months: list[tuple[Any, int]]) -> list[dict[str, Any]]:
    return [
        {"label": f"{month:%b}", "value": number, "url": url_for("posts.listing", published_at=f"{month:%Y-%m}")}
        for month, number in months
    ]


def shown_status(by_status: dict[Status, int]) -> list[dict[str, Any]]:
    return [
        {"value": status.value, "label": words(status), "count": by_status.get(status, 0),
         "url": url_for("posts.listing", status=status.value)}
        for status in Status
    ]  # fmt: skip
