"""Reminders by e-mail against a real SMTP server: figures only, once a day, tried again, nothing without a setting."""

import email
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.policy import default
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from api.config import ConfigError, Settings
from api.demo.drive import ADULT
from api.mailing import mail_next
from api.worker import HANDLERS, _plan, tick
from dossiers.bodies.access import actor_of
from dossiers.bodies.models import Account
from dossiers.jobs import Job
from dossiers.moves.inboxes import waiting_dossiers
from dossiers.notices.notices import count_unread
from dossiers.reminders.models import Reminder
from dossiers.reminders.operations import REMIND_ALL, REMIND_ONE, next_morning, plan_reminders
from tests.servers.processes import find_free_ports
from workflow.certificates import VIETNAM

CLERK, OFFICER = "toa.kv99", "cax.canbo.minhhoa"
SENDER, ADDRESS = "nhacviec@hoso.example", "thuky@toa.example"


@dataclass
class Post:
    """A post office: what came in, and how many mails it refuses for now first."""

    received: list[bytes] = field(default_factory=list)
    tried: int = 0
    refusing: int = 0
    url: str = ""

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name that aiosmtpd calls
        """Take a mail or ask to try again."""
        self.tried += 1
        if self.refusing:
            self.refusing -= 1
            return "451 try again later"
        self.received.append(envelope.content)
        return "250 OK"

    @property
    def mails(self):
        """Return what came in, read as mails."""
        return [email.message_from_bytes(each, policy=default) for each in self.received]


@pytest.fixture
def post() -> Iterator[Post]:
    """Run an SMTP server on loopback."""
    (port,) = find_free_ports(1)
    office = Post(url=f"smtp://127.0.0.1:{port}")
    server = Controller(office, hostname="127.0.0.1", port=port)
    server.start()
    yield office
    server.stop()


@pytest.fixture
def mailing(after, post):
    """Return a scene whose clerk wants mail, and its house with the post office of these tests."""
    scene = after("file_to_court")
    house = replace(scene.house, settings=replace(scene.house.settings, mail_url=post.url, mail_from=SENDER))
    ask(house, CLERK)
    return scene, house


def ask(house, username, address=ADDRESS):
    """Let an account want a reminder."""
    with house.database.transaction() as session:
        account = session.scalars(select(Account).where(Account.username == username)).one()
        session.add(Reminder(account_id=account.id, address=address, set_at=house.now()))


def jobs(house):
    """Return the state, number of attempts and fault of each mail that was asked for."""
    with house.database.reading() as session:
        query = select(Job.state, Job.attempts, Job.last_error).where(Job.kind == REMIND_ONE)
        return [tuple(row) for row in session.execute(query)]


def send_all(house):
    """Send everything that is due; return how many mails were looked at."""
    count = 0
    while mail_next(house):
        count += 1
    return count


def plan(house):
    """Ask for the mails of the day."""
    with house.database.transaction() as session:
        return plan_reminders(session, at=house.now())


def test_a_mail_tells_figures_and_nothing_of_anybody(mailing, post):
    """No name, date of birth, identity number, place, dossier number or inner id in any line or head."""
    scene, house = mailing

    assert plan(house) == 1
    assert send_all(house) == 1

    (mail,) = post.mails
    assert mail["Subject"] == "hoso: việc trong ngày"
    assert (mail["From"], mail["To"], mail["Auto-Submitted"]) == (SENDER, ADDRESS, "auto-generated")
    assert "Hồ sơ chờ xử lý: 1" in mail.get_content()
    assert "Thông báo chưa đọc: 1" in mail.get_content()
    planted = [scene.number, scene.dossier_id, str(UUID(scene.dossier_id).hex), str(ADULT["id_number"])]
    for row in scene.rows("select full_name, born_on, residence from person"):
        planted += [str(value) for value in row if value]
    for row in scene.rows("select username, full_name from account"):
        planted += [str(value) for value in row]
    everything = f"{mail.as_string()}\n{mail.get_content()}\n{mail['Subject']}".casefold()
    assert len(planted) > 20
    assert [word for word in planted if word.casefold() in everything] == []


def test_a_mail_is_sent_once_however_often_the_worker_looks(mailing, post):
    """Nothing is left to do after it, and the plan of the next day stands alone."""
    _scene, house = mailing
    plan(house)

    assert [send_all(house) for _look in range(3)] == [1, 0, 0]

    assert len(post.received) == 1
    assert jobs(house) == [("done", 1, None)]


