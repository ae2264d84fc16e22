"""The tables on both engines: made by migrations alone, the same as the models, and undone cleanly."""

import ast
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect

import dossiers
from dossiers.migrating import alembic_config, differences, upgrade
from dossiers.tables import metadata
from storage.database import open_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request, tmp_path):
    """An empty database on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite'}"
    return request.getfixturevalue("fresh_postgres_database")(None)


def test_migrations_make_what_the_models_say(empty_url):
    """`alembic check` finds nothing to add; a second upgrade changes nothing."""
    upgrade(empty_url)
    upgrade(empty_url)

    assert differences(empty_url) is None
    database = open_database(empty_url)
    assert set(metadata().tables) <= set(inspect(database.engine).get_table_names())
    database.dispose()


def test_processes_that_migrate_at_once_wait_for_each_other(empty_url):
    """Four starts at the same time: one migrates, the others find it done."""
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(upgrade, empty_url) for _ in range(4)]:
            done.result()

    assert differences(empty_url) is None


def test_every_migration_can_be_taken_back(empty_url):
    """Down to nothing and up again."""
    upgrade(empty_url)
    database = open_database(empty_url, pooled=False)
    with database.engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    left = set(inspect(database.engine).get_table_names())
    database.dispose()

    assert left <= {"alembic_version"}
    upgrade(empty_url)
    assert differences(empty_url) is None


def test_the_models_are_whole_without_the_rest_of_the_program():
    """Every table that a file of the program names is known to a process that imports the metadata alone."""
    named = set()
    for file in Path(dossiers.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and any(getattr(to, "id", None) == "__tablename__" for to in node.targets):
                named.add(ast.literal_eval(node.value))

    alone = "from dossiers.tables import metadata; print(*metadata().tables)"
    known = subprocess.run([sys.executable, "-c", alone], check=True, capture_output=True, text=True).stdout.split()

    assert len(named) > 20
    assert named <= set(known)
