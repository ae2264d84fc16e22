"""The first page of who keeps the installation, and how it runs: sign-in, work that failed, version.

Reads only, and shows no person whom a dossier is about.
"""

from __future__ import annotations

from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final
from urllib.parse import urlsplit

from flask import current_app, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import func, select
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.admin_forms import today
from api.pages.blueprint import pages
from dossiers.bodies import throttling
from dossiers.bodies.access import may
from dossiers.bodies.models import Account, Organization
from dossiers.bodies.operations import PASSWORD_LENGTH_MIN, TOKEN_DAYS_MAX
from dossiers.bodies.validity import valid_on
from dossiers.evidence.sweeping import SWEEP
from dossiers.jobs import ATTEMPTS_MAX, troubled_jobs
from dossiers.moves.recount import RECOUNT_ALL, RECOUNT_ONE
from dossiers.papers.print_versions import PRINT
from dossiers.policies import decided_values, decreed_days
from workflow.vocabulary import Text

_JOBS: Final = {
    SWEEP: Text("Dọn tệp không còn văn bản nào dùng", "Sweep of files that no paper uses"),
    RECOUNT_ALL: Text("Tìm thời hạn phải tính lại", "Search for limits to count again"),
    RECOUNT_ONE: Text("Tính lại thời hạn của một hồ sơ", "Count the limits of one dossier again"),
    PRINT: Text("Lập bản in (PDF)", "Make the PDF to print"),
}
_OTHER_JOB: Final = Text("Việc khác", "Other work")
_DATABASES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@pages.before_request
def _lead_home() -> BaseResponse | None:
    """Lead who has no inbox, as an administrator has none, from the first address to the page of administration."""
    if request.endpoint != "pages.show_inbox" or not current_user.is_authenticated:
        return None
    without_inbox = may(caller(), "admin") and not may(caller(), "inbox:read")
    return redirect(url_for("pages.show_admin"), HTTPStatus.SEE_OTHER) if without_inbox else None


@pages.get("/admin")
@allow("admin")
def show_admin() -> str:
    """Show the doors of administration, each with how much stands behind it."""
    with house().database.reading() as session:
        jobs = troubled_jobs(session)
        return render_template(
            "admin.html",
            bodies=session.scalar(select(func.count(Organization.id)).where(valid_on(Organization, today()))),
            accounts=session.scalar(select(func.count(Account.id)).where(Account.closed_at.is_(None))),
            days=len(decreed_days(session)),
            policies=len(house().law.policies),
            decided=len(decided_values(session)),
            editions=len(house().law.procedures),
            failed=sum(each.jobs for each in jobs if each.state == "failed"),
        )


@pages.get("/admin/system")
@allow("admin")
def show_system() -> str:
    """Show how people sign in, which work failed, and what the installation runs on; nothing can be changed here."""
    settings, seconds = house().settings, current_app.permanent_session_lifetime.total_seconds()
    with house().database.reading() as session:
        jobs = [
            {"job": each, "title": say(_JOBS.get(each.kind, _OTHER_JOB)), "final": each.state == "failed"}
            for each in troubled_jobs(session)
        ]
        revision = house().law.calendar(session).revision
    facts: dict[str, Any] = {
        "session_hours": int(seconds // 3600),
        "secure": bool(current_app.config["SESSION_COOKIE_SECURE"]),
        "password_length": PASSWORD_LENGTH_MIN,
        "failures": throttling.FAILURES_MAX,
        "window": int(throttling.WINDOW.total_seconds() // 60),
        "pause_first": int(throttling.PAUSE_FIRST.total_seconds()),
        "pause_max": int(throttling.PAUSE_MAX.total_seconds() // 60),
        "token_days": TOKEN_DAYS_MAX,
        "version": _version(),
        "database": _DATABASES[house().database.dialect],
        "storage": "S3" if urlsplit(settings.storage_url).scheme.startswith("s3") else "",
        "upload_mb": settings.upload_bytes_max // (1024 * 1024),
        "worker_seconds": f"{settings.worker_seconds:g}" if settings.worker_seconds > 0 else "",
        "revision": revision,
    }
    return render_template("admin_system.html", jobs=jobs, attempts_max=ATTEMPTS_MAX, **facts)


def _version() -> str:
    try:
        return version("hoso")
    except PackageNotFoundError:
        return "–"
