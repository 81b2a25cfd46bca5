"""Files that are to be imported: taken in, kept under the number of their row, and taken away when they are too old."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.base import now
from models.upload import Upload

KEPT = timedelta(days=7)  # the file
REMEMBERED = timedelta(days=400)  # its row, which says how files like it are read: a yearly list finds it again
BLOCK = 1 << 20
LONGEST_NAME = 200
LOOKED_AT, MOST_WAYS = 100, 20


@dataclass(frozen=True)
class Incoming:
    """A file that was just taken in and has no number yet."""

    path: Path
    size: int
    digest: str


@contextmanager
def incoming(file: IO[bytes], folder: Path) -> Iterator[Incoming]:
    """Copy the file into the folder, for this account's eyes only. It is gone at the end unless it was `settled`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    hashed, size = hashlib.sha256(), 0
    with NamedTemporaryFile(dir=folder, prefix="new-", delete=False) as copy:  # the system makes it with mode 0600
        path = Path(copy.name)
    try:
        with path.open("wb") as copy:
            while block := file.read(BLOCK):
                hashed.update(block)
                size += copy.write(block)
        yield Incoming(path, size, hashed.hexdigest())
    finally:
        for left in parts(path):
            left.unlink(missing_ok=True)


def settle(file: Incoming, folder: Path, upload_id: int) -> None:
    """Keep it, and what was made of it, under its number."""
    discard(folder, upload_id)  # of a database that was here before
    home = path_of(folder, upload_id)
    for part in parts(file.path):
        os.replace(part, home.with_name(home.name + part.name.removeprefix(file.path.name)))


def path_of(folder: Path, upload_id: int) -> Path:
    return folder / str(upload_id)


def parts(path: Path) -> list[Path]:
    """The file itself, and what was made of it: the same name with an ending."""
    return [one for one in (path, *path.parent.glob(f"{path.name}.*")) if one.exists()]


def discard(folder: Path, upload_id: int) -> None:
    for part in parts(path_of(folder, upload_id)):
        part.unlink(missing_ok=True)


def plain_name(text: str) -> str:
    """The last part of what a browser calls the file, without what no name should hold. Nothing is opened by it."""
    last = text.replace("\\", "/").rpartition("/")[2]
    return "".join(c if c.isprintable() else " " for c in last).strip()[:LONGEST_NAME] or "unnamed"


def before(session: Session, entity: str, layout: str) -> list[Upload]:
    """Earlier files of the same layout whose columns somebody has placed, the newest first."""
    alike = select(Upload).where(Upload.entity == entity, Upload.layout == layout, Upload.plan.is_not(None))
    return list(session.scalars(alike.order_by(Upload.id.desc()).limit(20)))


def ways(session: Session, entity: str, kind: str) -> list[Upload]:
    """Earlier files of this kind whose columns somebody has placed: one for each way in which one was read, the newest
    first."""
    placed = select(Upload).where(Upload.entity == entity, Upload.plan.is_not(None))
    newest = session.scalars(placed.order_by(Upload.id.desc()).limit(LOOKED_AT))
    found: dict[str, Upload] = {}
    for one in newest:
        if one.shape["kind"] == kind:
            found.setdefault(f"{one.layout} {sorted(one.shape.items())}", one)
    return list(found.values())[:MOST_WAYS]


def sweep(session: Session, folder: Path) -> None:
    """Take away files that are too old, rows of long ago, and files of no row."""
    session.execute(delete(Upload).where(Upload.expires_at < now() - REMEMBERED))
    kept = {str(key) for key in session.scalars(select(Upload.id).where(Upload.expires_at > now()))}
    yesterday = (now() - timedelta(days=1)).timestamp()
    for path in folder.iterdir() if folder.is_dir() else ():
        is_new = path.name.startswith("new-") and path.stat().st_mtime > yesterday
        if path.name.split(".")[0] not in kept and not is_new:
            path.unlink(missing_ok=True)
