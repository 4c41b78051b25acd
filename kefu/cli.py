"""`python -m kefu.cli …`: serve, train, migrate, check, price, import. The Makefile calls these."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import socket
import sys
from contextlib import suppress
from datetime import timedelta
from io import TextIOWrapper
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from kefu.clock import clock, local
from kefu.company.calendar import unpublished_years
from kefu.company.data import load_company
from kefu.company.tariffs import load_tariffs
from kefu.company.yaml_lines import DataProblem
from kefu.db.migrate import ForeignDatabase
from kefu.parent import end_with_parent
from kefu.settings import get_settings
from kefu.staff.service import ROLES

PROGRESS_EVERY = 10_000
AHEAD_DAYS = 60  # time limits of today reach about so far


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="kefu", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run the service until Ctrl-C")
    commands.add_parser("work", help="do jobs only (time limits, reminders, surveys), beside processes that serve")
    train = commands.add_parser("train", help="train the model if its data changed")
    train.add_argument("--force", action="store_true", help="train even if nothing changed")
    commands.add_parser("migrate", help="bring the database to this version's tables")
    commands.add_parser("check", help="check the company's data files")
    price = commands.add_parser(
        "price", help="price usage under tariffs: JSON lines in, JSON lines out (docs/tariffs.md)"
    )
    price.add_argument("file", type=Path)
    files = commands.add_parser(
        "import", help="write areas, places, accounts from CSV files, all or nothing (docs/network.md)"
    )
    files.add_argument("files", type=Path, nargs="+", metavar="FILE.csv")
    files.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
    staff = commands.add_parser("staff", help="add a member of staff, or give one a new password (asked for)")
    staff.add_argument("username")
    staff.add_argument("--name", required=True)
    staff.add_argument("--number", required=True, help="employee number (工号)")
    staff.add_argument("--role", choices=ROLES, default="agent")
    staff.add_argument("--unit", help="where they work: a code of company/organisation.yml")
    staff.add_argument("--desk", help="a desk of company/desks.yml")
    staff.add_argument(
        "--skill", action="append", dest="skills", help="electricity, billing, …; several times if need be"
    )
    given = parser.parse_args(arguments)
    try:
        return _do(given)
    except ValidationError as problem:
        wrong = [f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in problem.errors()]
        return _say("a setting is wrong", "\n      ".join(wrong))
    except ForeignDatabase as problem:
        return _say("this database cannot be used", str(problem))


def _do(given: argparse.Namespace) -> int:
    if given.command == "staff":
        return add_staff(given)
    if given.command == "price":
        return price_cases(given.file)
    if given.command == "import":
        return import_files(given.files, given.dry_run)
    handlers = {"serve": serve, "migrate": migrate_database, "check": check}
    if given.command == "work":
        from kefu.working import work

        return work(lambda: print("WORKING", flush=True))
    if given.command == "train":
        from kefu.engine.training import train_if_needed

        return train_if_needed(force=given.force)
    return handlers[given.command]()


def check() -> int:
    """Every problem of the company's files as file:line: reason."""
    folder = get_settings().company_dir
    try:
        company = load_company(folder)
    except DataProblem as problem:
        print("\n".join(problem.problems), file=sys.stderr)
        return 1
    print(f"{folder}: everything in order")
    today = local(clock.now()).date()
    for year in unpublished_years(company, today, today + timedelta(days=AHEAD_DAYS)):
        print(f"{folder / 'holidays.yml'}: note: nobody has published the holidays of {year}; counted Monday to Friday")
    return 0


def price_cases(file: Path) -> int:
    """An answer a line on stdout; 1 if a line could not be priced, 2 without a file or tariffs to read."""
    from kefu.billing.pricing.cases import answers

    try:
        book = load_tariffs(get_settings().company_dir)
        lines = file.read_text(encoding="utf-8-sig", errors="replace").split("\n")
    except DataProblem as problem:
        return _say("the company's tariffs cannot be read", "\n      ".join(problem.problems))
    except OSError as problem:
        return _say(f"{file} cannot be read: {problem.strerror}", "give a file of cases: make price DATA=cases.jsonl")
    if isinstance(sys.stdout, TextIOWrapper):  # half a character from a stranger is written as JSON writes it
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    wrong = done = 0
    for done, answer in enumerate(answers(lines, book), 1):
        print(json.dumps(answer, ensure_ascii=False))
        wrong += "error" in answer
        if done % PROGRESS_EVERY == 0:
            print(f"{done} of {len(lines)} lines", file=sys.stderr)
    if wrong:
        print(f"{wrong} of {done} cases could not be priced", file=sys.stderr)
    return 1 if wrong else 0


