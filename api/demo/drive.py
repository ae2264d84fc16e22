"""`hoso demo`: a real server, one account an office, two whole dossiers over HTTP, and a summary of every step."""

from __future__ import annotations

import io
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import docx

from api.demo.client import HttpWire, Office
from api.demo.server import new_server
from api.demo.story import Play, Stage, load_story, play_together
from api.demo.summary import summary_of
from dossiers.demonstration.world import DEMO_PASSWORD

#: What must never be left in a finished paper.
LEFTOVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
ADULT: Mapping[str, Any] = {
    "full_name": "NGUYỄN VĂN THỬ NGHIỆM",
    "sex": "male",
    "born_on": "1999-01-01",
    "id_type": "CCCD",
    "id_number": "099099000777",
    "id_issued_on": "2021-05-05",
    "id_issued_by": "Cục Cảnh sát giả định",
    "residence": "Số 0, đường Mẫu, phường Minh Họa, tỉnh Giả Định",
    "commune_code": "99001",
    "details": {
        "subj_nationality": "Việt Nam",
        "subj_ethnicity": "Kinh",
        "subj_religion": "Không",
        "subj_birth_place": "tỉnh Giả Định",
        "subj_hometown": "tỉnh Giả Định",
        "subj_education": "9/12",
        "subj_occupation": "Không",
        "subj_workplace": "Không",
        "subj_criminal_record": "Không",
        "subj_admin_record": "Không",
        "subj_permanent_addr": "Số 0, đường Mẫu, phường Minh Họa, tỉnh Giả Định",
        "subj_temporary_addr": "Không",
    },
    "relatives": [
        {
            "relation": "father",
            "full_name": "NGUYỄN VĂN MẪU",
            "birth_year": 1970,
            "occupation": "Nông dân",
            "residence": "Số 0, đường Mẫu, phường Minh Họa, tỉnh Giả Định",
            "phone": "0900000001",
        },
        {
            "relation": "mother",
            "full_name": "LÊ THỊ MẪU",
            "birth_year": 1972,
            "occupation": "Nông dân",
            "residence": "Số 0, đường Mẫu, phường Minh Họa, tỉnh Giả Định",
            "phone": "0900000002",
        },
    ],
}


#: Sixteen when the story begins; the father represents.
MINOR: Mapping[str, Any] = {
    **ADULT,
    "full_name": "PHẠM MINH THỬ NGHIỆM",
    "born_on": "2010-05-20",
    "id_number": "099210000778",
    "id_issued_on": "2024-06-06",
    "details": {**ADULT["details"], "subj_education": "10/12", "subj_occupation": "Học sinh"},
    "relatives": [
        {**ADULT["relatives"][0], "full_name": "PHẠM VĂN MẪU", "birth_year": 1980, "represents": True},
        {**ADULT["relatives"][1], "birth_year": 1983},
    ],
}


def drive_demo(out: Path, environment: Mapping[str, str] | None = None, *, home: Path | None = None) -> dict[str, Any]:
    """Play both stories against a fresh server; write `summary.json` and every .docx to `out`; return the summary.

    The summary tells the adult's dossier, and under `minor` that of the person from 12 to under 18 in the same shape.
    `environment` may name another database and store (HOSO_DATABASE_URL, HOSO_STORAGE_URL); `home` keeps the
    server's folder, which is otherwise thrown away.  Raises RefusedError or AssertionError at the first step that
    does not do what the story says.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hoso-demo-") as folder:
        summary = _play(home or Path(folder), out, environment or {})
    (out / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2), encoding="utf-8")
    for told in (summary, summary["minor"]):
        _print(told)
    for told in (summary, summary["minor"]):
        papers = f"{len(told['files'])} papers and summary.json in {out}"
        click.echo(f"{told['dossier']} ({told['procedure']['id']}): {told['state']}; {papers}")
    return summary


def _print(told: Mapping[str, Any]) -> None:
    """Print what a dossier went through, a line a step, and how its term was counted."""
    click.echo(f"{told['dossier']}: {told['procedure']['id']}@{told['procedure']['edition']}")
    for step in told["steps"]:
        papers = ", ".join(paper["number"] or paper["form"] for paper in step["papers"])
        click.echo(f"{step['at'][:16]}  {step['role']:<11} {step['what']:<28} {step['state']:<20} {papers}")
    term = told["terms"][-1]
    click.echo(f"Term {term['starts_on']} to {term['ends_on']}:")
    for line in term["steps"]:
        click.echo(f"  {line['running'] or '':<12}{line['text']['vi']} / {line['text']['en']} ({line['basis']})")


def _play(folder: Path, out: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    adult, minor = load_story("adult"), load_story("minor")
    server = new_server(folder, datetime.fromisoformat(str(adult[0]["at"])), environment)
    server.start()
    wire = HttpWire(server.url)
    try:
        stage = Stage(wire, DEMO_PASSWORD, server.set_clock)
        plays = Play(stage, ADULT), Play(stage, MINOR)
        play_together(list(zip(plays, (adult, minor), strict=True)))
        reader = stage.office("cax.truong.minhhoa")
        papers = out / "papers"
        shutil.rmtree(papers, ignore_errors=True)
        papers.mkdir()
        return {
            "database": environment.get("HOSO_DATABASE_URL", "sqlite").partition(":")[0].partition("+")[0],
            "storage": environment.get("HOSO_STORAGE_URL", "file").partition(":")[0].partition("+")[0],
            **summary_of(reader, plays[0].dossier_id),
            "files": _fetch_papers(reader, plays[0], papers, ""),
            "minor": {
                **summary_of(reader, plays[1].dossier_id),
                "files": _fetch_papers(reader, plays[1], papers, "minor-"),
            },
        }
    finally:
        wire.close()
        server.stop()


def _fetch_papers(reader: Office, play: Play, folder: Path, prefix: str) -> list[dict[str, Any]]:
    """Download every generated paper and check that it opens and has no leftover tag."""
    written = []
    for paper in reader.get(f"/api/v1/dossiers/{play.dossier_id}/papers")["items"]:
        if paper["origin"] != "generated" or paper["state"] == "draft":
            continue
        data = reader.call("GET", f"/api/v1/papers/{paper['id']}/content?format=docx").data
        name = f"{prefix}{paper['folio']:02d}-{paper['form']}.docx"
        check_docx(data, name)
        (folder / name).write_bytes(data)
        written.append({"file": name, "form": paper["form"], "number": paper["number"], "sha256": paper["sha256"]})
    return written


def check_docx(data: bytes, name: str) -> None:
    """Raise AssertionError when a Word file does not open, has no text, or still holds a template tag."""
    document = docx.Document(io.BytesIO(data))
    assert any(paragraph.text.strip() for paragraph in document.paragraphs), name
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for part in package.namelist():
            if part.endswith(".xml"):
                found = LEFTOVER.search(package.read(part).decode("utf-8"))
                assert found is None, f"{name}: {part} still holds a tag"
