"""The commands: flask serve, worker, users, import, export, demo; and what flask shell has at hand."""

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qsl

import click
from flask import Flask, current_app, g
from flask.cli import AppGroup, ScriptInfo, pass_script_info, with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.datastructures import MultiDict

import serving
from admin.export import FORMATS, snapshot
from admin.imports import command
from admin.imports.check import Found
from admin.imports.plan import Plan
from admin.query import BadQuery
from admin.registry import by_entity
from admin.resource import Resource
from admin.screens import export as exporting
from config import Config
from demo import load
from demo.progress import bar
from extensions import db, ran_out_of_room
from models.base import Record, now
from models.text import clean
from models.user import Role, Theme, User
from policy import Person
from services import sign_in
from services.shape import Unreadable
from services.unit_of_work import Conflict, Refused, unit_of_work

users = AppGroup("users", help="People who may sign in.")


def register(app: Flask) -> None:
    for one in (users, serve, worker, import_, export, demo):
        app.cli.add_command(one)
    app.shell_context_processor(lambda: {"app": app, **at_hand()})


def at_hand() -> dict[str, Any]:
    """What flask shell knows: every model by its name, the database and `select`."""
    models = {mapper.class_.__name__: mapper.class_ for mapper in Record.registry.mappers}
    return {**models, "db": db, "select": select}


# Serve


@click.command()
@pass_script_info
def serve(info: ScriptInfo) -> None:
    """Bring the database up to date, print a sign-in link and serve."""
    app = info.load_app()
    config: Config = app.config["COLOPHON"]
    try:
        serving.refuse_taken_port(config)
    except serving.PortTaken as taken:
        raise click.ClickException(f"{taken} Choose another, for example PORT={config.port + 1}.") from None
    with app.app_context():
        token = serving.prepare(None if config.is_production else load.load)
        db.session.remove()
        db.engine.dispose()  # connections do not survive the fork
    announce(config, token)
    serving.Server(app).run()


def announce(config: Config, token: str | None) -> None:
    click.echo(f"\n  Colophon runs on {home(config)} (Ctrl-C ends it).")
    if token:
        click.echo(f"  Sign in as an administrator, once, within an hour:\n\n    {link_address(config, token)}\n")
    else:
        click.echo("  For somebody who is to sign in: flask users create NAME --email E --role admin\n")


def home(config: Config) -> str:
    """Where a browser on this machine finds us."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(config.host)  # noqa: S104  compared, not bound
    return f"http://{host}:{config.port}" if host else f"http://{serving.address(config)}"


def link_address(config: Config, token: str) -> str:
    if config.is_production and config.trusted_hosts:
        return f"https://{config.trusted_hosts[0]}/login/link/{token}"
    return f"{home(config)}/login/link/{token}"


# Jobs

BEHIND_PAGES = 10  # how much rather the processor serves pages


@click.command()
@click.option("--parent", type=int, hidden=True, help="End when this process, which started it, has ended.")
@pass_script_info
def worker(info: ScriptInfo, parent: int | None) -> None:
    """Do the jobs and what goes by the clock, until Ctrl-C or SIGTERM."""
    jobs: Any = import_module("jobs")  # brings DBOS along, which no other command needs
    os.nice(BEHIND_PAGES)
    doing = jobs.Worker(info.load_app())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: doing.stop.set())
    doing.run(lambda: parent is not None and os.getppid() != parent)


# Files


@click.command("export")
@click.argument("resource")
@click.argument("query", default="")
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="csv", show_default=True)
@click.option("--output", "-o", type=click.File("wb"), default="-", help="A file; standard output without it.")
@with_appcontext
def export(resource: str, query: str, format_: str, output: IO[bytes]) -> None:
    """Write a list to a file. QUERY is what stands behind «?» in the list's address: "status=active&sort=-price"."""
    try:
        wanted = exporting.read(resource_named(resource), MultiDict(parse_qsl(query.removeprefix("?"))))
        with snapshot(db.session()):
            report = bar(sys.stderr)
            total = exporting.count(db.session(), wanted)
            number = FORMATS[format_].write(db.session(), wanted, output, lambda done: report(resource, done, total))
    except (BadQuery, Refused) as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"{number:,} {resource}.", err=True)


def resource_named(entity: str) -> Resource:
    shown = by_entity()
    if entity not in shown:
        raise click.ClickException(f"There is no list of {entity}; there are {', '.join(shown)}.")
    return shown[entity]


