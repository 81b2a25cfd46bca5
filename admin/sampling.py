"""What a sample of a large table says of what is looked for in it: about how many rows match, and how far ahead in the
order the first of them are. On PostgreSQL, which reads some pages of a table without the rest."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, Float, Select, cast, func, select, tablesample, union_all
from sqlalchemy.sql.util import ClauseAdapter

from admin.statements import fixed
from services.sizes import size_of

SAMPLE = 10_000  # rows, about
ENOUGH = 3  # so many rows of the sample that match stand for more than a page of them


def sampled(model: Any, statements: Sequence[Select[Any]]) -> CTE:
    """What these statements say of a sample of the model's rows: always of the same pages, which so stay in memory.

    The limit only tells PostgreSQL that there are not many.
    """
    percent = func.least(
        fixed(100), cast(fixed(100 * SAMPLE), Float) / func.greatest(size_of("postgresql", model), fixed(1))
    )
    table = tablesample(model.__table__, func.system(percent), name="sample", seed=fixed(1))
    adapted = [ClauseAdapter(table).traverse(statement).limit(fixed(2 * SAMPLE)) for statement in statements]
    both = adapted[0] if len(adapted) == 1 else union_all(*(select(part.subquery()) for part in adapted))
    return both.cte().prefix_with("MATERIALIZED")


def number(rows: CTE, condition: Any) -> Any:
    """How many rows of a sample hold this."""
    return select(func.count()).select_from(rows).where(condition).scalar_subquery()


def distance(rows: CTE, condition: Any, order: Sequence[Any]) -> Any:
    """How many rows of a sample come, in this order, until there are enough that hold this; NULL when there are not."""
    numbered = select(func.row_number().over(order_by=order).label("place"), condition.label("holds")).select_from(rows)
    found = numbered.subquery()
    places = select(found.c.place).where(found.c.holds).order_by(found.c.place)
    return places.offset(fixed(ENOUGH - 1)).limit(fixed(1)).scalar_subquery()


def share(model: Any) -> Any:
    """For about how many rows of the table each of a sample stands."""
    return func.greatest(cast(size_of("postgresql", model), Float) / fixed(SAMPLE), fixed(1))
