"""Officers who keep working while the server dies: every request is sent again, unchanged, until it is answered.

Knows the interface only.  Keeps every answer, so that what was promised can be held against what is stored.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import urllib3

from api.demo.client import HttpWire, RefusedError, Reply
from api.demo.drive import ADULT
from api.demo.story import Play, Stage, Step, load_story

ANSWER_SECONDS = 180.0
PAUSE_SECONDS = 0.05
LOST_ANSWERS = 0.15
#: The last act before the story waits for days to pass.
LAST_MOVE = "serve_notice"


@dataclass(frozen=True)
class Answered:
    """A write that was answered with success: what was asked, under which key, and the answer."""

    path: str
    key: str
    body: Any


@dataclass
class StubbornWire:
    """Sends a request again, byte for byte, until somebody answers; threads share it."""

    http: HttpWire
    #: Decides which answers to writes never reach their client, as when a network breaks off.
    rng: random.Random
    answered: list[Answered] = field(default_factory=list)
    #: How often nobody answered, the service was not ready, an answer was lost on its way or was a replay.
    seen: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Send until answered; raises TimeoutError after ANSWER_SECONDS."""
        until = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < until:
            try:
                reply = self.http.send(method, path, headers, body)
            except urllib3.exceptions.HTTPError:
                self._count("unanswered")
            else:
                if reply.status == HTTPStatus.SERVICE_UNAVAILABLE:
                    self._count("not ready")
                elif "Idempotency-Key" in headers and self._is_lost():
                    self._count("lost")
                    continue
                else:
                    self._keep(method, path, headers, reply)
                    return reply
            time.sleep(PAUSE_SECONDS)
        raise TimeoutError(f"{method} {path}: no answer in {ANSWER_SECONDS} s")

    def _is_lost(self) -> bool:
        with self._lock:
            return self.rng.random() < LOST_ANSWERS

    def _count(self, what: str) -> None:
        with self._lock:
            self.seen[what] += 1

    def _keep(self, method: str, path: str, headers: Mapping[str, str], reply: Reply) -> None:
        with self._lock:
            self.seen["answered"] += 1
            if "Idempotent-Replay" in reply.headers:
                self.seen["replayed"] += 1
            if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                self.faults.append(f"{method} {path}: {reply.status} {reply.data[:500]!r}")
            if method == "POST" and reply.status in (HTTPStatus.OK, HTTPStatus.CREATED) and path != "/api/v1/tokens":
                self.answered.append(Answered(path, headers["Idempotency-Key"], reply.json()))


def steps_written_down_late() -> list[Step]:
    """Return the beginning of the story, each act dated as told but recorded whenever the clients get to it.

    Without its waits: the service lets time act before each act anyway.
    """
    steps: list[Step] = []
    at = None
    for step in load_story("adult"):
        at = step.get("at", at)
        if "wait" not in step:
            dated = {} if "form" in step or "scan" in step else {"occurred_at": at}
            steps.append({name: value for name, value in step.items() if name != "at"} | dated)
        if step.get("move") == LAST_MOVE:
            return steps
    raise AssertionError(f"the story has no {LAST_MOVE}")


@dataclass
class Crew:
    """Clients that each take one dossier after another through the steps, until told to stop."""

    stage: Stage
    steps: Sequence[Step]
    clients: int
    stop: threading.Event = field(default_factory=threading.Event)
    failures: list[BaseException] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Sign every office in, then let the clients go to work."""
        for username in dict.fromkeys(
            str(step[who]) for step in self.steps for who in ("by", "signed_by") if who in step
        ):
            self.stage.office(username).sign_in()
        self.stage.body("CAX-99001")
        for number in range(self.clients):
            thread = threading.Thread(target=self._work, args=(number,), name=f"client-{number}")
            thread.start()
            self._threads.append(thread)

    def finish(self) -> None:
        """Let every client end the step it is at; afterwards no request is left open."""
        self.stop.set()
        for thread in self._threads:
            thread.join(2 * ANSWER_SECONDS)
            assert not thread.is_alive(), thread.name

    def _work(self, client: int) -> None:
        dossiers = 0
        try:
            while not self.stop.is_set():
                person = {**ADULT, "id_number": f"0992{client:02d}{dossiers:06d}", "relatives": []}
                self._carry(Play(self.stage, person))
                dossiers += 1
        except BaseException as failure:  # noqa: BLE001 - handed to the test, which fails with it
            self.failures.append(failure)

    def _carry(self, play: Play) -> None:
        for step in self.steps:
            if self.stop.is_set():
                return
            while True:
                try:
                    play.play(step)
                except RefusedError as refused:
                    # The clock acted between reading and writing: read again, as an officer would.
                    if refused.reply.status == HTTPStatus.PRECONDITION_FAILED:
                        continue
                    raise
                break
