"""The `hoso` command: one group a subject.

Exit codes: 0 done, 1 refused or not verified, 2 wrong usage.
"""

from __future__ import annotations

import sys

import click

from api.cli import (
    auditing,
    calendar,
    database,
    forms,
    law,
    law_migrate,
    law_prove,
    law_replay,
    organizations,
    policies,
    serving,
    storage,
    symbols,
    users,
)
from api.cli.output import complain
from api.config import ConfigError
from dossiers.errors import DossierError
from storage.errors import StorageError
from workflow.proven import UnprovenError
from workflow.reading import LawFileError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hoso", prog_name="hoso")
def cli() -> None:
    """Carry a compulsory drug-rehabilitation dossier (hồ sơ) through its life."""


for command in (
    serving.serve,
    serving.demo,
    serving.worker,
    law.law,
    law.deadline,
    calendar.calendar,
    policies.policy,
    law.term,
    forms.forms,
    storage.storage,
    database.db,
    auditing.audit,
    users.user,
    organizations.org,
):
    cli.add_command(command)
organizations.org.add_command(symbols.symbol)
law.law.add_command(law_prove.prove_law)
law.law.add_command(law_replay.replay_law)
law.law.add_command(law_migrate.migrate_law)


def main() -> None:
    """Run the command and turn every refusal into one clear line and exit code 1."""
    try:
        # Outside its standalone mode click returns the code that a command exits with.
        code = cli(standalone_mode=False)
    except click.ClickException as usage:
        usage.show()
        sys.exit(usage.exit_code)
    except click.exceptions.Abort:
        sys.exit(1)
    except (DossierError, StorageError, LawFileError, UnprovenError, ConfigError) as refused:
        complain(refused)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
