"""How commands print: words for people, `--json` for programs."""

from __future__ import annotations

import json
from typing import Any

import click

from dossiers.errors import DossierError

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def show(value: Any, *, as_json: bool, lines: list[str]) -> None:  # noqa: ANN401 - any JSON value
    """Print `value` as JSON, or the lines for people."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))


def complain(refused: Exception) -> None:
    """Print a refusal to standard error, with every reason it has."""
    if isinstance(refused, DossierError):
        click.echo(f"{refused.detail.vi} / {refused.detail.en}", err=True)
        for reason in getattr(refused, "reasons", ()):
            basis = f" ({reason.basis})" if reason.basis else ""
            click.echo(f"- {reason.text.vi} / {reason.text.en}{basis}", err=True)
    else:
        click.echo(str(refused), err=True)
