"""A random walk by several people over the real screens: afterwards history replays to the present state, exactly.

`make soak` walks thousands of steps; `make test` some hundred.
"""

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.author import Author
from models.book import Book
from models.change import ChangeSet
from models.post import Post
from models.tag import Tag
from services import bulk, changes, merging
from services.unit_of_work import unit_of_work
from tests.factories import make_author, make_book, make_isbn, make_post
from tests.forms import read, send, submit
from tests.soak import replay

STEPS = int(os.environ.get("SOAK_STEPS", "120"))
MODELS: dict[str, Any] = {"authors": Author, "books": Book, "posts": Post, "tags": Tag}
ANSWERS = {200, 303, 404, 409, 422}


class Walk:
    """Three editors and an administrator, and the pages they have left open."""

    def __init__(self, app: Any, engine: Any, people: list[Any], seed: int) -> None:
        self.app, self.engine, self.people = app, engine, people
        self.random = random.Random(seed)
        self.open: list[tuple[Any, str, Any]] = []
        self.done: dict[str, int] = {}

    def step(self) -> None:
        name, act = self.random.choice(STEPS_OF_A_WALK)
        status = act(self)
        self.done[f"{name} {status}"] = self.done.get(f"{name} {status}", 0) + 1

    def person(self) -> Any:
        return self.random.choice(self.people)

    def some_id(self, entity: str) -> int | None:
        with Session(self.engine) as session:
            ids = session.scalars(select(MODELS[entity].id)).all()
        return self.random.choice(ids) if ids else None

    def word(self) -> str:
        return f"{self.random.choice(['Émile', 'Sea', '北京', 'a b', 'ß', 'Ω'])} {self.random.randrange(30)}"

    def values(self, entity: str) -> dict[str, Any]:
        choices: dict[str, Callable[[], dict[str, Any]]] = {
            "authors": lambda: self.some({"name": self.word(), "bio": self.word() * 3, "email": self.email()}),
            "books": lambda: self.some(
                {"title": self.word(), "price": f"{self.random.randrange(9999) / 100:.2f}", "isbn": self.isbn()}
                | {
                    "pages": str(self.random.randrange(1, 900)),
                    "published_on": f"20{self.random.randrange(10, 27)}-03-31",
                }
            ),
            "posts": lambda: self.some(
                {"title": self.word(), "content": self.word() * 9, "tags-add": f"t{self.random.randrange(6)}"}
            ),
            "tags": lambda: {"name": f"t{self.random.randrange(9)}"},
        }
        return choices[entity]()

    def some(self, values: dict[str, Any]) -> dict[str, Any]:
        names = self.random.sample(sorted(values), self.random.randint(1, len(values)))
        return {name: values[name] for name in names}

    def email(self) -> str:
        return self.random.choice(["", f"a{self.random.randrange(8)}@example.org"])

    def isbn(self) -> str:
        return self.random.choice(["", make_isbn(self.random.randrange(12))])


def create(walk: Walk) -> int:
    entity = walk.random.choice(list(MODELS))
    values = {"authors": {"name": walk.word()}, "tags": {"name": walk.word()}}.get(entity, {"title": walk.word()})
    if entity == "books":
        values |= {"author": walk.some_id("authors") or "", "price": "1"}
    if entity == "posts":
        values |= {"content": "x", "tags-add": walk.random.choice(["", "t1, t2", "T1"])}
    return answered(submit(walk.person(), f"/{entity}/new", values))


def edit(walk: Walk) -> int:
    entity = walk.random.choice(list(MODELS))
    record_id, person = walk.some_id(entity), walk.person()
    if record_id is None:
        return 0
    page = person.get(f"/{entity}/{record_id}/edit")
    if walk.random.random() < 0.4:
        walk.open.append((person, entity, page))
        return 1
    return save(walk, person, entity, page)


