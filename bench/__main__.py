"""`python -m bench [--quick]`: every benchmark, one JSON object a line, then a table.

Each value is a median beside the median of its floor from the same run; `--quick` only shows that all of it runs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import core, crowd, databases, deciding, processes
from bench.measuring import Row, table
from tests.servers.postgresql import start_postgresql

#: Decisions after which the memory is looked at: half a minute of them, and so many that --quick shows it runs.
DECISIONS, QUICK_DECISIONS = 1_000_000, 30_000
#: Dossiers among which pages are measured.
DOSSIERS, QUICK_DOSSIERS = 10_000, 80


def rows(folder: Path, *, quick: bool) -> Iterator[Row]:
    """Yield the benchmarks one by one."""
    fast, slow, starts = (20, 5, 1) if quick else (2000, 150, 3)
    yield deciding.decisions(slow)
    yield deciding.decision_memory(QUICK_DECISIONS if quick else DECISIONS)
    yield core.decision(fast)
    yield core.certificate(fast)
    yield from core.forms(slow)
    yield core.paper_set(slow)
    yield from databases.moves(folder / "sqlite", "SQLite", f"sqlite:///{folder}/bench.sqlite", slow)
    server = start_postgresql(borrow=False, durable=True)
    try:
        yield from databases.moves(folder / "postgresql", "PostgreSQL", server.create_fresh_database(), slow)
    finally:
        server.stop()
    yield from crowd.pages(folder / "crowd", QUICK_DOSSIERS if quick else DOSSIERS, slow)
    yield processes.start_up(folder, starts)
    yield processes.peak_memory(folder)


def main() -> None:
    """Measure, print, clean up."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that everything runs")
    arguments = parser.parse_args()
    # The demonstration clock and keys of the caller must not reach what is measured.
    for name in [name for name in os.environ if name.startswith("HOSO_")]:
        del os.environ[name]
    folder = Path(tempfile.mkdtemp(prefix="hoso-bench-"))
    done = []
    try:
        for row in rows(folder, quick=arguments.quick):
            done.append(row)
            print(row.to_json(), flush=True)
    finally:
        shutil.rmtree(folder)
    print(f"\n{table(done)}")
    print(f"\nOne core decides {1000 / done[0].value:,.0f} acts a second, of the story that `make demo` plays.")
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors; medians; floors from the same run.")


if __name__ == "__main__":
    main()
