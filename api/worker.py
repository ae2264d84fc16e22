"""Does what time and committed work ask for: advances dossiers, raises alarms, runs deferred jobs.

Runs in a thread of an embedded server or as `hoso worker`; several may run at once, locks keep them apart.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from api.house import House
from api.keeping import log_signer
from api.mailing import mail_next
from dossiers.evidence.log.checkpoints import CHECKPOINT, take_checkpoint
from dossiers.evidence.sweeping import ORPHAN_AGE, SWEEP, sweep_orphans
from dossiers.jobs import AT_ONCE, defer_once, put_off, run_job, take_next
from dossiers.moves.advance import advance_all
from dossiers.moves.recount import RECOUNT_ALL, RECOUNT_ONE, plan_recounts, recount_one
from dossiers.papers.print_versions import print_next
from dossiers.reminders.operations import REMIND_ALL, next_morning, plan_reminders
from storage.database import after_commit
from storage.errors import StorageError

log = logging.getLogger("hoso.worker")

#: What one kind of job does: given the house, the job's transaction, its payload and the moment.
HouseHandler = Callable[[House, Session, Mapping[str, Any], datetime], None]
_SWEEP_EVERY = timedelta(days=1)
_CHECKPOINT_EVERY = timedelta(hours=1)


def _sweep(house: House, session: Session, _payload: Mapping[str, Any], _at: datetime) -> None:
    """Sweep once the job is committed: looking through a store takes longer than a transaction may."""
    # The store keeps the machine's time, also while a demonstration pretends another.
    stored_before = datetime.now(UTC) - ORPHAN_AGE
    after_commit(session, partial(sweep_orphans, house.database, house.store, stored_before=stored_before))


def _plan_recounts(house: House, session: Session, payload: Mapping[str, Any], at: datetime) -> None:
    plan_recounts(session, house.law, payload, at=at)


def _recount_one(house: House, session: Session, payload: Mapping[str, Any], at: datetime) -> None:
    recount_one(session, house.law, payload, at=at)


def _plan_reminders(_house: House, session: Session, _payload: Mapping[str, Any], at: datetime) -> None:
    plan_reminders(session, at=at)


def _checkpoint(house: House, session: Session, _payload: Mapping[str, Any], at: datetime) -> None:
    assert house.settings.log_key is not None
    take_checkpoint(session, log_signer(house.settings.log_key), at=at)


#: What each kind of job does; rooms add theirs here.
HANDLERS: Mapping[str, HouseHandler] = MappingProxyType(
    {
        SWEEP: _sweep,
        RECOUNT_ALL: _plan_recounts,
        RECOUNT_ONE: _recount_one,
        REMIND_ALL: _plan_reminders,
        CHECKPOINT: _checkpoint,
    }
)


def tick(house: House) -> int:
    """Let time act once and run every job that is due; return how many things were done."""
    done = advance_all(house.database, house.law, at=house.now())
    while _work_one(house):
        done += 1
    return done


def run(house: House, stop: threading.Event) -> None:
    """Tick until told to stop; a fault is logged and the next tick tries again."""
    started = False
    while not stop.wait(house.settings.worker_seconds):
        try:
            _plan(house, starting=not started)
            started = True
            tick(house)
            _meanwhile(house, stop)
        except (StorageError, OSError, ValueError) as fault:
            log.exception("tick failed: %s", type(fault).__name__)


def start_embedded(house: House) -> threading.Event | None:
    """Start the worker as a thread of this process; return the event that stops it, None when switched off."""
    if house.settings.worker_seconds <= 0:
        return None
    stop = threading.Event()
    threading.Thread(target=run, args=(house, stop), name="hoso-worker", daemon=True).start()
    return stop


def _plan(house: House, *, starting: bool = False) -> None:
    """See to it that the work that comes round by itself is asked for.

    A release may bring days off that were announced since the one before: at the start limits are counted again.
    """
    with house.database.transaction() as session:
        if starting:
            defer_once(session, RECOUNT_ALL, at=house.now(), run_at=AT_ONCE)
        defer_once(session, SWEEP, at=house.now(), run_at=house.now() + _SWEEP_EVERY)
        if house.settings.log_key is not None:
            defer_once(session, CHECKPOINT, at=house.now(), run_at=house.now() + _CHECKPOINT_EVERY)
        if house.settings.mail_url is not None:
            defer_once(session, REMIND_ALL, at=house.now(), run_at=next_morning(house.now()))


def _meanwhile(house: House, stop: threading.Event) -> None:
    """Send mails and make prints until the next tick is due: both take seconds and must not hold time up."""
    until = time.monotonic() + house.settings.worker_seconds
    while not stop.is_set() and (mail_next(house) or print_next(house.database, house.store, at=house.now())):
        if time.monotonic() >= until:
            return


def _work_one(house: House) -> bool:
    with house.database.transaction() as session:
        job = take_next(session, at=house.now(), kinds=HANDLERS)
        if job is None:
            return False
        try:
            with session.begin_nested():
                handlers = {kind: partial(handler, house) for kind, handler in HANDLERS.items()}
                run_job(session, job, handlers, at=house.now())
        except Exception as error:
            log.exception("job %s failed", job.kind)
            put_off(job, error, at=house.now())
        return True
