"""Whoever tries the demonstration finds its accounts on the page that asks for one; nowhere else are they told."""

from dataclasses import replace

from api.house import EXTENSION
from dossiers.demonstration.world import DEMO_PASSWORD, demo_offices


def test_the_demonstration_names_its_accounts_where_it_asks_for_one(start, visit):
    """Each with its office and body in words; what is read there opens the inbox."""
    page = visit(start).get("/sign-in")

    rows = page.tree.xpath("//section[@aria-labelledby='trial']//tbody/tr")
    shown = [" ".join(" ".join(row.itertext()).split()) for row in rows]
    assert [line.split()[0] for line in shown] == [username for username, _role, _body in demo_offices()]
    assert "cax.canbo.minhhoa Cán bộ Công an cấp xã Công an phường Minh Họa" in shown
    assert DEMO_PASSWORD in page.text


def test_any_other_installation_tells_nothing(start, visit, monkeypatch):
    """No account and no password stands on the page of a real service."""
    real = replace(start.house, settings=replace(start.house.settings, demo=False))
    monkeypatch.setitem(start.app.extensions, EXTENSION, real)

    page = visit(start).get("/sign-in")

    assert page.status == 200
    assert page.tree.xpath("//section[@aria-labelledby='trial']") == []
    assert DEMO_PASSWORD not in page.response.get_data(as_text=True)
    assert not any(username in page.text for username, _role, _body in demo_offices())
