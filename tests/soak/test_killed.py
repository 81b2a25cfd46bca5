"""kill -9 of a real server at random moments under load: every acknowledged write is there, no half of any.

`make soak` kills fifty times; `make test` a few times.
"""

import os
import random
import threading

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.book import Book
from models.change import Change, ChangeSet
from tests.factories import make_author, make_user
from tests.soak import replay
from tests.soak.servers import Person, Server, Writer, cookie_of

KILLS = int(os.environ.get("SOAK_KILLS", "3"))
WRITERS = 4


def test_no_acknowledged_write_is_lost_and_none_is_half_done(site, app, session, engine):
    author, editor = make_author(session), make_user(session, role="editor")
    session.commit()
    server = Server(site.database.url)
    server.start()
    cookie = cookie_of(app, engine, editor.id)
    writers = [Writer(Person(server, cookie), author.id, f"Writer {number}") for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    chance = random.Random(7)
    for _ in range(KILLS):
        threading.Event().wait(chance.uniform(0.3, 1.2))
        server.kill()
        server.start()
    for writer in writers:
        writer.end()
    server.kill()
    assert_kept(engine, writers)
    assert {code for writer in writers for code in writer.person.answers} <= {200, 303, 503}


def assert_kept(engine, writers):
    """Everything acknowledged is there, with its history, and history replays to the present."""
    with Session(engine) as fresh:
        titles = set(fresh.scalars(select(Book.title)))
        acknowledged = {title for writer in writers for title in writer.acknowledged}
        assert acknowledged, "nothing was written"
        assert acknowledged <= titles
        created = fresh.scalar(select(func.count()).select_from(Change).where(Change.entity == "books"))
        assert created == len(titles)
        assert fresh.scalar(select(func.count()).select_from(ChangeSet).where(~ChangeSet.changes.any())) == 0
        assert replay.difference(fresh) == []
