"""The next chunk of a file is read while the database is at work, in order, each once."""

import threading

import pytest

from admin.imports.ahead import ahead


def test_items_come_in_order_whether_they_were_begun_or_not():
    with ahead(iter(range(1, 7))) as items:
        seen = []
        for item in items:
            seen.append(item)
            if item % 2:
                items.begin()
                items.begin()
    assert seen == [1, 2, 3, 4, 5, 6]


def test_what_was_begun_is_made_in_another_thread():
    def names():
        while True:
            yield threading.current_thread().name

    with ahead(names()) as items:
        assert next(items) == threading.current_thread().name
        items.begin()
        assert next(items).startswith("ahead")


def test_what_goes_wrong_there_is_raised_here():
    def broken():
        yield 1
        raise ValueError("broken")

    with ahead(broken()) as items:
        assert next(items) == 1
        items.begin()
        with pytest.raises(ValueError, match="broken"):
            next(items)
