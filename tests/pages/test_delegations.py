"""Delegations on pages: a head gives, a colleague acts, the diary names the decision, and taken back is taken back."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from dossiers.administration.bodies import renew_body
from dossiers.bodies.access import actor_of
from dossiers.bodies.models import Account, Organization

HEAD, OFFICER, OTHER, ADMIN = "cax.truong.minhhoa", "cax.canbo.minhhoa", "cax.truong.thunghiem", "quantri"
DECISION = {"decision_no": "07/UQ-CAX", "reason": "Đi công tác (giả định).", "valid_to": "2026-12-31"}


def delegated(scene, visit):
    """Let the head delegate to the officer, with the form."""
    head = visit(scene, HEAD)
    page = head.get(head.get(head.get("/").links()["Ủy quyền"]).links()["Ủy quyền cho người khác"])
    (receiver,) = [value for value in page.tree.xpath("//select[@name='receiver']/option/@value") if value]
    return head, head.send(page, {**DECISION, "receiver": receiver})


def test_an_act_by_delegation_names_the_decision_and_own_acts_stay_as_they_were(after, visit):
    """In the diary and its chain; an own act carries nothing new."""
    scene = after("run_gates")
    assert scene.send(OFFICER, "open_dossier", {"competence_basis": "residence"}).status in (403, 409)
    _head, listed = delegated(scene, visit)
    assert "đang có hiệu lực" in listed.text

    scene.act(OFFICER, "open_dossier", {"competence_basis": "residence"})

    (said,) = scene.rows(
        "select json_extract(payload, '$.delegation.decision_no') from diary order by seq desc limit 1"
    )
    assert said == ("07/UQ-CAX",)
    assert scene.rows("select count(*) from diary where json_extract(payload, '$.delegation') is not null") == [(1,)]
    page = visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}")
    assert "theo ủy quyền số 07/UQ-CAX ngày" in page.text


def test_taken_back_the_next_act_is_refused(after, visit):
    """At once, also for who is signed in."""
    scene = after("run_gates")
    head, listed = delegated(scene, visit)
    (action,) = listed.tree.xpath("//main//form/@action")
    again = head.send(listed, action=action)

    assert "đã thu hồi" in again.text
    assert scene.send(OFFICER, "open_dossier", {"competence_basis": "residence"}).status in (403, 409)
    assert scene.rows("select count(*) from diary where json_extract(payload, '$.delegation') is not null") == [(0,)]


def test_what_is_wrong_is_said_at_its_item_and_nothing_is_kept(after, visit):
    """Everything at once; what was typed stays."""
    scene = after("run_gates")
    head = visit(scene, HEAD)
    page = head.send(head.get("/delegations/new"), {"reason": "Giữ lại", "valid_to": "2020-01-01"})

    assert page.status == 422
    named = set(page.tree.xpath("//*[@id='refusal']//a/@href"))
    assert {"#f-receiver", "#f-decision_no", "#f-valid_to"} <= named
    assert page.held()["reason"] == "Giữ lại"
    assert scene.rows("select count(*) from delegation") == [(0,)]


def test_only_heads_delegate_and_each_sees_the_own_ones(after, visit):
    """The keeper of accounts sees all of them and may take them back."""
    scene = after("run_gates")
    delegated(scene, visit)
    assert "/admin" not in visit(scene, HEAD).get("/delegations/new").links().values()
    for username in ("cax.canbo.thunghiem", "toa.kv99", ADMIN, "ubnd.chutich.minhhoa"):
        assert visit(scene, username).get("/delegations/new").status == 403
    assert "07/UQ-CAX" in visit(scene, OFFICER).get("/delegations").text
    assert "07/UQ-CAX" not in visit(scene, OTHER).get("/delegations").text
    for username in (HEAD, OFFICER):
        assert visit(scene, username).get("/admin/delegations").status == 403
    admin = visit(scene, ADMIN)
    listed = admin.get("/admin/delegations")
    assert "07/UQ-CAX" in listed.text
    (action,) = listed.tree.xpath("//main//form/@action")
    foreign = visit(scene, OTHER)
    token = foreign.get("/delegations").tree.xpath("//input[@name='csrf_token']/@value")[0]
    own = action.removeprefix("/admin")
    assert foreign.post(own, {"csrf_token": token, "once": "a" * 20}).status == 404
    assert "đã thu hồi" in admin.send(listed, action=action).text


def test_who_acts_by_delegation_cannot_pass_it_on(after, visit):
    """The form says that it is not allowed."""
    scene = after("run_gates")
    delegated(scene, visit)

    assert visit(scene, OFFICER).get("/delegations/new").status == 403


@pytest.mark.parametrize("taken_back", [False, True])
def test_a_renamed_body_makes_no_own_office_of_what_was_delegated(after, visit, taken_back):
    """Neither of a delegation in force nor of one that was taken back."""
    scene = after("run_gates")
    head, listed = delegated(scene, visit)
    if taken_back:
        head.send(listed, action=listed.tree.xpath("//main//form/@action")[0])
    tomorrow = scene.clock.instant.date() + timedelta(days=1)
    with scene.house.database.transaction() as session:
        body = session.get_one(Organization, UUID(scene.body("CAX-99001")))
        renew_body(session, body, {"name": "Công an phường Minh Họa Mới"}, on=tomorrow, at=scene.clock.instant)
        held = {}
        for name in (OFFICER, HEAD):
            account = session.scalars(select(Account).where(Account.username == name)).one()
            held[name] = [(each.role, each.name) for each in actor_of(session, account, on=tomorrow).offices]

    assert held[OFFICER] == [("CAX_OFF", "Công an phường Minh Họa Mới")]
    assert held[HEAD] == [("CAX_HEAD", "Công an phường Minh Họa Mới")]


def test_what_an_officer_may_do_is_not_done_by_delegation(after, visit):
    """An act that both offices may do is done in the own one."""
    scene = after("open_dossier")
    delegated(scene, visit)
    assert scene.scan(OFFICER, "V33").status == 201
    scene.act(OFFICER, "complete_dossier", {"folios_numbered": True, "two_sets": True, "episode_count": 1})

    newest = "select role, json_extract(payload, '$.delegation') from diary where trigger = 'complete_dossier'"
    assert scene.rows(newest) == [("CAX_OFF", None)]
