"""The pure parts of the benchmark: reading forms, reading processes, and what the report makes of figures."""

import json
import os
import sys
import time
from dataclasses import asdict, replace
from types import SimpleNamespace

import pytest

from bench import forms, measure, operations, report, results, servers
from bench.client import Answer, Request
from bench.files import report as files_report
from bench.files import results as files_results
from bench.files import watching
from bench.files.results import FileRun, Measured
from bench.files.watching import Use
from bench.measure import Entrant, Figure
from bench.results import Run

RUN = Run(
    kind="sqlite",
    size=1000,
    date="2026-11-25",
    machine="2 cores.",
    versions={"floor": "flask 3"},
    figures={
        "first": {
            "floor": Figure(1.0, 1.2, 1700),
            "Colophon": Figure(2.0, 2.4, 800),
            "Django admin": Figure(22.0, 25.0, 50),
            "Flask-Admin": Figure(18.0, 20.0, 60),
        },
        "author": {
            "floor": "not there",
            "Colophon": Figure(5.0, 6.0),
            "Django admin": Figure(9.0, 10.0),
            "Flask-Admin": "not there",
        },
    },
    memory={"floor": [60.0, 61.0], "Colophon": [99.0, 100.0]},
)


def cells(table: str, first: str) -> list[str]:
    line = next(line for line in table.splitlines() if line.startswith(f"| {first}"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_a_ratio_is_to_the_floor_and_to_the_best_of_the_others() -> None:
    assert cells(report.processor_table(RUN), "first page") == ["1.00", "2.00", "22.0", "18.0", "2.0", "9.0"]


def test_what_a_contestant_does_not_have_says_so_and_gives_no_ratio() -> None:
    row = cells(report.processor_table(RUN), "delete page of an author")
    assert row == ["not there", "5.00", "9.00", "not there", "–", "1.8"]


def test_the_columns_of_a_table_stand_below_each_other() -> None:
    lines = report.table(["operation", "floor"], [["first page", "1.00"], ["x", "12.5"]]).splitlines()
    assert lines[2:] == ["| first page |  1.00 |", "| x          |  12.5 |"]
    assert len({len(line) for line in lines}) == 1


def test_growth_is_measured_against_the_same_page_with_fewer_books() -> None:
    small = {**RUN.figures["first"], report.SMALL: Figure(2.0, 2.0, 800)}
    run = replace(RUN, size=1_000_000, figures={"first": small})
    assert cells(report.latency_table(run), "first page")[-1] == "1.20"
    assert "List pages to those of 1,000 books: 1.2 (at most 1.3: reached)" in report.verdicts(run)


@pytest.mark.parametrize(
    ("processor", "said"), [(2.5, "2.5 (at most 2.5: reached)"), (2.6, "2.6 (at most 2.5: missed)")]
)
def test_a_verdict_says_what_was_to_be_reached(processor: float, said: str) -> None:
    figures = {"first": {**RUN.figures["first"], "Colophon": Figure(processor, 3.0)}}
    assert f"List pages to the floor: {said}" in report.verdicts(replace(RUN, figures=figures))


def test_a_run_comes_back_from_json_as_it_was() -> None:
    assert results.from_json(json.loads(json.dumps(asdict(RUN)))) == RUN


def test_the_processor_time_of_a_process_is_what_it_measures_itself() -> None:
    before = time.process_time()
    measured = servers.processor_seconds(os.getpid())
    assert before <= measured <= time.process_time()


class Asked:
    """A contestant's server and client, which answers by what is given and counts how often it was asked."""

    def __init__(self, answer):
        self.answer, self.times, self.port = answer, 0, 0

    def packed(self, request):
        return b""

    def send(self, packed):
        self.times += 1
        return self.answer()

    def close(self):
        pass

    def processor_seconds(self):
        return float(self.times)


def measured(monkeypatch, answer):
    """What is measured of it in three rounds, and how often it was asked."""
    monkeypatch.setattr(measure, "rush", lambda *_: 1.0)
    asked = Asked(answer)
    contestant = SimpleNamespace(operations={"edit": lambda *_: [Request("/")]}, rows=lambda _: 0)
    found = measure.measure(OPERATIONS["edit"], [Entrant("one", contestant, asked, asked, None)], rounds=3)
    return found["one"], asked.times


OPERATIONS = {operation.key: operation for operation in operations.OPERATIONS}
RIGHT = Answer(200, (), b"")


def test_what_takes_long_is_asked_for_once(monkeypatch):
    monkeypatch.setattr(measure, "SLOW", 0.0)
    figure, times = measured(monkeypatch, lambda: RIGHT)
    assert times == 1 + 3
    monkeypatch.setattr(measure, "LONG", 0.0)
    figure, times = measured(monkeypatch, lambda: RIGHT)
    assert (figure.processor, times) == (1000.0, 1)


def test_what_never_answers_has_a_word_for_a_figure(monkeypatch):
    def time_out():
        raise TimeoutError

    assert measured(monkeypatch, time_out) == (measure.TOO_LONG, 1)


def test_an_error_is_no_figure(monkeypatch):
    assert measured(monkeypatch, lambda: Answer(500, (), b"")) == ("status 500", 1)


def test_resident_memory_is_read_in_mebibytes() -> None:
    assert servers.resident("Name:\tpython\nVmPeak:\t  900 kB\nVmRSS:\t  102400 kB\n") == 100


def test_a_form_is_sent_as_a_browser_would() -> None:
    page = """
    <form action="/search"><input name="q"></form>
    <form method="post" action="/books/1/edit">
      <input type="hidden" name="version" value="3"><input name="title" value="Émile &amp; co">
      <input type="radio" name="format" value="audio"><input type="radio" name="format" value="paperback" checked>
      <select name="status"><option value="active"><option value="out of print" selected></select>
      <select name="language"><option value="">None<option value="en">English</select>
      <textarea name="description">
Two lines,
kept</textarea>
      <button name="then" value="stay">Save</button>
    </form>"""
    form = forms.form_with(page, "/books/1/edit", "title")
    assert form.action == "/books/1/edit"
    assert dict(form.filled(title="Candide")) == {
        "version": "3",
        "title": "Candide",
        "format": "paperback",
        "status": "out of print",
        "language": "",
        "description": "Two lines,\nkept",
    }


# Files

FILES = FileRun(
    kind="postgresql",
    size=100_000,
    date="2026-11-25",
    machine="2 cores.",
    versions="django 5",
    imports={
        "floor": Measured("psql \\copy", Use(2.0, 0.5, 1.5, 9), growth=1, start=0.1),
        "check": Measured("check", Use(3.0, 2.0, 0.5, 120), growth=20, start=1.0),
        "both": Measured("wrote all", Use(9.5, 5.0, 3.0, 250), growth=150, start=1.0),
        "bulk": Measured("django-import-export, bulk", None, reason="5 books afterwards"),
    },
    exports={},
    pages=(4.0, 7.0),
)


def test_an_import_is_compared_with_who_only_writes() -> None:
    table = files_report.figures("import", files_report.with_run_alone(FILES.imports), FILES.size)
    assert cells(table, "wrote all") == ["9.50", "4.75", "1.00", "8.00", "4.00", "10,526", "150"]
    assert cells(table, "– of that the run") == ["6.50", "3.25", "–", "5.50", "2.75", "15,385", "150"]
    assert cells(table, "django-import-export")[0] == "5 books afterwards"


def test_the_verdicts_on_files_say_what_was_to_be_reached() -> None:
    assert files_report.verdicts(FILES) == [
        "Run to `\\copy`: 3.25, of processor time 2.75 (at most 3: missed)",
        "Check and run to `\\copy`: 4.75, of processor time 4.00 (at most 3: missed)",
        "Check to run: 0.46, of processor time 0.45 (at most 0.6: reached)",
        "Import, memory: check 20 MiB, wrote all 150 MiB (at most 150: reached)",
        "First page of the list: 4.00 ms, during an import 7.00 ms, 1.8 times (at most 2: reached)",
    ]
    assert files_report.verdicts(replace(FILES, kind="sqlite"))[0] == (
        "Run, rows a second: 15,385, of processor time 18,182 (at least 30,000: missed)"
    )


def test_a_run_of_files_comes_back_from_json_as_it_was() -> None:
    assert files_results.from_json(json.loads(json.dumps(asdict(FILES)))) == FILES


def test_a_command_is_watched_with_all_that_it_starts(tmp_path) -> None:
    child = "import time; held = bytearray(60_000_000)\nwhile time.process_time() < 0.3: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with (tmp_path / "said").open("wb") as output:
        use = watching.command([sys.executable, "-c", parent], {}, None, output)
    assert use.processor >= 0.3
    assert use.memory >= 60


def test_a_command_that_fails_says_why_in_its_last_line(tmp_path) -> None:
    with (tmp_path / "said").open("wb") as output, pytest.raises(watching.Failed, match=r"^no room$"):
        watching.command([sys.executable, "-c", "raise SystemExit('so\\nno room')"], {}, None, output)