def test_a_refused_mail_is_tried_again_and_then_arrives(mailing, post):
    """The reason that is kept names neither address nor answer."""
    scene, house = mailing
    post.refusing = 1
    plan(house)

    assert send_all(house) == 1
    assert post.received == []
    assert jobs(house) == [("waiting", 1, "SMTPDataError")]
    scene.clock.instant += timedelta(minutes=11)
    assert send_all(house) == 1

    assert (post.tried, len(post.received)) == (2, 1)
    assert jobs(house) == [("done", 2, None)]


def test_a_mail_sent_again_after_a_crash_is_the_same_mail(mailing, post):
    """One mark a day and account: a mail program shows it once; another day has another."""
    scene, house = mailing
    for days in (0, 0, 1):
        scene.clock.instant += timedelta(days=days)
        plan(house)
        send_all(house)

    marks = [mail["Message-ID"] for mail in post.mails]
    assert marks[0] == marks[1] != marks[2]
    assert all(mark.endswith("@hoso.example>") for mark in marks)


def test_a_mail_of_yesterday_is_not_sent_today(mailing, post):
    """Figures are told on their day or not at all."""
    scene, house = mailing
    plan(house)
    scene.clock.instant += timedelta(days=1)

    assert send_all(house) == 1

    assert post.tried == 0
    assert jobs(house) == [("done", 1, None)]


def test_who_has_only_notices_to_read_is_told_so_and_who_has_nothing_is_not(scene_at, recording, post):
    """After the end of the story nothing waits; what others did last is still news to some."""
    scene = scene_at(recording.ends[-1])
    house = replace(scene.house, settings=replace(scene.house.settings, mail_url=post.url, mail_from=SENDER))
    told = {}
    with house.database.transaction() as session:
        for account in session.scalars(select(Account)).all():
            actor = actor_of(session, account, on=house.now().date())
            if not waiting_dossiers(session, house.law, actor, at=house.now()):
                address = f"{account.username}@co-quan.example"
                told[address] = count_unread(session, actor, at=house.now())
                session.add(Reminder(account_id=account.id, address=address, set_at=house.now()))
    plan(house)
    send_all(house)

    assert {0} < set(told.values())
    assert {mail["To"] for mail in post.mails} == {address for address, unread in told.items() if unread}
    assert all(f"Thông báo chưa đọc: {told[mail['To']]}" in mail.get_content() for mail in post.mails)


def test_each_is_told_in_the_own_language_and_the_own_figures(mailing, post):
    """A closed account is told nothing."""
    _scene, house = mailing
    ask(house, OFFICER, "canbo@xa.example")
    ask(house, "coso1.truong", "coso@coso.example")
    with house.database.transaction() as session:
        session.scalars(select(Account).where(Account.username == OFFICER)).one().language = "en"
        session.scalars(select(Account).where(Account.username == "coso1.truong")).one().closed_at = house.now()

    assert plan(house) == 2
    send_all(house)

    told = {mail["To"]: mail.get_content() for mail in post.mails}
    assert set(told) == {ADDRESS, "canbo@xa.example"}
    assert "Dossiers waiting:" in told["canbo@xa.example"]


def test_the_worker_asks_for_mails_once_each_morning_and_never_without_a_server(mailing):
    """At seven in the hours of Việt Nam; without a setting there is no such work."""
    scene, house = mailing
    _plan(scene.house)
    assert kinds(house) == []

    for _time in range(2):
        _plan(house)
    assert kinds(house) == [next_morning(house.now())]
    scene.clock.instant = next_morning(house.now())
    tick(house)
    assert [state for state, _attempts, _fault in jobs(house)] == ["waiting"]
    assert REMIND_ONE not in HANDLERS


def kinds(house):
    """Return when mails will be asked for."""
    with house.database.reading() as session:
        return list(session.scalars(select(Job.run_at).where(Job.kind == REMIND_ALL, Job.state == "waiting")))


@pytest.mark.parametrize("hours", range(0, 48, 5))
def test_the_next_morning_is_at_most_a_day_away(hours):
    """Always later than now, always seven o'clock."""
    now = datetime(2026, 8, 3, 0, 30, tzinfo=VIETNAM) + timedelta(hours=hours)

    morning = next_morning(now)

    assert timedelta() < morning - now <= timedelta(days=1)
    assert (morning.astimezone(VIETNAM).hour, morning.minute) == (7, 0)


def test_settings_that_cannot_send_are_refused():
    """Another kind of address, no sender, a sender with a line break."""
    fine = {"database_url": "sqlite://", "storage_url": "file:///x", "secret_key": "x" * 40}
    assert Settings(**fine, mail_url="smtps://mail.example", mail_from=SENDER).mail_url
    for url, sender in (("http://mail.example", SENDER), ("smtp://", SENDER), ("smtp://m", ""), ("smtp://m", "a@b\nc")):
        with pytest.raises(ConfigError):
            Settings(**fine, mail_url=url, mail_from=sender)
