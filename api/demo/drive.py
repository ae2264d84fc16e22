"""`hoso demo`: a real server, one account an office, a whole dossier over HTTP, and a summary of every step."""

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
from api.demo.story import Play, Stage, load_story
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


def drive_demo(out: Path, environment: Mapping[str, str] | None = None, *, home: Path | None = None) -> dict[str, Any]:
    """Play the adult story against a fresh server; write `summary.json` and every .docx to `out`; return the summary.

    `environment` may name another database and store (HOSO_DATABASE_URL, HOSO_STORAGE_URL); `home` keeps the
    server's folder, which is otherwise thrown away.  Raises RefusedError or AssertionError at the first step that
    does not do what the story says.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hoso-demo-") as folder:
        summary = _play(home or Path(folder), out, environment or {})
    (out / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2), encoding="utf-8")
    for step in summary["steps"]:
        papers = ", ".join(paper["number"] or paper["form"] for paper in step["papers"])
        click.echo(f"{step['at'][:16]}  {step['role']:<11} {step['what']:<28} {step['state']:<20} {papers}")
    term = summary["terms"][-1]
    click.echo(f"Term {term['starts_on']} to {term['ends_on']}:")
    for line in term["steps"]:
        click.echo(f"  {line['running'] or '':<12}{line['text']['vi']} / {line['text']['en']} ({line['basis']})")
    click.echo(f"{summary['dossier']}: {summary['state']}; {len(summary['files'])} papers and summary.json in {out}")
    return summary


def _play(folder: Path, out: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    steps = load_story("adult")
    server = new_server(folder, datetime.fromisoformat(str(steps[0]["at"])), environment)
    server.start()
    wire = HttpWire(server.url)
    try:
        stage = Stage(wire, DEMO_PASSWORD, server.set_clock)
        play = Play(stage, ADULT)
        play.run(steps)
        reader = stage.office("cax.truong.minhhoa")
        return {
            "database": environment.get("HOSO_DATABASE_URL", "sqlite").partition(":")[0].partition("+")[0],
            "storage": environment.get("HOSO_STORAGE_URL", "file").partition(":")[0].partition("+")[0],
            **summary_of(reader, play.dossier_id),
            "files": _fetch_papers(reader, play, out / "papers"),
        }
    finally:
        wire.close()
        server.stop()


def _fetch_papers(reader: Office, play: Play, folder: Path) -> list[dict[str, Any]]:
    """Download every generated paper and check that it opens and has no leftover tag."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    written = []
    for paper in reader.get(f"/api/v1/dossiers/{play.dossier_id}/papers")["items"]:
        if paper["origin"] != "generated" or paper["state"] == "draft":
            continue
        data = reader.call("GET", f"/api/v1/papers/{paper['id']}/content?format=docx").data
        name = f"{paper['folio']:02d}-{paper['form']}.docx"
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
