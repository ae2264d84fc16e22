"""Notices on both engines: told, counted and marked alike, and an alarm that was committed late is not lost."""

from datetime import timedelta

from sqlalchemy import select

from dossiers.bodies.access import actor_of
from dossiers.bodies.models import Account
from dossiers.files.models import Dossier
from dossiers.limits.operations import raise_alarm
from dossiers.notices.notices import count_unread, mark_read, notices, unread_until
from tests.evidence.conftest import NOW
from workflow.vocabulary import Text

AT = NOW + timedelta(minutes=1)


def raised(session, code, minutes=0.0):
    """Let an alarm stand in the one dossier."""
    (dossier,) = session.scalars(select(Dossier)).all()
    raise_alarm(session, dossier.id, code, Text("a", "a"), basis="", seq=None, at=AT + timedelta(minutes=minutes))


def holder(session, username="cax.truong.minhhoa"):
    """Return somebody of the body that holds the dossier."""
    account = session.scalars(select(Account).where(Account.username == username)).one()
    return actor_of(session, account, on=AT.date())


def test_an_alarm_is_told_counted_and_marked(house, opened):
    """The own opening of the dossier is no notice; the alarm is one, until it was read."""
    opened()
    with house.database.transaction() as session:
        raised(session, "X.a")
        who = holder(session)
        (told,) = notices(session, who, at=AT, limit=9)
        assert (told.kind, told.unread) == ("alarm", True)
        assert notices(session, who, at=AT, limit=9, unread_only=True) == [told]
        assert count_unread(session, who, at=AT) == unread_until(session, who, told.at, at=AT) == 1

        assert mark_read(session, who, told.at, shown=1, at=AT)
        assert notices(session, who, at=AT, limit=9, unread_only=True) == []
        raised(session, "X.b", -0.5)
        assert count_unread(session, who, at=AT) == 1
        assert not mark_read(session, who, told.at, shown=0, at=AT)
        assert mark_read(session, who, told.at, shown=1, at=AT)
        assert count_unread(session, who, at=AT) == 0


def test_another_body_is_told_nothing(house, opened):
    """It takes no part."""
    opened()
    with house.database.transaction() as session:
        raised(session, "X.a")
        other = holder(session, "cax.truong.thunghiem")

        assert notices(session, other, at=AT, limit=9) == []
        assert count_unread(session, other, at=AT) == 0
