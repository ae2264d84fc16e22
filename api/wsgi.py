"""The application as a WSGI server starts it: settings from the environment, the embedded worker beside it."""

from __future__ import annotations

import os
from pathlib import Path

from api.app import create_app_in
from api.config import settings_from_environment
from api.house import build_house
from api.worker import start_embedded

_clock = os.environ.get("HOSO_CLOCK_FILE")
_house = build_house(settings_from_environment(clock_file=Path(_clock) if _clock else None))
with _house.database.reading() as _session:
    # The first officer of the day should not wait for what every decision needs.
    for _procedure in _house.law.procedures:
        _house.law.engine(_session, _procedure)
app = create_app_in(_house)
worker_stop = start_embedded(_house)
