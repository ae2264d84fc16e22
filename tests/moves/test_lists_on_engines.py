"""Lists of work and of courts on both engines: what one of them takes the other one takes, and finds the same."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from dossiers.bodies.access import Actor, actor_of
from dossiers.bodies.models import Account
from dossiers.court import queries as court
from dossiers.court.steps import Docket
from dossiers.demonstration.world import load_demo
from dossiers.files.editions import load_law
from dossiers.handovers.queries import handovers_of_bodies
from dossiers.migrating import upgrade
from dossiers.moves.inboxes import inbox, inbox_items, waiting_dossiers
from dossiers.moves.open_dossier import OpenForm, open_dossier
from dossiers.moves.situations import survey
from dossiers.overview.figures import overview
from dossiers.overview.lists import _CONDITIONS as FIGURES
from dossiers.overview.lists import Figure, dossiers_behind
from dossiers.overview.territory import territory_of
from dossiers.people.models import Person
from dossiers.people.sealing import Sealer
from storage.database import open_database

AT = datetime(2026, 8, 1, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request, tmp_path):
    """A database with the demonstration's bodies and persons, on each engine."""
    sqlite = f"sqlite:///{tmp_path / 'lists.sqlite'}"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("fresh_postgres_database")(None)
    upgrade(url)
    opened = open_database(url)
    with opened.transaction() as session:
        load_demo(session, Sealer(b"a secret of the tests, longer than it must be"), at=AT)
    yield opened
    opened.dispose()


def somebody(session, username) -> Actor:
    """Return an account of the demonstration at work."""
    account = session.scalars(select(Account).where(Account.username == username)).one()
    return actor_of(session, account, on=AT.date())


def test_what_waits_is_found_counted_and_surveyed(database):
    """Two dossiers opened by the police wait for it, and for nobody else."""
    law = load_law()
    with database.transaction() as session:
        officer = somebody(session, "cax.canbo.minhhoa")
        own = select(Person.id).where(Person.created_by_body_id.in_(officer.organization_ids)).limit(2)
        opened = [open_dossier(session, law, OpenForm(each), actor=officer, at=AT) for each in session.scalars(own)]
        ids = {dossier.id for dossier in opened}
    with database.reading() as session:
        waiting = waiting_dossiers(session, law, somebody(session, "cax.canbo.minhhoa"), at=AT, soon=DAY)

        assert {each.dossier_id for each in waiting} == ids
        assert len(ids) == 2
        assert all(each.ours and not each.alarmed for each in waiting)
        items = inbox_items(session, law, [each.dossier_id for each in waiting], at=AT)
        assert [item.dossier.id for item in items] == [each.dossier_id for each in waiting]
        assert survey(session, law, list(ids)).parties.keys() == ids
        assert inbox(session, law, somebody(session, "toa.kv99"), at=AT, limit=5) == []


def test_every_list_of_a_court_can_be_asked_for(database):
    """An empty court has empty lists, and no engine objects to the question."""
    law, today = load_law(), AT.date()
    with database.reading() as session:
        clerk = somebody(session, "toa.kv99")
        found = {each: court.docket(session, law, clerk, each, today=today, limit=5) for each in Docket}
        heard = court.hearings(session, law, clerk, first=today, last=today + 7 * DAY)
        papers = court.own_papers(session, clerk, [uuid4()])
        lines = court.lines_of(session, law, clerk, [], at=AT)

        assert {each.total for each in found.values()} == {0}
        assert heard == lines == []
        assert list(papers.values()) == [[]]
        assert list(handovers_of_bodies(session, clerk, limit=5, offset=0)) == []


def test_every_figure_of_a_territory_can_be_asked_for(database):
    """The province counts what was opened in it, and may open what stands behind each figure it has."""
    law = load_law()
    with database.transaction() as session:
        officer = somebody(session, "cax.canbo.minhhoa")
        own = select(Person.id).where(Person.created_by_body_id.in_(officer.organization_ids)).limit(1)
        open_dossier(session, law, OpenForm(session.scalars(own).one()), actor=officer, at=AT)
    with database.reading() as session:
        overseer = somebody(session, "ca.tinh")
        territory = territory_of(session, overseer, on=AT.date())
        found = overview(session, law, territory, at=AT, since=AT - 180 * DAY)
        behind = {
            kind: dossiers_behind(session, law, territory, Figure(kind, "", None), overseer, at=AT, limit=5, after=None)
            for kind in FIGURES
        }

        assert sum(each.dossiers for each in found.phases) == 1
        assert set(map(len, behind.values())) <= {0, 1}
        assert len(behind) >= 5
