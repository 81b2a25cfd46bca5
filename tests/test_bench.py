"""The pure parts of the benchmark: reading forms, reading processes, and what the report makes of figures."""

import json
import os
import time
from dataclasses import asdict, replace

import pytest

from bench import forms, report, results, servers
from bench.measure import Figure
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
