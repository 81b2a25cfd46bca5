"""What a file is by its content: its kind, its encoding, how its cells are divided, and which row names the columns."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from io import StringIO
from itertools import product
from pathlib import Path

from services.delimited import UNDECODED, dialect, opened
from services.shape import DELIMITERS, Shape, Unreadable

BLOCK = 1 << 20
SAMPLE = 200_000  # characters from which delimiter, quotes and header are guessed
RECORDS = 200  # records of them at most

# What begins a file that is no table, with what to call it.
FOREIGN = {
    b"%PDF-": "a PDF",
    b"\x89PNG": "a picture",
    b"GIF8": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a compressed file (gzip); unpack it first",
    b"BZh": "a compressed file (bzip2); unpack it first",
    b"\xfd7zXZ\x00": "a compressed file (xz); unpack it first",
    b"\x28\xb5\x2f\xfd": "a compressed file (Zstandard); unpack it first",
    b"7z\xbc\xaf": "an archive; unpack it first",
    b"Rar!": "an archive; unpack it first",
    b"SQLite format 3\x00": "a database",
    b"PAR1": "a Parquet file",
    b"{\\rtf": "a text document",
    b"<?xml": "an XML document",
    b"<!doctype html": "a web page",
    b"<html": "a web page",
}
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# In this order the first that knows every byte; the last knows them all.
CANDIDATES = ("utf-8", "cp1252", "cp932", "gb18030", "mac-roman")
JSON = re.compile(r"\[\s*[{\]]|\{\s*[\"}]")
LONGEST_NAME = 200  # characters
# What is a value and no name: a number; a date, an ISBN, an address.
NUMBER = re.compile(r"[-+(]?[$€£]?\s?\d[\d.,’' ]*\)?\s?[%$€£]?")
VALUE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|97[89][- ]?[\d -]{10,}|\S+@\S+\.\S+|https?://.*|#[A-Z/0]+[!?]?")


def kind_of(path: Path, name: str) -> str:
    """csv, json or xlsx, by content, then by name; what is none of them is refused."""
    with path.open("rb") as file:
        head = file.read(BLOCK)
    if not head.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise Unreadable("empty", "The file is empty.")
    if head.startswith(ZIP):
        return "xlsx"
    if head.startswith(OLE):
        raise _ole(path)
    low = head[:32].lstrip().lower()
    for start, what in FOREIGN.items():
        if head.startswith(start) or low.startswith(start):
            raise Unreadable("wrong type", f"This is {what}, not a table. Send CSV, TSV, XLSX or JSON.")
    encoding = _by_bytes(head)
    if not encoding and _is_binary(head):
        raise Unreadable("wrong type", "This is not text. Send CSV, TSV, XLSX or JSON.")
    text = head[:1000].decode(encoding or "latin-1", "ignore").lstrip("\ufeff \t\r\n")
    return "json" if JSON.match(text) or (name.lower().endswith((".json", ".jsonl")) and text[:1] in "[{") else "csv"


def _ole(path: Path) -> Unreadable:
    """An old container of Microsoft's: of a workbook with a password, or of one from before 2007."""
    with path.open("rb") as file:
        content = file.read(BLOCK)
        file.seek(max(0, path.stat().st_size - BLOCK))
        content += file.read()
    if ENCRYPTED in content:
        return Unreadable(
            "encrypted", "The workbook is encrypted with a password. Save it without the password, and send it again."
        )
    return Unreadable("wrong type", "This is an old .xls workbook or document. Save it as .xlsx or CSV.")


def _is_binary(head: bytes) -> bool:
    """Whether bytes are no text of any encoding: a run of NULs, or many control characters and no UTF-8."""
    if b"\x00" * 8 in head:
        return True
    controls = {byte for byte in head if byte < 32} - set(b"\t\n\r\x0b\x0c\x1a\x1b")
    if len(controls) < 4:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return True
    return False


def _by_bytes(head: bytes) -> str:
    """The encoding that a byte order mark names, or UTF-16 by where its NULs are; else nothing."""
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    even, odd = (head[start:10_000:2].count(0) / max(1, len(head[start:10_000:2])) for start in (0, 1))
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.1 else ""


def encoding_of(path: Path) -> str:
    """The encoding, from all of the file: one letter in the last row may decide."""
    with path.open("rb") as file:
        known = _by_bytes(file.read(BLOCK))
    if known:
        return known
    for candidate in CANDIDATES:
        if _decodes(path, candidate) or (candidate == "utf-8" and _mostly_utf8(path)):
            return candidate
    raise AssertionError("The last candidate knows every byte.")  # pragma: no cover


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _mostly_utf8(path: Path) -> bool:
    """Whether it is UTF-8 with some damage, which is better said than read as something else."""
    good = bad = 0
    with opened(path, "utf-8", errors="marked") as text:
        while bad < 100 and (block := text.read(BLOCK)):
            damaged = block.count(UNDECODED)
            bad += damaged
            good += len(block) - len(block.encode("ascii", "ignore")) - damaged
    return good > 10 * bad


