"""Whole processes: how long `hoso serve` needs until it is ready, and how much memory it takes at its peak."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from api.demo.client import HttpWire, Office
from api.demo.server import new_server
from bench.core import NOW
from bench.installation import OFFICER
from bench.measuring import MS, Row
from dossiers.demonstration.world import DEMO_PASSWORD

_BARE = "import flask, granian, sqlalchemy, transitions, docxtpl, marshmallow, minio, psycopg"
#: Not `getrusage`: its peak survives exec and would be ours.
_SAY_PEAK = "; print(open('/proc/self/status').read())"
_KIB_PER_MIB = 1024


def start_up(folder: Path, rounds: int) -> Row:
    """Measure from the command to /readyz on SQLite; floor: a Python that imports the same libraries."""
    took, least = [], []
    server = new_server(folder / "start", NOW)
    server.start()  # makes tables and demonstration
    server.stop()
    for _ in range(rounds):
        begin = time.perf_counter()
        server.start()
        took.append(time.perf_counter() - begin)
        server.stop()
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", _BARE], check=True)  # noqa: S603 - our own text
        least.append(time.perf_counter() - begin)
    floor_is = "Python importing the same libraries"
    return Row(
        "serve: until ready, SQLite",
        statistics.median(took) * MS,
        "ms",
        statistics.median(least) * MS,
        rounds,
        floor_is,
    )


def peak_memory(folder: Path) -> Row:
    """Return the peak memory of the serving process after a sign-in; floor: the same libraries imported."""
    server = new_server(folder / "memory", NOW)
    server.start()
    try:
        assert server.process is not None
        wire = HttpWire(server.url)
        Office(wire, OFFICER, DEMO_PASSWORD).sign_in()
        wire.close()
        peak = max(_peak_kib(pid) for pid in _family(server.process.pid))
    finally:
        server.stop()
    done = subprocess.run([sys.executable, "-c", _BARE + _SAY_PEAK], check=True, capture_output=True, text=True)  # noqa: S603 - our own text
    return Row(
        "peak memory of a serving process",
        peak / _KIB_PER_MIB,
        "MB",
        _peak_in(done.stdout) / _KIB_PER_MIB,
        1,
        "Python importing the same libraries",
    )


def _family(pid: int) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *map(int, children)]


def _peak_kib(pid: int) -> int:
    return _peak_in(Path(f"/proc/{pid}/status").read_text(encoding="ascii"))


def _peak_in(status: str) -> int:
    """Return the peak memory, in KiB, that the status of a process states."""
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1])