def migrate_database() -> int:
    from kefu.db.migrate import migrate
    from kefu.db.session import get_database

    migrate(get_database())
    return 0


def import_files(files: list[Path], dry: bool) -> int:
    """0: all written (or, dry, all in order); 1: nothing written, refused rows on stderr; 2: no database to write to."""
    from kefu.db.migrate import migrate
    from kefu.db.session import get_database
    from kefu.imports.run import import_files, report

    try:
        migrate(get_database())
        outcome = import_files(get_database(), files, lambda words: print(words, file=sys.stderr), dry)
    except (OperationalError, IntegrityError, DataError) as problem:
        return _say("the database refused, is busy or does not answer: nothing was written", str(problem.orig))
    print(report(outcome, dry), file=sys.stderr if outcome.refused else sys.stdout)
    return 1 if outcome.refused else 0


def add_staff(given: argparse.Namespace) -> int:
    """Write the member of staff; the password comes from the terminal or a pipe, never from the command line."""
    from kefu.db.migrate import migrate
    from kefu.db.session import get_database
    from kefu.feeding import FeedProblem
    from kefu.organisation.people import check_unit
    from kefu.staff.service import save_staff

    password = getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(password) < 8:
        return _say("the password is too short", "take at least 8 characters")
    try:
        check_unit(load_company(get_settings().company_dir), given.unit)
    except FeedProblem as problem:
        return _say("no such unit", str(problem))
    migrate(get_database())
    work = {"unit": given.unit, "desk": given.desk, "skills": given.skills}
    try:
        with get_database().write() as session:
            save_staff(session, given.username, given.name, given.number, given.role, password, **work)
    except IntegrityError:
        return _say(f"employee number {given.number} belongs to someone else", "give each person a number of their own")
    print(f"{given.username} ({given.role}) may sign in")
    return 0


def _say(problem: str, remedy: str) -> int:
    print(f"kefu: {problem}\n      {remedy}", file=sys.stderr)
    return 2


def _port_problem(host: str, port: int) -> str | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            return str(problem.strerror)
    return None


def serve() -> int:
    """Run until Ctrl-C or TERM; prints READY when a customer can chat."""
    settings = get_settings()
    problems = settings.problems()
    if problems:
        return _say("cannot start", "\n      ".join(problems))
    if check_quietly() is not None:
        return check()
    if not list(settings.model_dir.glob("*.tar.gz")):
        return _say(f"no trained model in {settings.model_dir}", "run `make train`")
    busy = _port_problem(settings.host, settings.port)
    if busy:
        return _say(f"port {settings.port}: {busy}", "stop what uses it, or choose another with PORT=8081")
    return _run(settings.host, settings.port)


def check_quietly() -> DataProblem | None:
    try:
        load_company(get_settings().company_dir)
    except DataProblem as problem:
        return problem
    return None


def _run(host: str, port: int) -> int:
    print("starting: loading the model …", flush=True)
    import warnings

    # third parties warn about each other while they are imported, and switch our filters off; our own are test errors
    warnings.showwarning = lambda *_, **__: None
    import uvicorn

    from kefu.app import create_app
    from kefu.log import configure_logging

    configure_logging(get_settings().log_level)
    if get_settings().end_with_parent:
        end_with_parent()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if not self.should_exit:
                print(f"READY http://{host}:{port}", flush=True)

    config = uvicorn.Config(
        create_app(),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
        ws="wsproto",  # Rasa's sanic keeps `websockets` below 11, too old for uvicorn
        ws_max_size=get_settings().socket_max_bytes,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,  # a small frame must not unpack into a large one
    )
    server = Server(config)
    with suppress(KeyboardInterrupt):  # uvicorn has stopped in order and only hands the Ctrl-C on
        server.run()
    return 0 if server.started else 3


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parent.parent)
    sys.exit(main())
