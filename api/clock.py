"""Where the time comes from: the machine, or in demonstration mode a file that holds one instant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from api.config import ConfigError, Settings

Clock = Callable[[], datetime]


def clock_of(settings: Settings) -> Clock:
    """Return the clock of the installation; raises ConfigError when the clock file cannot be read."""
    if settings.clock_file is None:
        return lambda: datetime.now(UTC)
    path = settings.clock_file
    read_instant(path)
    return lambda: read_instant(path)


def read_instant(path: Path) -> datetime:
    """Return the instant a clock file holds, in UTC."""
    try:
        instant = datetime.fromisoformat(path.read_text(encoding="utf-8").strip())
    except (OSError, ValueError) as unreadable:
        raise ConfigError("the clock file must hold one ISO instant with a zone") from unreadable
    if instant.tzinfo is None:
        raise ConfigError("the instant in the clock file must carry a zone")
    return instant.astimezone(UTC)
