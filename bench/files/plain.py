"""What SQLite has instead of `\\copy`: Python's csv and one executemany.

`python -m bench.files.plain in|out DATABASE FILE` checks nothing: the cells of the file, or of the books on standard
output, are those of the table.
"""

import csv
import sqlite3
import sys

from bench.files.columns import EXPORTED, READY


def load(raw: sqlite3.Connection, path: str) -> None:
    with open(path, newline="") as file:
        lines = csv.reader(file)
        next(lines)
        marks = ", ".join("?" * len(READY))
        cells = ([cell or None for cell in line] for line in lines)
        raw.executemany(f"INSERT INTO books ({', '.join(READY)}) VALUES ({marks})", cells)
        raw.commit()


def dump(raw: sqlite3.Connection, path: str) -> None:
    found = raw.execute(EXPORTED)
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow([column[0] for column in found.description])
    lines.writerows(found)


if __name__ == "__main__":
    direction, database, path = sys.argv[1:]
    connection = sqlite3.connect(database)
    connection.executescript("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -300000")  # 2 MB are too few for indexes
    (load if direction == "in" else dump)(connection, path)
