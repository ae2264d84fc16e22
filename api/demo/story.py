"""Plays a story: a TOML list of what each office does and when, from the commune to the end of post-rehab.

The same story drives `hoso demo` over HTTP, fills the demonstration with dossiers in many states, and sets up
tests; it uses nothing but the programming interface.
"""

from __future__ import annotations

import re
import time
import tomllib
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any

from api.demo.client import Office, Wire
from api.demo.papers import demo_scan

Step = Mapping[str, Any]
SetClock = Callable[[datetime], None]
#: Seconds to wait for what the clock brings about by itself.
WAIT_SECONDS = 20.0
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_DAY = re.compile(r"20\d\d-\d\d-\d\d(T\d\d:\d\d:\d\d[+-]\d\d:\d\d)?$")


def load_story(name: str) -> tuple[Step, ...]:
    """Return the steps of a story that ships with the program."""
    text = files("api.demo").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["step"])


@dataclass
class Stage:
    """Where a story is played: the wire, the password of the demo accounts, the clock."""

    wire: Wire
    password: str
    set_clock: SetClock
    _offices: dict[str, Office] = field(default_factory=dict)
    _bodies: dict[str, str] = field(default_factory=dict)

    def office(self, username: str) -> Office:
        """Return the account `username`, signed in once."""
        if username not in self._offices:
            self._offices[username] = Office(self.wire, username, self.password)
        return self._offices[username]

    def body(self, code: str) -> str:
        """Return the id of the organization with that code."""
        if not self._bodies:
            reader = next(iter(self._offices.values()))
            self._bodies = {each["code"]: each["id"] for each in reader.everything("/api/v1/organizations?limit=200")}
        return self._bodies[code]


