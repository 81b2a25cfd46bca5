"""How a file of rows is read, what it may be, and what is said of one that cannot be read."""

from dataclasses import dataclass

# What a person may choose instead of the guess: the codec, and what to call it.
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16 with a byte order mark",
    "utf-16-le": "UTF-16, little endian",
    "utf-16-be": "UTF-16, big endian",
    "utf-32": "UTF-32",
    "cp1252": "Western European (Windows-1252)",
    "iso8859-15": "Western European (ISO 8859-15)",
    "mac-roman": "Western European (Macintosh)",
    "cp850": "Western European (DOS 850)",
    "cp1250": "Central European (Windows-1250)",
    "iso8859-2": "Central European (ISO 8859-2)",
    "cp1251": "Cyrillic (Windows-1251)",
    "koi8-r": "Cyrillic (KOI8-R)",
    "cp1253": "Greek (Windows-1253)",
    "cp1254": "Turkish (Windows-1254)",
    "cp1255": "Hebrew (Windows-1255)",
    "cp1256": "Arabic (Windows-1256)",
    "cp932": "Japanese (Shift JIS)",
    "euc-jp": "Japanese (EUC)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big5)",
    "cp949": "Korean (Windows-949)",
}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
QUOTES = {'"': 'double quotes, "…"', "'": "single quotes, '…'", "": "none"}
ESCAPES = {"": "the quote twice", "\\": "a backslash"}

MOST_COLUMNS = 1_000
LONGEST_CELL = 1_000_000  # characters; what an unclosed quote swallows is noticed here


class Unreadable(Exception):
    """A file that cannot be read: `kind` is the reason in a word, the text is the sentence for a person."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


@dataclass(frozen=True)
class Shape:
    """How a file is read, as guessed or as chosen. `header` is the number of the record that names the columns, or 0.

    `spaced`: a blank after a delimiter is not part of the cell, so that a quote may follow it.
    """

    kind: str  # csv, xlsx, json
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    sheet: str = ""
    header: int = 1
    spaced: bool = False


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook, as far as one sees it from outside."""

    name: str
    rows: int
    columns: int
    visible: bool
