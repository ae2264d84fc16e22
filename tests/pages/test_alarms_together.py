"""Several alarms dealt with at once in the inbox: all or none, each with its own entry, strangers told nothing."""

from uuid import UUID, uuid4

import pytest

from tests.pages.test_alarms import COURT, HEAD, OFFICER, OTHER_COMMUNE, WORD, overdue, standing

DOOR = "/alarms/acknowledge"
LIST = "/?urgent=alarm"


@pytest.fixture
def two(before, visit):
    """Open a scene in which two dossiers of the commune have an alarm each."""
    scene, alarm = overdue(before)
    return scene, [alarm, second_dossier(scene)]


def second_dossier(scene):
    """Make another dossier with the same alarm, past the program, and return the id of its alarm."""
    own, made, alarm = UUID(scene.dossier_id).hex, uuid4().hex, uuid4().hex
    copy_rows(scene, "dossier", "id", own, {"id": f"'{made}'", "number": "number || '-2'"})
    for (party,) in scene.rows("select id from dossier_party where dossier_id = ?", own):
        copy_rows(scene, "dossier_party", "id", party, {"id": f"'{uuid4().hex}'", "dossier_id": f"'{made}'"})
    copy_rows(scene, "alarm", "dossier_id", own, {"id": f"'{alarm}'", "dossier_id": f"'{made}'"})
    return str(UUID(alarm))