@dataclass
class Play:
    """One dossier going through a story."""

    stage: Stage
    person: Mapping[str, Any]
    dossier_id: str = ""
    number: str = ""
    version: int = 0
    state: str = ""
    #: By how much the whole story is moved in time, and the latest moment it has come to.
    shift: timedelta = timedelta()
    now: datetime = _BEGINNING
    log: list[dict[str, Any]] = field(default_factory=list)
    papers: dict[str, str] = field(default_factory=dict)

    def run(self, steps: Iterable[Step], *, until: str | None = None) -> None:
        """Play the steps in order; stop after the one that leaves the dossier in the state `until`."""
        for step in steps:
            self.play(step)
            if until is not None and self.state == until:
                return

    def play(self, step: Step) -> None:
        """Play one step: set the clock, then open, file a paper, make a form, wait, deal with an alarm, or move."""
        if "at" in step:
            self._go_to(datetime.fromisoformat(str(step["at"])) + self.shift)
        office = self.stage.office(step["by"])
        if not office.account:
            office.sign_in()
        if "open" in step:
            self._open(office, step)
        elif "scan" in step:
            self._scan(office, step)
        elif "form" in step:
            self._form(office, step)
        elif "wait" in step:
            self._wait(office, step)
        elif "alarm" in step:
            self._acknowledge(office, step)
        else:
            self._move(office, step)

    def _go_to(self, moment: datetime) -> None:
        """Set the clock, never back: what time brought about later than told moves all that follows."""
        self.now = max(self.now, moment)
        self.stage.set_clock(self.now)

    def _open(self, office: Office, step: Step) -> None:
        person = office.post("/api/v1/persons", {**self.person, **step.get("person", {})})
        body = {"person_id": person["id"], "note": step.get("note", ""), **self._occurred(step)}
        opened = office.post("/api/v1/dossiers", body)
        self.dossier_id, self.number = opened["id"], opened["number"]
        self._saw(opened)
        self._note(office, step, "open_dossier_file", opened["number"])

    def _scan(self, office: Office, step: Step) -> None:
        forms = step["scan"] if isinstance(step["scan"], list) else [step["scan"]]
        for form in forms:
            file = (f"{form}.pdf", demo_scan(f"{form} {self.number}"), "application/pdf")
            path = f"/api/v1/dossiers/{self.dossier_id}/papers"
            paper = office.upload(path, {"form": form}, file, version=self._fresh(office))
            self.papers[form], self.version = paper["id"], paper["version"]
            self._note(office, step, "scan", form, paper=form)

    def _form(self, office: Office, step: Step) -> None:
        """Draft, issue (by the signer when another office signs), and file the signed scan."""
        form, path = step["form"], f"/api/v1/dossiers/{self.dossier_id}/papers"
        draft = office.post(
            path, {"form": form, "fields": self._resolved(step.get("fields", {}))}, version=self._fresh(office)
        )
        signer = self.stage.office(step.get("signed_by", step["by"]))
        issued = signer.post(f"/api/v1/papers/{draft['id']}/issue", {}, version=self._fresh(signer))
        file = (f"{form}-signed.pdf", demo_scan(f"signed {form} {self.number}"), "application/pdf")
        signed = office.upload(f"/api/v1/papers/{draft['id']}/signed-scan", {}, file, version=self._fresh(office))
        self.papers[form], self.version = signed["id"], signed["version"]
        self._note(signer, step, "form", form, paper=form, number=issued["number"])

    def _wait(self, office: Office, step: Step) -> None:
        """Wait until time alone has brought the dossier to the state, by the act that `act` names if it does."""
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            self._saw(office.get(f"/api/v1/dossiers/{self.dossier_id}"))
            entry = office.everything(f"/api/v1/dossiers/{self.dossier_id}/diary")[-1]
            if self.state == step["wait"] and step.get("act", entry["trigger"]) == entry["trigger"]:
                self._note(None, step, "clock", entry["trigger"], **_facts_of(entry), state=entry["to"])
                return
            self._let_window_end(office)
            time.sleep(0.05)
        raise AssertionError(f"time did not bring {self.number} to {step['wait']}: it stands at {self.state}")

    def _let_window_end(self, office: Office) -> None:
        """Go to the end of the next running limit when a moved story meets a holiday that the told one did not."""
        if not self.shift:
            return
        rows = office.get(f"/api/v1/dossiers/{self.dossier_id}/deadlines")["items"]
        ends = [datetime.fromisoformat(row["due_at"]) for row in rows if row["state"] == "running" and row["due_at"]]
        later = [end for end in ends if end > self.now]
        if later:
            self._go_to(min(later))

    def _move(self, office: Office, step: Step) -> None:
        fields = self._resolved(step.get("fields", {}))
        body: dict[str, Any] = {"trigger": step["move"], "fields": fields, "note": step.get("note", "")}
        body |= self._occurred(step)
        if "overrides" in step:
            body["overrides"] = step["overrides"]
        path = f"/api/v1/dossiers/{self.dossier_id}"
        if "proceeding" in step:
            rows = office.get(f"{path}/proceedings")["items"]
            running = [each for each in rows if each["kind"] == step["proceeding"] and each["closed_at"] is None]
            path = f"/api/v1/proceedings/{running[-1]['id']}"
        moved = office.post(f"{path}/moves", body, version=self._fresh(office))
        self.version = moved["version"]
        if "proceeding" not in step:
            self.state = moved["state"]["id"]
        if "expect" in step and moved["state"]["id"] != step["expect"]:
            raise AssertionError(f"{step['move']} led to {moved['state']['id']}, not to {step['expect']}")
        entry = moved["entry"]
        self._note(office, step, "move", step["move"], **_facts_of(entry), state=moved["state"]["id"])

    def _acknowledge(self, office: Office, step: Step) -> None:
        """Say how a standing alarm was dealt with."""
        seen = office.get(f"/api/v1/dossiers/{self.dossier_id}")
        (standing,) = [alarm for alarm in seen["alarms"] if alarm["code"] == step["alarm"]]
        path = f"/api/v1/alarms/{standing['id']}/acknowledge"
        self._saw(office.post(path, {"reason": step["note"]}, version=self._fresh(office)))
        self._note(office, step, "alarm", step["alarm"])

    def _occurred(self, step: Step) -> dict[str, str]:
        """Return when the act took place, for a step that is written down later than it happened."""
        return {"occurred_at": self._shifted(str(step["occurred_at"]))} if "occurred_at" in step else {}

    def _fresh(self, office: Office) -> int:
        """Return the version this office goes on from: it reads the dossier before it writes."""
        self._saw(office.get(f"/api/v1/dossiers/{self.dossier_id}"))
        return self.version

    def _saw(self, dossier: Mapping[str, Any]) -> None:
        self.version, self.state = dossier["version"], dossier["state"]["id"]

    def _resolved(self, value: Any) -> Any:  # noqa: ANN401 - any TOML value
        """Return a value with `@body:CODE` replaced by the id of that organization."""
        if isinstance(value, str) and value.startswith("@body:"):
            return self.stage.body(value.removeprefix("@body:"))
        if isinstance(value, Mapping):
            return {name: self._resolved(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._resolved(inner) for inner in value]
        return self._shifted(value) if isinstance(value, str) else value

    def _shifted(self, text: str) -> str:
        """Return a day or instant moved with the story; any other text as it is."""
        if not self.shift or not _DAY.match(text):
            return text
        if len(text) == len("2026-07-01"):
            return (date.fromisoformat(text) + self.shift).isoformat()
        return (datetime.fromisoformat(text) + self.shift).isoformat()

    def _note(self, office: Office | None, step: Step, kind: str, what: str, **more: Any) -> None:  # noqa: ANN401
        offices = office.account["offices"] if office else []
        self.log.append(
            {
                "at": str(step.get("at", self.log[-1]["at"] if self.log else "")),
                "kind": kind,
                "what": what,
                "actor": office.username if office else "SYSTEM",
                "body": offices[0]["organization"]["name"] if offices else None,
                "role": offices[0]["role"] if offices else "SYSTEM",
                **more,
            }
        )


def play_together(plays: Sequence[tuple[Play, Sequence[Step]]]) -> None:
    """Play several stories on one stage in the order of time, so that its clock never goes back.

    A step without `at` follows the one before it at once.
    """
    waiting = [(play, deque(steps)) for play, steps in plays]
    while waiting:
        play, steps = min(waiting, key=lambda one: datetime.fromisoformat(str(one[1][0]["at"])))
        play.play(steps.popleft())
        while steps and "at" not in steps[0]:
            play.play(steps.popleft())
        waiting = [one for one in waiting if one[1]]


def _facts_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    payload = entry["payload"]
    return {
        "basis": payload.get("basis"),
        "limits_started": payload.get("limits_started", []),
        "limits_stopped": payload.get("limits_stopped", []),
        "remarks": [f"{each['guard']}: {each['effect']}" for each in payload.get("remarks", [])],
    }
