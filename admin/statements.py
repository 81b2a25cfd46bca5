"""Statements that are put together once and kept: for a page that takes longer than to run them."""

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, literal_column

MOST = 150


@lru_cache(MOST)
def kept(build: Callable[..., Any], *key: Hashable) -> Any:
    """What `build` makes of the key, as it was made before. What differs otherwise is given when the statement runs.

    An SQL expression in a key is meant as the very same object; it should be a kept one itself.
    """
    return build(*key)


def fixed(number: Any) -> Any:
    """A number of ours as it is written in a statement: each parameter would cost every request anew. What is no
    number (an expression, None) stays what it is."""
    return literal_column(str(number), Integer) if isinstance(number, int) else number