def written(path: Path, encoding: str) -> Shape:
    """How delimited text is written, from its beginning: the delimiter that divides most rows alike."""
    with opened(path, encoding, errors="marked") as text:
        sample = text.read(SAMPLE)
    if len(sample) == SAMPLE:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    shapes = [
        Shape(
            "csv",
            encoding,
            delimiter,
            quote,
            _escape(sample, delimiter, quote),
            spaced=_spaced(sample, delimiter, quote),
        )
        for quote, delimiter in product(_quotes(sample), DELIMITERS)
    ]
    best = max(shapes, key=lambda shape: _evenness(sample, shape))  # the first of equal ones
    found = parsed(sample, best)
    return replace(best, header=header_row(found))


def parsed(sample: str, shape: Shape) -> list[list[str]]:
    """The first records of a text; what goes wrong ends them."""
    found: list[list[str]] = []
    try:
        for record in csv.reader(StringIO(sample, newline=""), **dialect(shape)):
            found.append(record)
            if len(found) == RECORDS:
                break
    except csv.Error:
        pass
    return found


def _evenness(sample: str, shape: Shape) -> float:
    """How well a text is divided: most rows into the same number of cells, the first too, the more the better."""
    records = [record for record in parsed(sample, shape) if any(map(str.strip, record))]
    widths = [len(record) for record in records]
    if not widths:
        return 0
    usual, times = max(Counter(widths).items(), key=lambda item: (item[1], item[0]))
    if usual == 1 or (not shape.quote and _cut_quotes(records)):
        return 0.1 * times / len(widths)
    return times / len(widths) * (1 - 1 / (usual + 1)) * (1 if widths[0] == usual else 0.6)


def _cut_quotes(records: Iterable[Sequence[str]]) -> bool:
    """Whether as many cells begin with a quote as end with one, but not the same: «"Klimt» and «Gustav"» were one."""
    cells = [cell.strip() for record in records for cell in record]
    begin, end = (
        {number for number, cell in enumerate(cells) if way(cell, '"')} for way in (str.startswith, str.endswith)
    )
    return len(begin - end) == len(end - begin) > 0


def _quotes(sample: str) -> Sequence[str]:
    """The quotes that are worth a try, the likeliest first: `'` only where cells begin and end with it."""
    single = len(re.findall(r"(?:^|[,;\t|])'[^'\r\n]*'(?=[,;\t|\r\n]|$)", sample, re.MULTILINE))
    double = len(re.findall(r"(?:^|[,;\t|] ?)\"", sample, re.MULTILINE))
    return ("'", '"', "") if single > double else ('"', "")


def _escape(sample: str, delimiter: str, quote: str) -> str:
    """A backslash, if it stands before quotes that are neither doubled nor the end of a cell."""
    inside = rf"\\{quote}(?![{quote}{re.escape(delimiter)}\r\n]|$)"
    return "\\" if quote and re.search(inside, sample) else ""


def _spaced(sample: str, delimiter: str, quote: str) -> bool:
    """Whether quotes come behind a blank: «1, "one"»."""
    if not quote:
        return False
    divider = re.escape(delimiter)
    return bool(re.search(f"{divider} +{quote}", sample)) and not re.search(f"{divider}{quote}", sample)


def header_row(records: Iterable[Sequence[str]]) -> int:
    """The number of the record that names the columns: the first about as full as most are; 0 if it holds values."""
    rows = [(number, record) for number, record in enumerate(records, 1) if any(map(str.strip, record))]
    if not rows:
        return 0
    usual, _ = max(Counter(_filled(record) for _, record in rows).items(), key=lambda item: (item[1], item[0]))
    # Half as full as most is a note, unless its first cell is the empty one: over the numbers of the rows.
    number, record = next(
        (number, record) for number, record in rows if _filled(record) * 2 >= usual + bool(record[0].strip())
    )
    cells = [cell.strip() for cell in record if cell.strip()]
    numbers = sum(1 for cell in cells if NUMBER.fullmatch(cell))
    values = any(len(cell) > LONGEST_NAME or VALUE.fullmatch(cell) for cell in cells)
    return 0 if values or numbers * 2 > len(cells) else number


def _filled(record: Sequence[str]) -> int:
    return sum(1 for cell in record if cell.strip())