def save_an_old_page(walk: Walk) -> int:
    """A form opened some steps ago: merged, or settled on the page that shows both sides."""
    if not walk.open:
        return 0
    person, entity, page = walk.open.pop(walk.random.randrange(len(walk.open)))
    return save(walk, person, entity, page)


def save(walk: Walk, person: Any, entity: str, page: Any) -> int:
    answer = send(person, page, walk.values(entity))
    if answer.status_code == 409 and "__side" in answer.text:
        sides = [name for name in read(answer).form("version").names if name.endswith("__side")]
        answer = send(person, answer, {name: walk.random.choice(["mine", "theirs"]) for name in sides})
    return answered(answer)


def delete(walk: Walk) -> int:
    entity = walk.random.choice(list(MODELS))
    record_id, person = walk.some_id(entity), walk.person()
    if record_id is None:
        return 0
    page = person.get(f"/{entity}/{record_id}/delete")
    assert page.status_code == 200, page.text
    with Session(walk.engine) as session:
        name = str(session.get(MODELS[entity], record_id))
    form = read(page).form("version")
    ways = ["delete"] if entity == "tags" else ["delete", "delete", "retire"]
    choice = {"choice": walk.random.choice(ways)} if "choice" in form.names else {}
    typed = {"confirm": name} if "confirm" in form.names else {}
    return answered(send(person, page, {**choice, **typed} or {"version": form.value("version")}))


def change_many(walk: Walk) -> int:
    with walk.app.app_context(), unit_of_work() as session:
        changes.describe(session, "bulk", "changed many books")
        factor, least = walk.random.choice([2, 3]), walk.random.randrange(90)
        table = Book.__table__
        return bulk.change(
            session, Book, (table.c.price > least) & (table.c.price < 1000), {"price": table.c.price * factor}
        )


def merge_authors(walk: Walk) -> int:
    with walk.app.app_context(), unit_of_work() as session:
        pair = session.scalars(select(Author)).all()
        if len(pair) < 3:
            return 0
        winner, loser = walk.random.sample(list(pair), 2)
        merging.merge(session, winner, loser, {"bio": loser.bio})
        return 1


def undo(walk: Walk) -> int:
    with Session(walk.engine) as session:
        ids = session.scalars(select(ChangeSet.id).order_by(ChangeSet.id.desc()).limit(40)).all()
    person = walk.people[-1]
    token = read(person.get("/authors/new")).form("csrf_token").value("csrf_token")
    skip = {"skip": "1"} if walk.random.random() < 0.8 else {}
    return answered(person.post(f"/changes/{walk.random.choice(ids)}/undo", data={"csrf_token": token, **skip}))


def answered(answer: Any) -> int:
    assert answer.status_code in ANSWERS, (answer.status, answer.request.path, answer.text[-400:])
    return int(answer.status_code)


STEPS_OF_A_WALK: list[tuple[str, Callable[[Walk], int]]] = [
    *[("create", create)] * 3,
    *[("edit", edit)] * 6,
    *[("old page", save_an_old_page)] * 4,
    ("delete", delete),
    ("delete", delete),
    ("bulk", change_many),
    ("merge", merge_authors),
    *[("undo", undo)] * 4,
]


@pytest.mark.parametrize("seed", range(int(os.environ.get("SOAK_SEEDS", "2"))))
def test_history_replays_to_the_present_after_any_walk(app, engine, session, log_in_as, seed):
    for _ in range(3):
        make_book(session, author=make_author(session))
    make_post(session)
    session.commit()
    walk = Walk(app, engine, [*(log_in_as("editor") for _ in range(3)), log_in_as("admin")], seed)
    for number in range(STEPS):
        walk.step()
        if number % 20 == 19:
            with Session(engine) as fresh:
                assert replay.difference(fresh) == []
                assert replay.stale_keys(fresh) == []
    assert any(name.startswith("undo 303") for name in walk.done), walk.done
    assert any(name.startswith("edit 303") for name in walk.done), walk.done