@click.command("import")
@click.argument("resource")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--map", "mapped", multiple=True, metavar="COLUMN=FIELD", help="Where a column goes; no field skips it.")
@click.option("--match", default="", metavar="FIELD", help="What finds records: id, isbn, email …, none; else guessed.")
@click.option("--mode", type=click.Choice(["both", "create", "update"]), default="both", show_default=True)
@click.option("--create", multiple=True, metavar="FIELD", help="A reference whose missing records are made.")
@click.option("--fixed", multiple=True, metavar="FIELD=TEXT", help="What every row has in a field.")
@click.option("--last-wins", is_flag=True, help="Of rows with the same key the last counts, not the first.")
@click.option("--partial", is_flag=True, help="Leave out bad rows instead of importing nothing.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--encoding", help="Of a text; guessed without it.")
@click.option("--report", "report_", type=click.File("w", encoding="utf-8"), help="A file for all bad rows, as CSV.")
@with_appcontext
def import_(
    resource: str, file: Path, mapped: Sequence[str], fixed: Sequence[str], encoding: str | None, **how: Any
) -> None:
    """Bring a CSV, TSV, XLSX or JSON file into the catalogue. FILE «-» is standard input."""
    g.person = Person(0, 0, "command", "command line", Role.ADMIN, Theme.SYSTEM)
    decided = Plan(**{name: how[name] for name in ("match", "mode", "create", "last_wins")})
    source = sys.stdin.buffer if str(file) == "-" else file
    try:
        wanted, report = resource_named(resource), bar(sys.stderr)
        with command.opened(source, encoding) as opened:
            plan = command.plan(wanted, opened, mapped, fixed, decided)
            found = command.look(db.session(), wanted, opened, plan, report)
            click.echo(f"{opened.name}: {command.counts(found)}")
            say_what_is_bad(opened, found, how["report_"])
            is_wanted = not how["dry_run"] and (how["partial"] or not found.invalid)
            if is_wanted:
                click.echo(command.carry_out(wanted, opened, plan, found, how["partial"], report))
    except (Unreadable, command.Unknown, Refused, Conflict) as problem:
        raise click.ClickException(str(problem)) from None
    except OperationalError as trouble:
        full = ran_out_of_room(trouble)
        reason = "The disk of the database is full." if full else f"The database is in trouble: {trouble.orig}."
        raise click.ClickException(f"{reason} Nothing was imported.") from None
    except OSError as trouble:
        raise click.ClickException(f"{trouble.strerror or trouble}. Nothing was imported.") from None
    if found.invalid and not how["partial"]:
        raise click.ClickException("Nothing was imported: mend the bad rows, or leave them out with --partial.")


NAMED = 50  # bad cells that are printed


def say_what_is_bad(opened: command.File, found: Found, into: IO[str] | None) -> None:
    """The first of it; all of it goes into the report."""
    if not found.invalid:
        return
    for row, column, text, reason, proposal in islice(command.bad_rows(opened), NAMED):
        likely = f" Perhaps {proposal}?" if proposal else ""
        click.echo(f"  row {row}, {column or 'as a whole'}: {text[:60]!r}: {reason}{likely}")
    if into is not None:
        command.write_report(opened, into)
    elif found.invalid > NAMED:
        click.echo("  … --report FILE writes all of it.")


# The demo catalogue


@click.command("demo")
@click.option("--books", type=click.IntRange(1), help="Invent this many books, with authors, users and posts.")
@with_appcontext
def demo(books: int | None) -> None:
    """Add the demo catalogue, or a large invented one."""
    invented: Any = import_module("demo.generate")  # large, and servers never need it
    try:
        if books is not None and serving.nobody():
            with unit_of_work() as session:
                invented.check_room(session, books)
                load.load(session)  # the people of an empty database: among the invented ones nobody rules
        with unit_of_work() as session:
            added = load.load(session) if books is None else invented.generate(session, books, report=bar(sys.stderr))
    except Refused:
        raise click.ClickException("Some of it is in this database already, so nothing was added.") from None
    except ValueError as problem:
        raise click.ClickException(str(problem)) from None
    click.echo("Added " + ", ".join(f"{number:,} {table}" for table, number in added.items()) + ".")


# Users


@users.command("create")
@click.argument("name")
@click.option("--email", required=True, help="An address that nobody else has.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
def create_user(name: str, email: str, role: str) -> None:
    """Add a user. There is no password: he signs in by a link and may set one himself."""
    try:
        username, address = fitting(User.username, clean(name)), fitting(User.email, clean(email))
        with unit_of_work() as session:
            session.add(User(username=username, email=address, role=Role(role)))
    except ValueError as problem:
        raise click.ClickException(str(problem)) from None
    except Refused as refusal:
        raise click.ClickException(explained(refusal, name, email)) from None
    click.echo(f"{username} is now {role}. To sign in: flask users link {username}")


def fitting(attr: InstrumentedAttribute[str], text: str) -> str:
    """The text when it fits its column, which SQLite does not check. Raises ValueError."""
    if not 0 < len(text) <= attr.type.length:
        raise ValueError(f"The {attr.key} has 1 to {attr.type.length} characters.")
    return text


def explained(refusal: Refused, name: str, email: str) -> str:
    """The refusal as somebody at a terminal needs it."""
    if refusal.clash and refusal.field == "username":
        return f"There is a user {name} already. For a sign-in link: flask users link {name}"
    if refusal.clash and refusal.field == "email":
        return f"Somebody else has the address {email} already."
    return refusal.message


@users.command("link")
@click.argument("name")
def link(name: str) -> None:
    """Print a link that signs this user in, once, within an hour."""
    config: Config = current_app.config["COLOPHON"]
    with unit_of_work() as session:
        account = sign_in.find(session, name)
        token = sign_in.make_link(session, account.user_id, now(), config) if account.user_id is not None else None
    if token is None:
        raise click.ClickException(
            f"There is no active user {name}. To add one: flask users create {name} --email E --role R"
        )
    click.echo(link_address(config, token))
