"""The bar on standard error."""

import io

import pytest

from demo import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    """A list whose last number is the time."""
    times = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: times[-1])
    return times


def test_a_terminal_sees_the_bar_grow_in_its_line(clock):
    stream = Terminal()
    report = progress.bar(stream)
    report("books", 500, 1000)
    clock.append(101.0)
    report("books", 1000, 1000)
    first, second = stream.getvalue().split("\r")[1:]
    assert first.startswith("books      " + "█" * 15 + "░" * 15 + " 500 of 1,000")
    assert second.startswith("books      " + "█" * 30 + " 1,000 of 1,000")
    assert second.endswith("\n")


def test_it_is_not_drawn_too_often(clock):
    stream = Terminal()
    report = progress.bar(stream)
    for done in range(50):
        report("books", done, 1000)
    assert stream.getvalue().count("\r") == 1


def test_a_log_gets_one_line_per_stage():
    stream = io.StringIO()
    report = progress.bar(stream)
    for done in (0, 500, 1000):
        report("books", done, 1000)
    assert stream.getvalue() == "books      " + "█" * 30 + " 1,000 of 1,000\n"


def test_nothing_to_do_is_done():
    assert progress.line("tags", 0, 0, again=False).endswith(" 0 of 0")
