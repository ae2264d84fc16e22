#!/usr/bin/env python3
"""Kiểm tra chứng thư thời hạn, bản tính thời hạn chấp hành / check deadline certificates and term statements, offline.

    python3 verify_deadline.py FILE [--calendar 2026.json] [--calendar 2027.json] ...

FILE holds one paper or a JSON list of papers; a calendar is what `hoso calendar show YEAR --json` prints: with it each
day is held against it, without it the days off are those that the paper lists.  Needs Python 3.11 and nothing else,
least of all the program that wrote the paper.  Exit code: 0 verified, 1 not verified, 2 wrong usage.
"""

import argparse
import hashlib
import json
import sys
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone

VIETNAM, DAY = timezone(timedelta(hours=7)), timedelta(days=1)
LAYOUTS = [(None, (",", ":")), *((indent, None) for indent in (None, 1, 2, 3, 4, "\t"))]
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


def canonical(value):
    """Return the canonical JSON (RFC 8785) of a value; these papers hold whole numbers only."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(canonical(key) + ":" + canonical(value[key]) for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(one) for one in value) + "]"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > 2**53 - 1):
        raise ValueError(f"{value} is not a whole number within ±(2^53 - 1)")
    return json.dumps(value, ensure_ascii=False)


def sha256(value):
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def read(data):
    """Read JSON that is laid out evenly, so that not even a space, an escape or a doubled key can be slipped in."""
    text = data.decode("utf-8").replace("\r\n", "\n").removesuffix("\n")
    value = json.loads(text)
    if text not in (json.dumps(value, indent=i, separators=s, ensure_ascii=e) for i, s in LAYOUTS for e in (0, 1)):
        raise ValueError("khoảng trắng hoặc cách ghi ký tự đã bị sửa / spaces, escapes or keys were changed")
    return value if isinstance(value, list) else [value]


def differs(what, stated, found):
    """Return one difference in both languages, or none; a number is not a truth value."""
    same = stated == found and type(stated) is type(found)
    return [] if same else [f"{what}: ghi {stated}, tính lại {found} / the paper says {stated}, recounted {found}"]


def midnight(day):
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM)


def add_months(day, amount):
    year, month = divmod(day.year * 12 + day.month - 1 + amount, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def count_days(rule, start, spans, off, rolls):
    """Count a limit in days; return (day, mark) of each row and the last day.  A suspended day never counts."""
    stopped = {str(first + DAY * n) for first, end in spans for n in range((end - first).days)}
    step, day, counted, rows = (-DAY if rule["direction"] == "before" else DAY), start, 0, [(start, "start")]
    while counted < rule["amount"]:
        day += step
        skipped = str(day) in (stopped | off if rule["unit"] == "working_days" else stopped)
        counted += not skipped
        rows.append((day, "skipped" if skipped else "counted"))
    while rolls and str(day) in stopped | off:  # the last day is a day off: the next working day takes its place
        day += DAY
        rows.append((day, "skipped" if str(day) in stopped | off else "counted"))
    return [*rows[:-1], (day, "due")], midnight(day)


def count_steps(rule, start, spans):
    """Count a limit in hours, months or years; return (day, mark) of each row and the end.  Suspended time is added."""
    sign, months = (-1 if rule["direction"] == "before" else 1), {"hours": 0, "months": 1, "years": 12}[rule["unit"]]
    first, ends = (midnight(start) if months else start), [start + sign * timedelta(hours=rule["amount"])]
    if months:
        ends = [midnight(add_months(start.date(), sign * months * n)) for n in range(1, rule["amount"] + 1)]
    rows, end = [(start.date(), "start"), *((one.date(), "counted") for one in ends[:-1])], ends[-1]
    for opened, closed in ([midnight(day) for day in span] for span in spans):
        if (stopped := max(opened, first)) < min(end, closed):
            end += closed - stopped
            rows.append((stopped.date(), "skipped"))
    return [*rows, (end.date(), "due")], end


def check_day(row, off, calendars):
    """Hold the reason of one day against its weekday and, if the year is there, against the calendar."""
    day, reason = date.fromisoformat(row["date"]), row["reason"]
    odd = off == any(w in reason["vi"] for w in (("hằng tuần", "Ngày làm việc (") if off else ("quyết định", "Làm bù")))
    if not (reason["vi"] and reason["en"]) or (odd and off != (day.isoweekday() > 5)):
        yield f"{day}: lý do không hợp với ngày này / the reason does not fit this day: {reason['vi']}"
    if year := calendars.get(day.year):
        week = {"working": day.isoweekday() not in year["rest_days"], "provisional": not year["announced"]}
        known = next((one for one in year["days"] if one["date"] == row["date"]), week)
        yield from differs(f"{day}: ngày nghỉ / a day off", off, not known["working"])
        yield from differs(f"{day}: dự kiến / provisional", row["provisional"], known["provisional"])
        if row["mark"] == "skipped" and known.get("reason", reason) != reason:
            yield f"{day}: lý do khác lịch / not the reason of the calendar: {known['reason']['vi']}"


def check_certificate(paper, calendars):
    """Yield every place where a certificate contradicts itself or the calendars."""
    rule, rows, start = paper["rule"], paper["days"], datetime.fromisoformat(paper["start"]).astimezone(VIETNAM)
    spans = [[date.fromisoformat(one[end]) for end in ("start", "end")] for one in paper.get("suspensions", [])]
    rolls = rule["rolls"] and rule["unit"] == "calendar_days" and paper["policies"]["POL-ROLL"] == "roll_forward"
    if rule["unit"] in ("working_days", "calendar_days"):
        off = {row["date"] for row in rows if row["mark"] == "skipped" or "trùng ngày nghỉ" in row["reason"]["vi"]}
        found, end = count_days(rule, start.date(), spans, off, rolls)
        running = [row for row in rows if "tạm dừng" not in row["reason"]["vi"]]
        for row in running[1 if rule["unit"] == "working_days" else rule["amount"] if rolls else len(rows) :]:
            yield from check_day(row, row["date"] in off, calendars)
    else:
        found, end = count_steps(rule, start, spans)
    yield from differs("days", [(row["date"], row["mark"]) for row in rows], [(str(day), mark) for day, mark in found])
    lasts, before, hours = rule["kind"] in ("window", "period"), rule["direction"] == "before", rule["unit"] == "hours"
    closes = (start if hours else midnight(start)) if lasts and before else end
    found = {"due_on": str(closes.date()), "due_at": (closes if hours else closes + DAY).isoformat()}
    found |= {"opens_at": (end if before else start).isoformat() if lasts else None, "rule_hash": sha256(rule)}
    found |= {"provisional": any(row["provisional"] for row in rows), "start": start.isoformat()}
    yield from (one for name in found for one in differs(name, paper[name], found[name]))
    for year in calendars.values():
        yield from differs(f"calendar_revision {year['year']}", paper["calendar_revision"], year["revision"])
    if calendars and sorted(calendars) == list(range(year["years"][0], year["years"][1] + 1)):  # every year: hash them
        announced = {str(one): year["decision"] for one, year in calendars.items() if year["announced"]}
        days = [day for one in sorted(calendars) for day in calendars[one]["days"]]
        whole = {"years": year["years"], "rest_days": year["rest_days"], "announced": announced, "days": days}
        yield from differs("calendar_revision", paper["calendar_revision"], sha256(whole))


def check_statement(paper):
    """Yield every place where the end of a term is not what its own dates give: start + months - hold + absence."""
    given, policy, day = paper["inputs"], paper["policies"], date.fromisoformat
    named = ("intake", "court_decided_on", "custody_for_transport_on")
    intake, decided, custody = (day(given[name]) if given[name] else None for name in named)
    holds, escapes, absences = (
        sorted([day(one["start"]), day(one["end"] or str(date.max))] for one in given[name])
        for name in ("holds", "hold_escapes", "excluded")
    )
    held = holds[0][0] if holds else intake
    starts = {"intake": intake, "decision_date": decided, "hold_start": held, "custody_for_transport": custody}
    start = starts[policy["POL-TERM-START"]]
    runs = intake if policy["POL-TERM-START"] == "hold_start" else start
    until = min(runs, decided) if policy.get("POL-HOLD-GAP") == "no" else runs
    credit = [days for one, end in holds if (days := (min(end, intake, until) - one).days) > 0]
    credit += [days for one, end in escapes if (days := (one - min(end, until)).days) < 0]
    from_hold = start < runs or policy.get("POL-HOLD-METHOD") == "from_hold_start"
    begin = min(start, held) if from_hold else start
    end, left = add_months(begin, given["months"]), None
    steps = [(0, str(start)), *((days, None) for days in credit), (given["months"], str(end))]
    for days in ((runs - begin).days - sum(credit), -(policy["POL-COUNT-INTAKE-DAY"] == "true")):
        end += DAY * days
        steps += [(days, str(end))] if days else []
    late = [[max(one, runs), back] for one, back in escapes if back > max(one, runs)]
    for one, back in sorted(late + absences):
        left = (end - one).days if back == date.max else None
        steps.append(((back - one).days, str(end := end + (back - one))) if left is None else (left, end := None))
    yield from differs("steps", [(one["amount"], one["running"]) for one in paper["steps"]], steps)
    for name, value in (("starts_on", str(start)), ("ends_on", end and str(end)), ("days_left", left)):
        yield from differs(name, paper[name], value)
    yield from differs("derived", bool(paper["derived"]), end is not None)
    for one in paper["derived"] if paper["schema"] > 1 else []:
        on = add_months(end, one["amount"]) if one["unit"] == "months" else end + DAY * one["amount"]
        yield from differs(f"derived {one['id']}", one["on"], str(on))


def check(paper, calendars):
    """Yield every difference of one paper; what cannot be read is one too."""
    try:
        yield from differs("hash", paper["hash"], sha256({key: paper[key] for key in paper if key != "hash"}))
        yield from check_certificate(paper, calendars) if "rule" in paper else check_statement(paper)
    except UNREADABLE as fault:
        yield f"không đọc được / cannot be read: {type(fault).__name__}: {fault}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=argparse.FileType("rb"))
    parser.add_argument("--calendar", type=argparse.FileType("rb"), action="append", default=[], metavar="YEAR.json")
    asked = parser.parse_args()
    sys.stdout.reconfigure(errors="replace")  # a terminal without Vietnamese letters must not change the answer
    try:
        papers, years = read(asked.file.read()), [json.load(one) for one in asked.calendar]
        wrong = [one for paper in papers for one in check(paper, {year["year"]: year for year in years})]
    except UNREADABLE as fault:
        papers, wrong = [], [f"không đọc được / cannot be read: {fault}"]
    for paper in papers if not wrong else []:
        print("ĐÚNG / VERIFIED:", paper.get("rule", paper).get("id", "E"), paper.get("due_on", paper.get("ends_on")))
    print(*(f"SAI / NOT VERIFIED: {difference}" for difference in wrong), sep="\n", end="\n" if wrong else "")
    sys.exit(1 if wrong or not papers else 0)


if __name__ == "__main__":
    main()
