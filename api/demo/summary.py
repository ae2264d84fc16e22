"""Writes down what a played dossier went through, read back from the interface: never from what the player believes.

Every step is a diary entry, joined with the limits it started and stopped, the papers filed for it and who held the
person after it.  Only reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.demo.client import Office

Json = dict[str, Any]
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_PAPER = "paper"
#: How a stopped limit is told, beside the name of its rule.
_STARTED = ("started_at", "opens_at", "due_at")


def summary_of(reader: Office, dossier_id: str) -> Json:
    """Return a dossier's life: where it stands, its steps, papers, custody cover, limits, term and alarms.

    `reader` must take part in the dossier.  Instants are ISO 8601 in Vietnamese time.  Raises RefusedError.
    """
    at = f"/api/v1/dossiers/{dossier_id}"
    dossier = reader.get(at)
    rows = [_limit(row) for row in reader.everything(f"{at}/deadlines")]
    limits = sorted(rows, key=lambda row: (row["started_by"], row["rule"]))
    custody = [_local(row, "from", "to") for row in reader.everything(f"{at}/custody")]
    papers = [row for row in reader.everything(f"{at}/papers") if row["folio"] is not None]
    diary = reader.everything(f"{at}/diary")
    titles = _titles(reader, dossier)
    return {
        "dossier": dossier["number"],
        "procedure": dossier["procedure"],
        "state": dossier["state"]["id"],
        "version": dossier["version"],
        "head_hash": dossier["head_hash"],
        "facts": dossier["facts"],
        "steps": _steps(diary, limits, custody, papers, titles),
        "papers": [_paper(row) for row in sorted(papers, key=lambda row: int(row["folio"]))],
        "custody": custody,
        "limits": limits,
        "terms": _terms(reader, limits),
        "alarms": dossier["alarms"],
    }


def _steps(
    diary: Iterable[Json],
    limits: list[Json],
    custody: list[Json],
    papers: list[Json],
    titles: Mapping[tuple[str, str], str],
) -> list[Json]:
    by_id, waiting, steps = {row["id"]: row for row in papers}, list[Json](), list[Json]()
    for entry in diary:
        payload, seq = entry["payload"], entry["seq"]
        step = {
            "seq": seq,
            "at": _vietnamese(entry["occurred_at"]),
            "kind": entry["kind"],
            "what": entry["trigger"],
            "title": titles.get((str(payload.get("proceeding", "")).partition("/")[0], entry["trigger"])),
            "actor": entry["actor"] or "SYSTEM",
            "role": entry["role"],
            "body": entry["body"],
            "from": entry["from"],
            "state": entry["to"],
        }
        if entry["kind"] == _PAPER:
            filed = by_id[payload["paper"]]
            step["papers"] = [_line(filed)]
            waiting = [each for each in waiting if each["folio"] != filed["folio"]] + [_line(filed)]
        else:
            step |= {
                "basis": payload.get("basis"),
                "papers": waiting,
                "limits_started": [_started(row) for row in limits if row["started_by"] == seq],
                "limits_stopped": [_stopped(row) for row in limits if row["stopped_by"] == seq],
                "remarks": [_remark(each) for each in payload.get("remarks", ())],
                "bodies_joined": sorted(payload.get("bodies", {})),
            }
            waiting = []
        step["custody"] = _custody_after(custody, seq)
        steps.append(step)
    return steps


def _titles(reader: Office, dossier: Json) -> dict[tuple[str, str], str]:
    """Return the title of every act: of the main procedure under "", of side machines under their kind."""
    found: dict[tuple[str, str], str] = {}
    kinds = {dossier["procedure"]["id"]: ""} | {each["kind"]: each["kind"] for each in dossier["proceedings"]}
    for procedure_id, kind in kinds.items():
        for move in reader.get(f"/api/v1/procedures/{procedure_id}")["moves"]:
            found.setdefault((kind, move["trigger"]), move["title"])
    return found


def _terms(reader: Office, limits: list[Json]) -> list[Json]:
    """Return every computation of the term, in order: its end, each step with its article, what hangs on the end."""
    found = []
    for row in limits:
        if row["rule"] != "TERM":
            continue
        statement = reader.get(f"/api/v1/deadlines/{row['certificate']}/certificate")
        found.append(
            {
                "seq": row["started_by"],
                "certificate": row["certificate"],
                "starts_on": statement["starts_on"],
                "ends_on": statement["ends_on"],
                "steps": statement["steps"],
                "derived": statement["derived"],
                "policies": statement["policies"],
                "hash": statement["hash"],
            }
        )
    return found


def _limit(row: Json) -> Json:
    kept = ("rule", "title", "basis", "owner", "state", "started_by", "stopped_by", "provisional")
    instants = {name: _vietnamese(row[name]) for name in _STARTED}
    return {**{name: row[name] for name in kept}, **instants, "certificate": row["id"]}


def _started(row: Json) -> Json:
    return {name: row[name] for name in ("rule", "title", "basis", *_STARTED, "certificate")}


def _stopped(row: Json) -> Json:
    return {name: row[name] for name in ("rule", "title", "basis", "due_at", "state", "certificate")}


def _paper(row: Json) -> Json:
    kept = ("title", "origin", "state", "doc_date", "sha256", "signed_sha256")
    return {**_line(row), **{name: row[name] for name in kept}, "issuer": row["issuer"]["name"]}


def _line(row: Json) -> Json:
    return {name: row[name] for name in ("folio", "form", "number")}


def _remark(remark: Json) -> Json:
    return {name: remark[name] for name in ("guard", "clause", "effect", "text", "basis")}


def _custody_after(custody: list[Json], seq: int) -> Json:
    """Return who held the person once an entry was written."""
    held = [row for row in custody if row["from_seq"] <= seq][-1]
    return {name: held[name] for name in ("kind", "holder", "instrument", "from")}


def _local(row: Json, *names: str) -> Json:
    return {**row, **{name: _vietnamese(row[name]) for name in names}}


def _vietnamese(instant: str | None) -> str | None:
    return None if instant is None else datetime.fromisoformat(instant).astimezone(_VIETNAM).isoformat()