def copy_rows(scene, table, key, value, changed):
    """Copy the only row of a table with that key, with some columns changed."""
    columns = [row[1] for row in scene.rows(f"pragma table_info({table})")]
    kept = ", ".join(changed.get(name, f'"{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    scene.change(f"insert into {table} ({names}) select {kept} from {table} where {key} = ?", value)  # noqa: S608


def form_of(page):
    """Return where the form of the list goes."""
    (form,) = page.tree.xpath("//form[@class='listing']")
    return form.get("action")


def send(visitor, page, chosen, word=WORD, **more):
    """Choose alarms, say the word and send the form of the list."""
    return visitor.send(page, {"alarm": chosen, "reason": word}, action=form_of(page), **more)


def entries(scene):
    """Return what the diaries say of alarms dealt with."""
    return scene.rows("select dossier_id, payload from diary where trigger = 'alarm_acknowledged'")


def test_two_alarms_of_two_dossiers_are_dealt_with_by_one_word(two, visit):
    """Each diary has its own entry with the word, and both alarms leave the list."""
    scene, alarms = two
    head = visit(scene, HEAD)
    page = head.get(LIST)
    labels = [" ".join(each.text_content().split()) for each in page.tree.xpath("//label[contains(@class, 'alarm')]")]
    assert len(labels) == 2
    assert any(scene.number in each for each in labels)
    assert any(f"{scene.number}-2" in each for each in labels)

    done = send(head, page, alarms)

    assert (done.status, done.path) == (200, "/")
    assert "Đã ghi nhận xử lý 2 báo động." in done.text
    assert standing(scene) == 0
    found = entries(scene)
    assert len({dossier for dossier, _ in found}) == 2
    assert all("Tòa án" in payload for _, payload in found)


def test_it_records_exactly_what_one_word_on_one_alarm_records(before, visit):
    """The same entry, but for its id, its hash and its time."""
    taken = []
    for together in (True, False):
        scene, alarm = overdue(before)
        head = visit(scene, HEAD)
        if together:
            send(head, head.get(LIST), [alarm])
        else:
            page = head.get(f"/dossiers/{scene.dossier_id}")
            head.send(page, {f"reason-{alarm}": WORD}, action=f"/alarms/{alarm}/acknowledge")
        query = "select seq, kind, trigger, from_state, to_state, payload, role, body_id from diary order by seq desc"
        taken.append(scene.rows(query)[0])
    assert taken[0] == taken[1]
    assert taken[0][2] == "alarm_acknowledged"


def test_only_what_was_chosen_is_dealt_with(two, visit):
    """The other alarm goes on standing."""
    scene, alarms = two
    head = visit(scene, HEAD)

    send(head, head.get(LIST), alarms[1:])

    assert standing(scene) == 1
    assert [dossier for dossier, _ in entries(scene)] != [UUID(scene.dossier_id).hex]


def test_one_that_a_colleague_dealt_with_refuses_all_by_name_and_nothing_is_written(two, visit):
    """The other stays chosen and the word stays typed; sent again without it, it goes through."""
    scene, alarms = two
    head, officer = visit(scene, HEAD), visit(scene, OFFICER)
    page = head.get(LIST)
    assert send(officer, officer.get(LIST), alarms[:1], "Đã xử lý trước.").status == 200
    traces = scene.traces()

    late = send(head, page, alarms)

    assert late.status == 422
    assert len(late.reasons) == 1
    assert late.reasons[0].startswith(f"{scene.number}: ")
    assert late.reasons[0].endswith("Báo động này đã được xử lý")
    assert scene.traces() == traces
    assert late.held(form_of(late))["reason"] == WORD
    assert late.tree.xpath("//input[@name='alarm'][@checked]/@value") == alarms[1:]
    assert head.send(late, action=form_of(late)).status == 200
    assert standing(scene) == 0


def test_a_dossier_that_moved_on_meanwhile_is_named(two, visit):
    """A paper came into one of them: look again, then send again."""
    scene, alarms = two
    head = visit(scene, HEAD)
    page = head.get(LIST)
    assert scene.scan(OFFICER, "III01").status == 201
    traces = scene.traces()

    late = send(head, page, alarms)

    assert (late.status, len(late.reasons)) == (422, 1)
    assert late.reasons[0].startswith(f"{scene.number}: ")
    assert "Hồ sơ đã thay đổi sau khi bạn mở" in late.reasons[0]
    assert scene.traces() == traces
    assert sorted(late.tree.xpath("//input[@name='alarm'][@checked]/@value")) == sorted(alarms)
    assert head.send(late, action=form_of(late)).status == 200


@pytest.mark.parametrize(
    ("chosen", "word", "said"),
    [(True, " \n ", "Phải nêu cách xử lý"), (False, WORD, "Chưa chọn báo động nào")],
)
def test_nothing_chosen_or_nothing_said_is_refused(two, visit, chosen, word, said):
    """What is there stays, and leads to what is missing."""
    scene, alarms = two
    head, traces = visit(scene, HEAD), scene.traces()

    page = send(head, head.get(LIST), alarms if chosen else [], word)

    assert (page.status, page.reasons) == (422, [said])
    assert scene.traces() == traces
    if chosen:
        (item,) = page.tree.xpath("//*[@id='f-reason']")
        assert item.get("aria-invalid") == "true"
        assert len(page.tree.xpath("//input[@name='alarm'][@checked]")) == 2


def test_an_alarm_of_another_body_is_refused_without_a_word_about_it(two, visit):
    """Neither its number nor its text: the same as for one that does not exist."""
    scene, alarms = two
    held = visit(scene, HEAD).get(LIST)
    stranger = visit(scene, OTHER_COMMUNE)
    token, traces = stranger.get("/persons/new").held()["csrf_token"], scene.traces()
    version = {name: value for name, value in held.held(form_of(held)).items() if name.startswith("version.")}
    sent = {"csrf_token": token, "reason": WORD, **version}

    real = stranger.post(DOOR, {**sent, "once": "a", "alarm": alarms[0]})
    invented = stranger.post(DOOR, {**sent, "once": "b", "alarm": str(uuid4())})

    assert (real.status, invented.status) == (422, 422)
    assert real.reasons == invented.reasons
    assert scene.number not in real.text
    assert WORD in real.text
    assert scene.traces() == traces


def test_the_alarm_of_somebody_held_without_a_title_cannot_be_chosen(before, visit):
    """The page says why; made by hand, the form is refused with both named, and nothing is written."""
    scene = before("decide_apply")
    scene.scan(COURT, "C12")
    stated = {"court_decision_no": "02/2026/QĐ-TA", "court_decision_date": "2026-08-27"}
    scene.act(COURT, "decide_not_apply", stated)
    alarms = {each["code"]: each["id"] for each in scene.get(HEAD, scene.path)["alarms"]}
    head = visit(scene, HEAD)
    page = head.get("/?urgent=alarm&view=others")
    if not page.tree.xpath("//ol[@class='worklist']/li"):
        page = head.get(LIST)
    assert alarms["HELD_WITHOUT_TITLE"] not in page.tree.xpath("//input[@name='alarm']/@value")

    token, traces = head.get("/persons/new").held()["csrf_token"], scene.traces()
    sent = {"csrf_token": token, "once": "k", "reason": WORD, "alarm": alarms["HELD_WITHOUT_TITLE"]}
    sent[f"version.{scene.dossier_id}"] = str(scene.version)
    refused = head.post(DOOR, sent)

    assert refused.status == 422
    assert len(refused.reasons) == 1
    assert refused.reasons[0].startswith(f"{scene.number}: ")
    assert refused.reasons[0].endswith("Báo động này chỉ hết khi người đó được trả tự do")
    assert scene.traces() == traces


def test_pressing_twice_deals_with_them_once(two, visit):
    """The second press leads to the same list; other words under the same key are not recorded."""
    scene, alarms = two
    head = visit(scene, HEAD)
    page = head.get(LIST)

    assert send(head, page, alarms).status == 200
    traces = scene.traces()
    assert send(head, page, alarms).status == 200
    other = send(head, page, alarms, "Lời khác.")

    assert other.status == 422
    assert "đã được gửi trước đó với nội dung khác" in other.text
    assert "Lời khác." in other.text
    assert scene.traces() == traces


def test_the_form_needs_token_key_and_the_versions_that_were_seen(two, visit):
    """As every form that acts; an id that is none leads nowhere."""
    scene, alarms = two
    head = visit(scene, HEAD)
    page, traces = head.get(LIST), scene.traces()
    versions = tuple(name for name in page.held(form_of(page)) if name.startswith("version."))

    assert send(head, page, alarms, without=("csrf_token",)).status == 403
    assert send(head, page, alarms, without=("once",)).status == 400
    assert send(head, page, alarms, without=versions).status == 428
    assert send(head, page, alarms, without=versions[:1]).status == 422
    assert send(head, page, ["khong-phai-ma"]).status == 404
    assert send(head, page, [str(uuid4()) for _ in range(201)]).reasons == ["Mỗi lần không quá 200 báo động"]
    assert scene.traces() == traces


def test_boxes_stand_only_in_the_list_of_alarms_and_for_those_who_act(two, visit):
    """Elsewhere the list reads as ever; somebody who only looks is refused."""
    scene, alarms = two
    head = visit(scene, HEAD)

    assert head.get("/").tree.xpath("//input[@name='alarm']") == []
    assert head.get("/?urgent=late").tree.xpath("//input[@name='alarm']") == []
    looker = visit(scene, "quantri")
    token = looker.get("/admin").tree.xpath("//input[@name='csrf_token']/@value")[0]
    traces = scene.traces()
    assert looker.post(DOOR, {"csrf_token": token, "once": "x", "alarm": alarms, "reason": WORD}).status == 403
    assert scene.traces() == traces


def test_the_list_of_alarms_reads_well_in_english(two, visit):
    """Boxes, refusal and confirmation in the language that was chosen."""
    scene, alarms = two
    head = visit(scene, HEAD)
    token = head.get("/persons/new").held()["csrf_token"]
    head.post("/language", {"csrf_token": token, "language": "en", "next": "/"})
    page = head.get(LIST)
    assert "Record the chosen alarms as dealt with" in page.text

    assert send(head, page, []).reasons == ["No alarm was chosen"]
    assert "2 alarms were recorded as dealt with." in send(head, page, alarms).text
