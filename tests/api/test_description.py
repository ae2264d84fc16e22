"""The description of the interface is right and complete."""

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.api.scenes import AppWire, Recording

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def description(recording: Recording) -> dict[str, Any]:
    """Return the description as a program fetches it, without signing in."""
    reply = AppWire(recording.app).send("GET", "/api/v1/openapi.json", {}, None)
    assert reply.status == 200
    found: dict[str, Any] = reply.json()
    return found


def test_the_description_is_valid_openapi_3_1(description: dict[str, Any]) -> None:
    """By the validator of the standard itself."""
    assert description["openapi"] == "3.1.0"
    assert not list(OpenAPIV31SpecValidator(description).iter_errors())


def test_the_description_lists_every_route_of_version_1(recording: Recording, description: dict[str, Any]) -> None:
    """And nothing that does not exist."""
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in recording.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.rule != "/api/v1/openapi.json"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, item in description["paths"].items() for method in item if method in METHODS}

    assert served == described
    assert len(served) > 25


def test_every_operation_says_what_it_does(description: dict[str, Any]) -> None:
    """The first line of its view, in words."""
    for path, item in description["paths"].items():
        for method in set(item) & set(METHODS):
            operation = item[method]
            assert operation["summary"].endswith("."), (path, method)
            assert [status for status in operation["responses"] if status.startswith("2")], (path, method)
