"""The questions that the board of a facility asks, on both engines: what one of them takes the other one takes."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from dossiers.facilities import board, places
from dossiers.facilities.leavers import leaving
from dossiers.files.editions import load_law
from dossiers.migrating import upgrade
from storage.database import open_database

AT = datetime(2026, 12, 1, tzinfo=UTC)
FEW = board.Page(5)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request, tmp_path):
    """An empty database on each engine."""
    sqlite = request.param == "sqlite"
    url = (
        f"sqlite:///{tmp_path / 'empty.sqlite'}" if sqlite else request.getfixturevalue("fresh_postgres_database")(None)
    )
    upgrade(url)
    opened = open_database(url)
    yield opened
    opened.dispose()


def test_every_list_can_be_asked_for(database):
    """An empty facility has empty lists, and no engine objects to the question."""
    law, bodies = load_law(development=True), frozenset({uuid4()})
    with database.reading() as session:
        counts = board.count_board(session, law, bodies, at=AT)
        lists = [
            board.arriving(session, law, bodies, page=FEW),
            board.present(session, law, bodies, page=FEW),
            board.present(session, law, bodies, page=FEW, group=board.HELD),
            board.away(session, law, bodies, page=FEW),
            leaving(session, law, bodies, at=AT, page=FEW),
            places.people_by_area(session, bodies, kind=None, page=FEW, on=AT.date()),
            places.people_by_area(session, bodies, kind=places.UNPLACED, page=FEW, on=AT.date()),
        ]
        areas = places.area_lines(session, bodies, on=AT.date())
        unplaced = places.count_unplaced(session, bodies)

    assert lists == [[]] * len(lists)
    assert (counts.present, counts.arriving, counts.away, counts.overdue, counts.leaving) == (0, 0, 0, 0, 0)
    assert [(line.capacity, line.taken) for line in areas] == [(None, 0)] * len(areas)
    assert unplaced == 0
