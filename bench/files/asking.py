"""`python -m bench.files.asking FILE USER`: ask for an import of the file as the screens do; prints which job it is."""

import os
import shutil
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from flask import g
from sqlalchemy import select

from admin.imports.check import check
from admin.imports.guessing import guess
from admin.imports.plan import Plan
from admin.registry import RESOURCES
from admin.screens import import_job, imports
from app import create_app
from config import Config
from models.base import now
from models.upload import Upload
from models.user import User
from services import tabular
from services.unit_of_work import unit_of_work
from services.work import person_of


def ask(file: Path, name: str) -> int:
    resource = next(one for one in RESOURCES.values() if one.entity == "books")
    with unit_of_work() as session:
        user = session.scalars(select(User.id).where(User.username == name)).one()
        g.person = person_of(session, user)
        shape = tabular.look(file, file.name)
        plan = Plan(places=guess(resource, tabular.header(file, shape), []), match="isbn")
        upload = Upload(
            entity="books",
            actor_id=user,
            actor=name,
            name=file.name,
            size=file.stat().st_size,
            digest="",
            shape=asdict(shape),
            layout="",
            plan=plan.as_json(),
            expires_at=now() + timedelta(days=1),
        )
        session.add(upload)
        session.flush()
        path = imports.path_of(upload)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, path)
        found = check(session, path, shape, resource, plan, lambda done: None, path.with_suffix(".ledger"))
        upload.found = found.as_json()
        return import_job.enqueue(session, upload, "run").id


if __name__ == "__main__":
    with create_app(Config.from_environment(os.environ)).app_context():
        print(ask(Path(sys.argv[1]), sys.argv[2]))
