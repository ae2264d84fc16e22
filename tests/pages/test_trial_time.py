"""The time of a demonstration can be put ahead on a page; no other installation has that page."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.clock import clock_of
from api.config import ConfigError, Settings, settings_from_environment
from api.house import EXTENSION

SECRET = "x" * 40


@pytest.fixture
def trial(start, tmp_path, monkeypatch):
    """The installation of the story with the clock of a demonstration."""
    settings = replace(start.house.settings, trial_clock=tmp_path / "trial-clock")
    house = replace(start.house, settings=settings, clock=clock_of(settings))
    monkeypatch.setitem(start.app.extensions, EXTENSION, house)
    return house


def test_time_is_put_ahead_for_everything_that_asks_for_it(trial, start, visit):
    """Step by step, by what was chosen, and told on every page."""
    visitor = visit(start)
    (address,) = visitor.get("/sign-in").tree.xpath("//p[@class='demo']//a/@href")
    page = visitor.get(address)
    for step, ahead in (("day", timedelta(days=1)), ("hour", timedelta(days=1, hours=1))):
        page = visitor.send(page, {"step": step})
        assert page.status == 200
        assert abs(trial.now() - datetime.now(UTC) - ahead) < timedelta(minutes=1)
    assert clock_of(trial.settings)() - datetime.now(UTC) > timedelta(hours=24)


@pytest.mark.parametrize("step", ["", "-1", "year"])
def test_what_is_not_offered_moves_nothing(trial, start, visit, step):
    """The page says so at the item."""
    visitor = visit(start)
    page = visitor.post("/trial/time", {"csrf_token": visitor.get("/trial/time").held()["csrf_token"], "step": step})

    assert page.status == 422
    assert page.tree.xpath("//*[@id='refusal']//a/@href") == ["#f-step"]
    assert not trial.settings.trial_clock.exists()


def test_no_other_installation_has_the_page(start, visit):
    """Neither address answers, no link leads there; a demonstration with a clock file is told its time by the file."""
    visitor = visit(start)

    assert visitor.get("/trial/time").status == 404
    token = visitor.get("/sign-in").held()["csrf_token"]
    assert visitor.post("/trial/time", {"csrf_token": token, "step": "day"}).status == 404
    assert "Dời thời gian" not in visitor.get("/sign-in").text


def test_only_a_demonstration_may_have_such_a_clock(tmp_path):
    """A service for real people takes the machine's time."""
    env = {"HOSO_HOME": str(tmp_path), "HOSO_SECRET_KEY": SECRET}
    file = tmp_path / "clock"
    file.write_text("2026-07-30T08:00:00+07:00")

    assert settings_from_environment(env).trial_clock is None
    assert settings_from_environment(env, demo=True).trial_clock is not None
    assert settings_from_environment(env, demo=True, clock_file=file).trial_clock is None
    with pytest.raises(ConfigError, match="demonstration"):
        Settings("sqlite://", tmp_path.as_uri(), SECRET, trial_clock=tmp_path / "trial-clock")
