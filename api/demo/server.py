"""Starts a real server in demonstration mode with a simulated clock, and stops it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import urllib3

START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.02


@dataclass
class DemoServer:
    """A server process on loopback, its folder and its clock file."""

    folder: Path
    port: int
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address of the server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Return the file that all output of the process goes to."""
        return self.folder / "server.log"

    @property
    def clock_file(self) -> Path:
        """Return the file that holds the simulated instant."""
        return self.folder / "clock"

    def set_clock(self, moment: datetime) -> None:
        """Let the server see another time from its next request on."""
        assert moment.tzinfo is not None
        fresh = self.clock_file.with_suffix(".new")
        fresh.write_text(moment.isoformat(), encoding="utf-8")
        fresh.replace(self.clock_file)

    def start(self) -> None:
        """Start the process and wait until it answers; raises RuntimeError with the log when it does not."""
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start the process and return at once."""
        command = [sys.executable, "-m", "api.cli", "serve", "--demo", "--clock", str(self.clock_file)]
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [*command, "--port", str(self.port)],
                env={**os.environ, **self.environment, "HOSO_HOME": str(self.folder / "home")},
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_ready(self) -> None:
        """Wait until the launched process answers; raises RuntimeError with the log when it does not."""
        assert self.process is not None
        pool = urllib3.PoolManager(retries=False, timeout=2.0)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                answer = pool.request("GET", f"{self.url}/readyz")
            except urllib3.exceptions.HTTPError:
                answer = None
            if answer is not None and answer.status == HTTPStatus.OK:
                pool.clear()
                return
            time.sleep(POLL_SECONDS)
        pool.clear()
        self.stop()
        raise RuntimeError(f"the server did not start:\n{self.log.read_text(errors='replace')[-4000:]}")

    def stop(self) -> None:
        """Ask the process to end, and make it end when it does not."""
        if self.process is None:
            return
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def kill(self) -> None:
        """End the process and its children at once, as a power cut would (SIGKILL)."""
        assert self.process is not None
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def new_server(folder: Path, first_instant: datetime, environment: Mapping[str, str] | None = None) -> DemoServer:
    """Return a server over `folder` that is not started yet, its clock at `first_instant`."""
    folder.mkdir(parents=True, exist_ok=True)
    server = DemoServer(folder, free_port(), environment or {})
    server.set_clock(first_instant)
    return server
