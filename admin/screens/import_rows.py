"""The rows of one outcome as a file: as they stand in it, with the reason, to be mended elsewhere and sent again."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from admin import period
from admin.imports.ledger import Ledger
from admin.imports.summary import OUTCOMES
from admin.resource import Resource
from admin.screens import imports
from services import formulas
from services.shape import Shape

MARK = "\ufeff"  # by which spreadsheets know UTF-8


def screen(resource: Resource, id: int) -> ResponseReturnValue:
    imports.only(("rows",))
    upload = imports.demanded(resource, id)
    outcome = period.choice(period.only(request.args, ("rows",)), "rows", OUTCOMES)
    if outcome is None or imports.found_of(upload) is None:
        abort(404)
    shape = imports.shape_of(upload)
    answer = Response(text(rows(imports.ledger_of(upload), outcome, shape)), mimetype="text/csv")
    name = upload.name.rpartition(".")[0] or upload.name
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}-{outcome}.csv")
    return answer


def rows(ledger: Path, outcome: str, shape: Shape) -> Iterator[list[str]]:
    with Ledger.open(ledger) as opened:
        for row in chain([[*opened.reading.header, "Reason"]], opened.lines(outcome)):
            yield [guarded(cell, shape) for cell in row]


def text(rows: Iterable[list[str]]) -> Iterator[str]:
    yield MARK
    line = io.StringIO()
    write = csv.writer(line).writerow
    for row in rows:
        write(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def guarded(cell: str, shape: Shape) -> str:
    """So that no spreadsheet runs it, and reading it again gives what was in the file (which may have guards)."""
    is_risky = cell[:1] in formulas.FIRST if shape.kind == "csv" else cell.lstrip(formulas.GUARD)[:1] in formulas.FIRST
    return formulas.GUARD + cell if cell and is_risky else cell
