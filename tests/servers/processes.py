"""What every server started by the tests shares: free ports, waiting and ending.

Never mocks anything: a server that does not come up raises `ServerNotStartedError`
with the end of its log, so a test fails and is never skipped.
"""

import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

_LOG_CHARS_MAX = 4_000
_POLL_S = 0.05
_PORT_LOWEST = 20_000
_PORT_HIGHEST = 31_999  # below the ephemeral range of Linux, so no client socket takes a port first
_PORT_ATTEMPTS_MAX = 200


class ServerNotStartedError(RuntimeError):
    """A real server that a test needs did not start; the message ends with its log."""


def find_free_ports(count: int, *, companion_offset: int = 0) -> list[int]:
    """Return `count` different free loopback ports; with `companion_offset`, port + offset is free too."""
    found: list[int] = []
    candidates = random.sample(range(_PORT_LOWEST, _PORT_HIGHEST), _PORT_ATTEMPTS_MAX)
    for port in candidates:
        wanted = [port] if companion_offset == 0 else [port, port + companion_offset]
        if all(_is_free(each) for each in wanted):
            found.append(port)
        if len(found) == count:
            return found
    raise ServerNotStartedError(f"no {count} free ports among {_PORT_ATTEMPTS_MAX} tried")


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, *, timeout_s: float) -> None:
    """Return when `ready()` holds; raise ServerNotStartedError when the process ends or `timeout_s` passes."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerNotStartedError(f"the server ended with {process.returncode}:\n{read_log_end(log)}")
        if ready():
            return
        time.sleep(_POLL_S)
    raise ServerNotStartedError(f"the server was not ready after {timeout_s} s:\n{read_log_end(log)}")


def end_process(
    process: subprocess.Popen[bytes], *, ask: signal.Signals = signal.SIGTERM, wait_s: float = 10.0
) -> None:
    """Ask the process to end, wait `wait_s`, then kill that one process by its id."""
    if process.poll() is None:
        process.send_signal(ask)
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def read_log_end(log: Path) -> str:
    """Return the last lines of a server's log, or a note that there is none."""
    return log.read_text(errors="replace")[-_LOG_CHARS_MAX:] if log.exists() else "(no log)"


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
