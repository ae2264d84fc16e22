"""Where the time comes from: the machine; in demonstration a file with one instant, or the machine put ahead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.config import ConfigError, Settings

Clock = Callable[[], datetime]


def clock_of(settings: Settings) -> Clock:
    """Return the clock of the installation; raises ConfigError when the clock file cannot be read."""
    if settings.clock_file is not None:
        path = settings.clock_file
        read_instant(path)
        return lambda: read_instant(path)
    if settings.trial_clock is not None:
        kept = settings.trial_clock
        return lambda: datetime.now(UTC) + _ahead(kept)
    return lambda: datetime.now(UTC)


def put_ahead(settings: Settings, step: timedelta) -> None:
    """Put the time of a demonstration ahead for every process that serves it; never back."""
    assert settings.trial_clock is not None
    assert step > timedelta()
    total = _ahead(settings.trial_clock) + step
    written = settings.trial_clock.with_suffix(".new")
    written.write_text(str(int(total.total_seconds())), encoding="ascii")
    written.replace(settings.trial_clock)


def read_instant(path: Path) -> datetime:
    """Return the instant a clock file holds, in UTC."""
    try:
        instant = datetime.fromisoformat(path.read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as unreadable:
        raise ConfigError("the clock file must hold one ISO instant with a zone") from unreadable
    if instant.tzinfo is None:
        raise ConfigError("the instant in the clock file must carry a zone")
    return instant.astimezone(UTC)


def _ahead(kept: Path) -> timedelta:
    try:
        return timedelta(seconds=int(kept.read_text(encoding="ascii")))
    except FileNotFoundError:
        return timedelta()
