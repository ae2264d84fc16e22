"""`hoso audit`: whether rows, diaries and papers agree; checkpoints of the log, and what witnesses do with them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from api.cli.bodies import body_of
from api.cli.output import json_option, show
from api.config import ConfigError, settings_from_environment
from api.keeping import log_signer, read_key, write_key
from api.log_json import checkpoint_json, for_witness
from dossiers.errors import NotFoundError
from dossiers.evidence.folding import dossier_problems
from dossiers.evidence.log.checkpoints import (
    add_cosignature,
    checkpoints,
    cosignatures_of,
    note_of,
    take_checkpoint,
    trust_witness,
)
from dossiers.evidence.log.notes import COSIGNS, NoteError, Signer, new_signer, read_verifier
from dossiers.evidence.log.verifying import kept_problems, log_problems
from dossiers.evidence.log.witness import cosign as cosigned
from dossiers.evidence.missing import damaged_objects, missing_objects
from dossiers.files.models import Dossier
from dossiers.papers.outgoing import register_problems
from storage.database import Database, open_database
from storage.objects import open_store

FILE = click.Path(dir_okay=False, path_type=Path)
_ALL = 1_000_000_000


@click.group()
def audit() -> None:
    """Check that what is stored is what was written."""


@audit.command("verify")
@click.option("--dossier", "number", help="Only the dossier with this number.")
@click.option("--kept", type=FILE, multiple=True, help="A checkpoint that was kept elsewhere; may be given many times.")
@click.pass_context
def verify(context: click.Context, number: str | None, kept: tuple[Path, ...]) -> None:
    """Recount every chain, fold every diary, look for every named object, number and leaf; exit 1 for any problem."""
    settings = settings_from_environment()
    database, store = open_database(settings.database_url), open_store(settings.storage_url)
    problems: list[str] = []
    try:
        with database.reading() as session:
            query = select(Dossier).order_by(Dossier.number)
            rows = session.scalars(query if number is None else query.where(Dossier.number == number)).all()
            if number is not None and not rows:
                raise NotFoundError
            for row in rows:
                problems += [f"{row.number}: {problem}" for problem in dossier_problems(session, row)]
            if number is None:
                problems += [f"storage: {key} is named but not there" for key in missing_objects(session, store)]
                problems += [f"storage: {key} is not what it was" for key in damaged_objects(session, store)]
                problems += [f"numbers: {problem}" for problem in register_problems(session)]
                log = _signer().verifier
                problems += log_problems(session, log)
                problems += kept_problems(session, log, [path.read_text(encoding="utf-8") for path in kept])
    finally:
        database.dispose()
    for problem in problems:
        click.echo(problem, err=True)
    click.echo(f"{len(rows)} dossiers, {len(problems)} problems")
    if problems:
        context.exit(1)


@audit.command("checkpoint")
def checkpoint() -> None:
    """Put every diary that went on into the log, sign it, and print the signed note."""
    with _database() as database, database.transaction() as session:
        made = take_checkpoint(session, _signer(), at=datetime.now(UTC))
        if made is None:
            raise ConfigError("there is no diary yet")
        click.echo(note_of(made, cosignatures_of(session, [made.size]).get(made.size, ())), nl=False)


@audit.command("checkpoints")
@click.option("--after", default=0, help="Only those of more leaves.")
@json_option
def list_checkpoints(after: int, *, as_json: bool) -> None:
    """List the checkpoints: leaves, time, root and who countersigned."""
    with _database() as database, database.reading() as session:
        found = checkpoints(session, after=after, limit=_ALL)
        signed = cosignatures_of(session, [each.size for each in found])
        value = [checkpoint_json(each, signed.get(each.size, ())) for each in found]
    lines = [f"{each['size']}\t{each['at']}\t{each['root']}\t{', '.join(each['witnesses']) or '-'}" for each in value]
    show(value, as_json=as_json, lines=lines)


@audit.command("prove")
@click.option("--since", default=0, help="Leaves of the checkpoint that the witness remembers; 0: none.")
def prove(since: int) -> None:
    """Print the newest checkpoint with the proof that an earlier one leads to it, for a witness (JSON)."""
    with _database() as database, database.reading() as session:
        click.echo(json.dumps(for_witness(session, since), indent=2))


@audit.command("log-key")
def log_key() -> None:
    """Print the public key of the log: what witnesses and checkers know it by."""
    click.echo(str(_signer().verifier))


@audit.command("witness-key")
@click.argument("name")
@click.option("--out", type=FILE, required=True, help="Where the secret half is kept; never over another file.")
def witness_key(name: str, out: Path) -> None:
    """Make a witness's key, for the body that keeps it; print the public half."""
    if out.exists():
        raise ConfigError("there is a file of that name already")
    try:
        signer = new_signer(name, COSIGNS)
    except NoteError as wrong:
        raise ConfigError(str(wrong)) from wrong
    write_key(out, signer)
    click.echo(str(signer.verifier))


@audit.command("trust")
@click.argument("key")
@click.option("--body", "code", required=True, help="The body that keeps the key.")
def trust(key: str, code: str) -> None:
    """Let a witness's key countersign checkpoints."""
    with _database() as database, database.transaction() as session:
        trust_witness(session, key, body_of(session, code, datetime.now(UTC)), at=datetime.now(UTC))
    click.echo("ok")


@audit.command("cosign")
@click.argument("file", type=click.File())
@click.option("--key", type=FILE, required=True, help="The witness's key.")
@click.option("--log", "log_line", required=True, help="The public key of the log, as first received.")
@click.option("--memory", type=FILE, required=True, help="Where the witness remembers the checkpoint it signed last.")
def cosign(file: Any, key: Path, log_line: str, memory: Path) -> None:  # noqa: ANN401 - an opened file
    """As a witness: sign the checkpoint of FILE if the remembered one leads to it; needs no database."""
    signer = read_key(key, COSIGNS)
    remembered = memory.read_text(encoding="utf-8") if memory.exists() else None
    try:
        said = json.load(file)
        proof = [bytes.fromhex(step) for step in (said["proof"] or {}).get("hashes", ())]
        line = cosigned(signer, read_verifier(log_line), remembered, str(said["note"]), proof, seconds=int(time.time()))
    except (NoteError, ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise ConfigError(str(wrong) if isinstance(wrong, NoteError) else "the file is no checkpoint") from wrong
    memory.write_text(str(said["note"]), encoding="utf-8")
    click.echo(line, nl=False)


@audit.command("accept")
@click.argument("size", type=int)
@click.argument("line")
def accept(size: int, line: str) -> None:
    """Keep the line that a witness signed under the checkpoint of SIZE leaves."""
    with _database() as database, database.transaction() as session:
        add_cosignature(session, size, line.rstrip("\n") + "\n")
    click.echo("ok")


def _signer() -> Signer:
    path = settings_from_environment().log_key
    assert path is not None
    return log_signer(path)


@contextmanager
def _database() -> Iterator[Database]:
    database = open_database(settings_from_environment().database_url)
    try:
        yield database
    finally:
        database.dispose()
