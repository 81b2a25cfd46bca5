"""Reading the next chunk of a file while the database is at work on this one."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Ahead(Generic[Item]):
    """The items of an iterator. The next is made when it is asked for, or from `begin` on in a thread of its own."""

    def __init__(self, items: Iterator[Item], pool: ThreadPoolExecutor) -> None:
        self.items, self.pool = items, pool
        self.begun: Future[Item | None] | None = None

    def begin(self) -> None:
        """Call it when the database is about to be waited for."""
        if self.begun is None:
            self.begun = self.pool.submit(next, self.items, None)

    def __iter__(self) -> Iterator[Item]:
        return self

    def __next__(self) -> Item:
        begun, self.begun = self.begun, None
        item = begun.result() if begun is not None else next(self.items, None)
        if item is None:
            raise StopIteration
        return item


@contextmanager
def ahead(items: Iterator[Item]) -> Iterator[Ahead[Item]]:
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        yield Ahead(items, pool)
