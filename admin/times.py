"""Moments and days in the words of a page."""

from datetime import UTC, date, datetime
from functools import lru_cache

from models.base import now

STEPS = ((60, 1, "s"), (3600, 60, "min"), (86400, 3600, "h"), (7 * 86400, 86400, "d"))


def ago(moment: datetime | None) -> str:
    """«just now», «5 min ago», «in 3 d», else the day."""
    if moment is None:
        return ""
    seconds = (now() - moment).total_seconds()
    distance = abs(seconds)
    if distance < 45:
        return "just now"
    for limit, size, unit in STEPS:
        if distance < limit:
            amount = max(1, round(distance / size))
            return f"{amount} {unit} ago" if seconds > 0 else f"in {amount} {unit}"
    return written(moment.astimezone(UTC).date())


def day(moment: date | None) -> str:
    """«9 Nov 2026»; the year alone for a first of January: so are dates kept of which only the year is known."""
    if moment is None:
        return ""
    return str(moment.year) if (moment.month, moment.day) == (1, 1) else written(moment)


@lru_cache(4096)  # a page of a list writes the same few days again and again
def written(moment: date) -> str:
    return f"{moment.day} {moment:%b} {moment.year}"
