"""Does what time and committed work ask for: advances dossiers, raises alarms, runs deferred jobs.

Runs in a thread of an embedded server or as `hoso worker`; several may run at once, locks keep them apart.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from api.house import House
from dossiers.jobs import Handler, put_off, run_job, take_next
from dossiers.moves.advance import advance_all
from storage.errors import StorageError

log = logging.getLogger("hoso.worker")

#: What each kind of job does; rooms add theirs here.
HANDLERS: Mapping[str, Handler] = {}


def tick(house: House) -> int:
    """Let time act once and run every job that is due; return how many things were done."""
    with house.database.transaction() as session:
        moved, _ = advance_all(session, house.law, at=house.now())
    done = moved
    while _work_one(house):
        done += 1
    return done


def run(house: House, stop: threading.Event) -> None:
    """Tick until told to stop; a fault is logged and the next tick tries again."""
    while not stop.wait(house.settings.worker_seconds):
        try:
            tick(house)
        except (StorageError, OSError, ValueError) as fault:
            log.exception("tick failed: %s", type(fault).__name__)


def start_embedded(house: House) -> threading.Event | None:
    """Start the worker as a thread of this process; return the event that stops it, None when switched off."""
    if house.settings.worker_seconds <= 0:
        return None
    stop = threading.Event()
    threading.Thread(target=run, args=(house, stop), name="hoso-worker", daemon=True).start()
    return stop


def _work_one(house: House) -> bool:
    with house.database.transaction() as session:
        job = take_next(session, at=house.now())
        if job is None:
            return False
        try:
            with session.begin_nested():
                run_job(session, job, HANDLERS, at=house.now())
        except Exception as error:
            log.exception("job %s failed", job.kind)
            put_off(job, error, at=house.now())
        return True
