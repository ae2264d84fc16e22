"""Compares limits, custody cover, papers, hand-overs, aftercare and alarms with what the diary says about them.

Folds what each entry started, stopped, filed and covered into the rows there should be, and says which are not so.
Reads, never repairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Boolean, ColumnClause, Date, TableClause, Uuid, column, select, table
from sqlalchemy.orm import Session

from dossiers.evidence.models import DiaryEntry
from storage.columns import Json, UtcDateTime
from workflow.canonical import canonical_json, sha256_hex

Row = tuple[Any, ...]
#: How many differing rows of one kind are named: a broken dossier should not fill the screen.
_NAMED_MAX: Final = 5
_LIMIT: Final = "LIMIT."
_SHORTENED: Final = "RECOUNT."

# Names of columns instead of models: limits, custody and papers are rooms above this one.
_DEADLINE = table(
    "deadline",
    column("dossier_id", Uuid),
    column("rule"),
    column("started_seq"),
    column("started_at", UtcDateTime()),
    column("due_at", UtcDateTime()),
    column("state"),
    column("stopped_seq"),
    column("certificate", Json()),
)
_CUSTODY = table(
    "custody_interval",
    column("dossier_id", Uuid),
    column("kind"),
    column("holder_id", Uuid),
    column("instrument"),
    column("paper_id", Uuid),
    column("from_at", UtcDateTime()),
    column("to_at", UtcDateTime()),
    column("from_seq"),
    column("to_seq"),
)
_PAPER = table(
    "paper",
    column("dossier_id", Uuid),
    column("id", Uuid),
    column("form"),
    column("state"),
    column("folio"),
    column("doc_date", Date),
    column("object_sha256"),
    column("signed_sha256"),
    column("used_seq"),
    column("superseded_by_id", Uuid),
    column("series"),
    column("number"),
    column("scan_verdict", Json()),
)
_ALARM = table(
    "alarm",
    column("dossier_id", Uuid),
    column("code"),
    column("raised_seq"),
    column("resolved_at", UtcDateTime()),
)
_AFTERCARE = table(
    "aftercare_record",
    column("dossier_id", Uuid),
    column("id", Uuid),
    column("seq"),
    column("kind"),
    column("on_date", Date),
    column("until_date", Date),
    column("mark"),
    column("content", Json()),
    column("withdrawn", Boolean),
    column("account_id", Uuid),
    column("body_id", Uuid),
    column("recorded_at", UtcDateTime()),
    column("replaces_id", Uuid),
)
_HANDOVER = table(
    "handover",
    column("dossier_id", Uuid),
    column("id", Uuid),
    column("manifest", Json()),
    column("made_seq"),
    column("sender_seq"),
    column("receiver_seq"),
    column("differences"),
    column("differences_seq"),
    column("supersedes_id", Uuid),
)


def row_problems(session: Session, dossier_id: UUID, entries: Sequence[DiaryEntry]) -> list[str]:
    """Return every limit, custody interval, paper, record and alarm that is not what the diary says."""
    return [
        *_differences("limits", limits_there_should_be(entries), _limits(session, dossier_id)),
        *_differences("custody", cover_there_should_be(entries), _cover(session, dossier_id)),
        *_differences("papers", papers_there_should_be(entries), _papers(session, dossier_id)),
        *_differences("scan verdicts", verdicts_there_should_be(entries), _verdicts(session, dossier_id)),
        *_differences("aftercare", aftercare_there_should_be(entries), _aftercare(session, dossier_id)),
        *_differences("hand-overs", handovers_there_should_be(entries), _handovers(session, dossier_id)),
        *_alarm_problems(session, dossier_id, entries),
    ]


def limits_there_should_be(entries: Iterable[DiaryEntry]) -> list[Row]:
    """Return (rule, started by, started at, due at, hash of its certificate, state, stopped by) of each limit."""
    rows: list[list[Any]] = []
    for entry in entries:
        for stop in entry.payload.get("limits_stopped", ()):
            state = "late" if stop["late"] else "lapsed" if stop["lapsed"] else "met"
            _end_running(rows, stop["rule"], state, entry.seq)
        for name in entry.payload.get("limits_dropped", ()):
            _end_running(rows, name, "superseded", entry.seq)
        _carry(rows, {each["rule"]: each["as"] for each in entry.payload.get("limits_carried", ())}, entry.seq)
        for start in entry.payload.get("limits_started", ()):
            _end_running(rows, start["rule"], "superseded", entry.seq)
            times = _moment(start["started_at"]), _moment(start["due_at"])
            rows.append([start["rule"], entry.seq, *times, start["certificate"], "running", None])
    return [tuple(row) for row in rows]


def cover_there_should_be(entries: Iterable[DiaryEntry]) -> list[Row]:
    """Return (kind, holder, instrument, paper, from, to, from entry, to entry) of each custody interval."""
    rows: list[list[Any]] = []
    for entry in entries:
        custody = entry.payload.get("custody")
        if custody is None:
            continue
        title = [custody["kind"], _id(custody["holder"]), custody["instrument"]]
        if rows and rows[-1][:3] == title:
            continue
        if rows:
            rows[-1][5], rows[-1][7] = entry.occurred_at, entry.seq
        rows.append([*title, _id(custody["paper"]), entry.occurred_at, None, entry.seq, None])
    return [tuple(row) for row in rows]


def papers_there_should_be(entries: Iterable[DiaryEntry]) -> list[Row]:
    """Return (id, form, state, folio, date, number, content, signed scan, used by, replaced by) of each paper on file.

    A paper that replaces another one is used up by the act that the other was; a void one leaves what it replaced
    standing again.
    """
    rows: dict[UUID, list[Any]] = {}
    for entry in entries:
        payload = entry.payload
        for used in payload.get("papers_used", ()):
            rows[UUID(used)][8] = entry.seq
        if entry.kind != "paper":
            continue
        paper_id, sha256 = UUID(payload["paper"]), payload["sha256"]
        if entry.trigger == "paper_voided":
            rows[paper_id][2] = "void"
            for standing in payload["reinstates"]:
                rows[UUID(standing)][9] = None
            continue
        doc_date = date.fromisoformat(payload["doc_date"]) if payload["doc_date"] else None
        content = rows[paper_id][6] if paper_id in rows else sha256
        used_by = rows[paper_id][8] if paper_id in rows else None
        if payload.get("replaces"):
            replaced = rows[UUID(payload["replaces"])]
            replaced[9], used_by = paper_id, replaced[8]
        issued = entry.trigger == "paper_issued"
        filed = [paper_id, payload["form"], "issued" if issued else "signed", payload["folio"], doc_date]
        rows[paper_id] = [*filed, payload["number"], content, None if issued else sha256, used_by, None]
    return [tuple(row) for row in rows.values()]


def verdicts_there_should_be(entries: Iterable[DiaryEntry]) -> list[Row]:
    """Return (paper, hash of the verdict) of each signed scan that was held against an issued version."""
    told = [(entry.payload["paper"], entry.payload.get("scan_verdict")) for entry in entries if entry.kind == "paper"]
    return [(UUID(paper), _hash(verdict)) for paper, verdict in told if verdict is not None]


def aftercare_there_should_be(entries: Iterable[DiaryEntry]) -> list[Row]:
    """Return (id, entry, kind, days, mark, hash of the content, taken back, by whom, when, replaced) of each record."""
    rows = []
    for entry in entries:
        if entry.kind != "aftercare":
            continue
        said = entry.payload
        until = date.fromisoformat(said["until"]) if said["until"] else None
        what = [said["record_kind"], date.fromisoformat(said["on"]), until, said["mark"], said["content_sha256"]]
        who = [entry.account_id, entry.body_id, entry.recorded_at]
        rows.append((UUID(said["record"]), entry.seq, *what, said["withdrawn"], *who, _id(said["replaces"])))
    return rows


def handovers_there_should_be(entries: Iterable[DiaryEntry]) -> list[Row]:
    """Return (id, hash of its manifest, made by, confirmed by each side, differences, found by, the version before)."""
    rows: dict[str, list[Any]] = {}
    for entry in entries:
        if entry.kind != "handover":
            continue
        payload = entry.payload
        if "occasion" in payload:
            made = [UUID(payload["handover"]), payload["manifest_sha256"], entry.seq]
            rows[payload["handover"]] = [*made, None, None, None, None, _id(payload["supersedes"])]
        elif "side" in payload:
            rows[payload["handover"]][3 if payload["side"] == "sender" else 4] = entry.seq
        else:
            rows[payload["handover"]][5:7] = [payload["words_sha256"], entry.seq]
    return [tuple(row) for row in rows.values()]


def _end_running(rows: list[list[Any]], rule: str, state: str, seq: int) -> None:
    for row in rows:
        if row[0] == rule and row[5] == "running":
            row[5:] = [state, seq]


def _carry(rows: list[list[Any]], names: Mapping[str, str], seq: int) -> None:
    """Let limits run on under other names, from the same start to the same end, counted by the same certificates."""
    for old in [row for row in rows if row[0] in names and row[5] == "running"]:
        rows.append([names[old[0]], seq, *old[2:5], "running", None])
        old[5:] = ["superseded", seq]


def _limits(session: Session, dossier_id: UUID) -> list[Row]:
    names = ("rule", "started_seq", "started_at", "due_at", "hash", "state", "stopped_seq")
    rows = [{**row, "hash": _hash(row["certificate"])} for row in _rows(session, _DEADLINE, dossier_id)]
    return [tuple(row[name] for name in names) for row in rows]


def _cover(session: Session, dossier_id: UUID) -> list[Row]:
    names = ("kind", "holder_id", "instrument", "paper_id", "from_at", "to_at", "from_seq", "to_seq")
    return [tuple(row[name] for name in names) for row in _rows(session, _CUSTODY, dossier_id)]


def _papers(session: Session, dossier_id: UUID) -> list[Row]:
    filed = ("id", "form", "state", "folio", "doc_date", "shown", "object_sha256", "signed_sha256")
    names = (*filed, "used_seq", "superseded_by_id")
    rows = [dict(row) for row in _rows(session, _PAPER, dossier_id) if row["state"] != "draft"]
    for row in rows:
        numbered = row["number"] is not None and row["series"] is not None
        row["shown"] = f"{row['number']:02d}/{row['series']}" if numbered else None
    return [tuple(row[name] for name in names) for row in rows]


def _verdicts(session: Session, dossier_id: UUID) -> list[Row]:
    rows = _rows(session, _PAPER, dossier_id)
    return [(row["id"], _hash(row["scan_verdict"])) for row in rows if row["scan_verdict"] is not None]


def _aftercare(session: Session, dossier_id: UUID) -> list[Row]:
    names = ("id", "seq", "kind", "on_date", "until_date", "mark", "hash", "withdrawn")
    rows = [
        {**row, "hash": sha256_hex(canonical_json(row["content"]))} for row in _rows(session, _AFTERCARE, dossier_id)
    ]
    return [
        tuple(row[name] for name in (*names, "account_id", "body_id", "recorded_at", "replaces_id")) for row in rows
    ]


def _handovers(session: Session, dossier_id: UUID) -> list[Row]:
    names = ("id", "hash", "made_seq", "sender_seq", "receiver_seq", "words", "differences_seq", "supersedes_id")
    rows = [dict(row) for row in _rows(session, _HANDOVER, dossier_id)]
    for row in rows:
        row["hash"] = sha256_hex(canonical_json(row["manifest"]))
        row["words"] = sha256_hex(row["differences"]) if row["differences"] is not None else None
    return [tuple(row[name] for name in names) for row in rows]


def _alarm_problems(session: Session, dossier_id: UUID, entries: Sequence[DiaryEntry]) -> list[str]:
    """Return the alarms that acts raised and are not there, and those that ended or stand against the diary.

    Alarms of limits are raised by time and not by entries: of these only the ends can be held against the diary.
    """
    rows = _rows(session, _ALARM, dossier_id)
    raised, ended = _alarms_of(entries)
    by_acts = [(row["code"], row["raised_seq"]) for row in rows if row["raised_seq"] is not None]
    problems = _differences("alarms", raised, by_acts)
    running = {row[0] for row in limits_there_should_be(entries) if row[5] == "running"}
    known = {(row["code"], row["resolved_at"]) for row in rows}
    for row in rows:
        code, at = row["code"], row["resolved_at"]
        if at is None and code.startswith(_LIMIT) and code.removeprefix(_LIMIT) not in running:
            problems.append(f"alarms: {code} stands although its limit does not run")
        held = row["raised_seq"] is None and not code.startswith(_LIMIT)
        if at is not None and at not in ended.get("" if held else code, ()):
            problems.append(f"alarms: nothing in the diary ended {code}")
    acknowledged = {(e.payload["code"], e.recorded_at) for e in entries if e.kind == "alarm"}
    problems += [f"alarms: {code} was dealt with and is not there" for code, at in sorted(acknowledged - known)]
    return problems


def _alarms_of(entries: Iterable[DiaryEntry]) -> tuple[list[Row], dict[str, set[datetime]]]:
    """Return the alarms that acts raised, as (code, entry), and when something ended each code; "" for any entry."""
    raised: list[Row] = []
    standing: set[str] = set()
    ended: dict[str, set[datetime]] = {}
    for entry in entries:
        ends = [""]
        if entry.kind == "alarm":
            ends.append(entry.payload["code"])
            standing.discard(entry.payload["code"])
        lists = ("limits_stopped", "limits_started", "limits_carried")
        changed = [limit["rule"] for name in lists for limit in entry.payload.get(name, ())]
        ends += [_LIMIT + rule for rule in (*changed, *entry.payload.get("limits_dropped", ()))]
        ends += entry.payload.get("alarms_ended", ())
        standing -= set(entry.payload.get("alarms_ended", ()))
        over = {_SHORTENED + limit["rule"] for name in lists[:2] for limit in entry.payload.get(name, ())}
        ends += over
        standing -= over
        for code in ends:
            ended.setdefault(code, set()).add(entry.recorded_at)
        for remark in entry.payload.get("remarks", ()):
            code = ".".join(filter(None, (remark["guard"], remark["clause"])))[:60]
            if remark["effect"] == "alarm" and code not in standing:
                standing.add(code)
                raised.append((code, entry.seq))
    return raised, ended


def _rows(session: Session, kept: TableClause, dossier_id: UUID) -> Sequence[Mapping[str, Any]]:
    owner: ColumnClause[Any] = kept.c.dossier_id
    return [dict(row) for row in session.execute(select(kept).where(owner == dossier_id)).mappings()]


def _differences(kind: str, should: Iterable[Row], are: Iterable[Row]) -> list[str]:
    """Return which rows are missing and which are there against the diary, each by its first item."""
    wanted, found = Counter(should), Counter(are)
    missing, extra = [f"{row[0]}" for row in wanted - found], [f"{row[0]}" for row in found - wanted]
    if not missing and not extra:
        return []
    told = ", ".join(sorted({*missing, *extra})[:_NAMED_MAX])
    return [f"{kind}: the rows are not the fold ({told})"]


def _hash(certificate: Mapping[str, Any] | None) -> str | None:
    """Return the hash that a certificate has now, whatever hash it names."""
    if certificate is None:
        return None
    return sha256_hex(canonical_json({name: value for name, value in certificate.items() if name != "hash"}))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
