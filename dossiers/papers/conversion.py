"""Makes a PDF of a Word file with LibreOffice, where it is installed; never changes what is stored."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from dossiers.errors import DossierError
from workflow.vocabulary import Text

#: Longest time one conversion may take, in seconds.
SECONDS_MAX = 60


class NoConverterError(DossierError):
    """No word processor is installed on this machine, or it could not read the file."""

    code = "pdf-unavailable"
    title = Text("Máy chủ này chưa tạo được bản PDF", "This server cannot make a PDF")


def converter() -> str | None:
    """Return the program that makes PDF files, None when it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def as_pdf(docx: bytes) -> bytes:
    """Return the PDF of a .docx; raises NoConverterError when LibreOffice is not there or fails."""
    office = converter()
    if office is None:
        raise NoConverterError
    with tempfile.TemporaryDirectory(prefix="hoso-pdf-") as folder:
        source = Path(folder) / "paper.docx"
        source.write_bytes(docx)
        profile = (Path(folder) / "profile").as_uri()
        command = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir", folder]
        try:
            subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=SECONDS_MAX)  # noqa: S603
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
            raise NoConverterError from failed
        made = source.with_suffix(".pdf")
        if not made.is_file():
            raise NoConverterError
        return made.read_bytes()
