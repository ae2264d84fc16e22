"""The questions of the boards on both engines: each is understood, and finds nobody where nobody is."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from dossiers.aftercare.queries import count_managed, managed, summaries
from dossiers.bodies.access import actor_of
from dossiers.bodies.models import Account
from dossiers.commune.queries import add_limits, count_rows, list_rows
from dossiers.commune.sections import SECTIONS
from dossiers.demonstration.world import load_demo
from dossiers.files.editions import load_law
from dossiers.migrating import upgrade
from dossiers.people.sealing import Sealer
from storage.database import open_database

AT = datetime(2026, 8, 1, 1, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request, tmp_path):
    """A database with the demonstration's bodies and persons, on each engine."""
    sqlite = f"sqlite:///{tmp_path / 'boards.sqlite'}"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("fresh_postgres_database")(None)
    upgrade(url)
    opened = open_database(url)
    with opened.transaction() as session:
        load_demo(session, Sealer(b"a secret of the tests, longer than it must be"), at=AT)
    yield opened
    opened.dispose()


def test_every_question_is_understood(database):
    """Types, order and empty lists, as each engine sees them."""
    law = load_law()
    with database.reading() as session:
        account = session.scalars(select(Account).where(Account.username == "cax.truong.minhhoa")).one()
        actor = actor_of(session, account, on=AT.date())
        lists = []
        for section in SECTIONS.values():
            rows = list_rows(session, law, section, actor, at=AT, start=0, limit=5)
            lists.append((section, rows))
            assert count_rows(session, law, section, actor, at=AT) == len(rows) == 0
        add_limits(session, law, lists)
        people = managed(session, law, actor, on=AT.date(), start=0, limit=5)

        assert count_managed(session, law, actor) == len(people) == 0
        assert summaries(session, people, on=AT.date()) == {}


def test_every_list_of_the_board_means_something_in_the_law():
    """A list that no law fills is a slip in the data file."""
    law = load_law()
    limits = {name for each in law.procedures for name in each.limits}
    acts = {name for each in law.procedures for name in each.by_trigger}
    sides = {each.id for each in law.procedures if each.side}
    facts = {name for each in law.procedures for name in each.facts}

    for section in SECTIONS.values():
        assert {*section.running, *section.span} <= limits, section.id
        assert {act for each in section.selectors for act in (*each.acts, *each.led_by)} <= acts, section.id
        assert set(section.proceedings) <= sides, section.id
        assert set(section.facts) <= facts, section.id
        assert section.states(law.procedures) or section.running or section.proceedings, section.id
