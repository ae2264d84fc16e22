"""`hoso serve`, `hoso demo`, `hoso worker`: processes that run."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import click
from granian import Granian
from granian.constants import Interfaces

from api import worker as working
from api.config import ConfigError, settings_from_environment
from api.demo.drive import drive_demo
from api.demo.filling import fill_demo
from api.house import build_house
from dossiers.demonstration.world import DEMO_PASSWORD, demo_offices, load_demo
from dossiers.migrating import upgrade

CLOCK = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True)
@click.option("--demo", is_flag=True, help="Load fictitious data; pages and papers carry the word DEMO.")
@click.option("--clock", type=CLOCK, help="Demonstration only: a file with one ISO instant, read at each request.")
@click.option("--empty", is_flag=True, help="Demonstration without dossiers (always so with --clock).")
@click.option("--workers", default=1, show_default=True, help="Server processes (PostgreSQL only above 1).")
def serve(host: str, port: int, clock: Path | None, workers: int, *, demo: bool, empty: bool) -> None:
    """Bring the tables forward and serve the pages and the interface."""
    settings = settings_from_environment(demo=demo, clock_file=clock)
    if workers > 1 and settings.database_url.startswith("sqlite"):
        raise ConfigError("several server processes need PostgreSQL")
    upgrade(settings.database_url)
    if demo:
        os.environ["HOSO_DEMO"] = "1"
        if clock is not None:
            os.environ["HOSO_CLOCK_FILE"] = str(clock.resolve())
        _load_demo(host, port, clock, fill=not empty and clock is None)
    click.echo(f"hoso: http://{host}:{port}")
    Granian(
        "api.wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        backpressure=64,
        websockets=False,
        log_access=False,
    ).serve()


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo-out"), show_default=True)
def demo(out: Path) -> None:
    """Start a server and drive a dossier from the commune to the end of post-rehab over HTTP."""
    drive_demo(out)


@click.command()
def worker() -> None:
    """Do what time and committed work ask for, until stopped."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    working.run(build_house(settings_from_environment()), stop)


def _load_demo(host: str, port: int, clock: Path | None, *, fill: bool) -> None:
    house = build_house(settings_from_environment(demo=True, clock_file=clock))
    try:
        with house.database.transaction() as session:
            load_demo(session, house.sealer, at=house.now())
        if fill:
            click.echo("Preparing demonstration dossiers …")
            fill_demo(house)
    finally:
        house.database.dispose()
    click.echo(f"Demo accounts (password {DEMO_PASSWORD}) at http://{host}:{port}:")
    for username, role, body in demo_offices():
        click.echo(f"  {username:<24} {role:<12} {body}")
