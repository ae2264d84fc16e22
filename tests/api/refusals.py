"""What every refusal must be, said once: its shape, its code, its reasons, and that nothing changed."""

from collections.abc import Callable
from typing import Any

from api.demo.client import Reply
from tests.api.scenes import Scene

PROBLEM = "application/problem+json"
#: Words that only the inside of the program uses: none may reach a caller.
INSIDE = ("Traceback", "sqlalchemy", "sqlite3", "psycopg", "SELECT ", "INSERT ", "UPDATE ", ".py", "/tmp/", "Error(")  # noqa: S108


def header(reply: Reply, name: str) -> str | None:
    """Return a header of a reply however its name is written on the way."""
    return {key.lower(): value for key, value in reply.headers.items()}.get(name.lower())


def problem_of(reply: Reply, status: int, code: str) -> dict[str, Any]:
    """Return the problem that a reply is; AssertionError when it is no proper one of that status and code."""
    text = reply.data.decode()
    assert reply.status == status, text
    assert header(reply, "Content-Type") == PROBLEM
    problem: dict[str, Any] = reply.json()
    assert problem["type"].endswith(f"/{code}")
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"].startswith("/api/v1/")
    assert not [word for word in INSIDE if word in text]
    return problem


def refused(scene: Scene, ask: Callable[[], Reply], status: int, code: str) -> dict[str, Any]:
    """Return the problem that `ask` gets, having seen that it changed no row at all."""
    before = scene.traces()
    problem = problem_of(ask(), status, code)
    assert scene.traces() == before
    return problem


def move_refused(scene: Scene, ask: Callable[[], Reply]) -> set[str]:
    """Return the guards (with their clauses) of a refused act, each with its text, and nothing changed."""
    problem = refused(scene, ask, 409, "move-refused")
    for reason in problem["reasons"]:
        assert reason["text"]
        assert reason["effect"] in ("refuse", "override")
        assert reason["basis"] is not None
    return {".".join(filter(None, (each["guard"], each["clause"]))) for each in problem["reasons"]}
