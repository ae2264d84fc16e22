"""How long a name must wait after wrong passwords; computed from the failures alone.

Never reads a clock or a table.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

#: This many failures within the window start the pauses.
FAILURES_MAX: Final = 5
WINDOW: Final = timedelta(minutes=15)
PAUSE_FIRST: Final = timedelta(seconds=30)
#: Long enough to make guessing hopeless, short enough that nobody can keep an officer out of the files for long.
PAUSE_MAX: Final = timedelta(minutes=15)
#: How far back failures are looked at: who guesses slower than all pauses for this long gets a few tries more.
MEMORY: Final = timedelta(hours=24)


def paused_until(failures: Iterable[datetime]) -> datetime | None:
    """Return the end of the pause that the failures (oldest first, since the last success) lead to.

    FAILURES_MAX failures within WINDOW pause the name for PAUSE_FIRST; each failure within WINDOW after
    a pause doubles the next one, up to PAUSE_MAX; a quiet WINDOW forgets everything.
    """
    recent: list[datetime] = []
    pause, until = timedelta(0), None
    for failure in failures:
        if until is not None and failure - until >= WINDOW:
            recent, pause, until = [], timedelta(0), None
        recent = [*(earlier for earlier in recent if failure - earlier < WINDOW), failure]
        if until is not None or len(recent) >= FAILURES_MAX:
            pause = min(pause * 2 or PAUSE_FIRST, PAUSE_MAX)
            until = failure + pause
    return until
