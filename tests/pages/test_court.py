"""The workplace of a court: the docket, the list of a day, and the results of a day in one go."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from api.demo.papers import demo_scan
from tests.pages.crowding import counted_statements
from tests.pages.hearings import add_heard, counted_requests
from tests.pages.test_every_page import unlabelled
from workflow.certificates import VIETNAM

HEAD, COURT, PROVINCIAL = "cax.truong.minhhoa", "toa.kv99", "toa.tinh"
DAY = "/court/days/2026-08-27"
FORM, RECORD = f"{DAY}/decisions", f"{DAY}/decisions/record"
PERSON = "NGUYỄN VĂN THỬ NGHIỆM"


@pytest.fixture
def heard(after):
    """Return a scene on the day of the hearing, the hearing over, with so many more people heard."""

    def on_the_day(more: int = 0):
        scene = after("open_hearing")
        scene.others = add_heard(scene, more)
        scene.let_time_pass("2026-08-27T11:00:00+07:00")
        return scene

    return on_the_day


def scan(name: str = "C11") -> tuple[str, bytes, str]:
    """Return a scan as a form sends it."""
    return (f"{name}.pdf", demo_scan(name), "application/pdf")


def applied(dossier_id: str, number: str = "01/2026/QĐ-TA", **more: object) -> dict[str, object]:
    """Return what a clerk fills into the row of somebody whom the measure is applied to."""
    row = {"outcome": "decide_apply", "court_decision_no": number, "term_months": "24", "file": scan(), **more}
    return {f"row.{dossier_id}.{name}": value for name, value in row.items() if value is not None}


def checked(clerk, rows, **common):
    """Fill the form of the day and go to the page that checks it."""
    filled = {name: value for row in rows for name, value in row.items()}
    return clerk.send(clerk.get(FORM), {**filled, **{f"all.{name}": value for name, value in common.items()}})


def recorded(clerk, page):
    """Confirm what the page of checks shows."""
    return clerk.send(page, action=RECORD)


def states(scene) -> dict[str, str]:
    """Return where each dossier stands, by number."""
    return dict(scene.rows("select number, state from dossier"))


# --- The docket -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("move", "title"),
    [
        ("file_to_court", "Chờ thụ lý"),
        ("court_accepts", "Đã thụ lý, chưa có ngày họp"),
        ("decide_apply", "Đã quyết định, còn thời hạn khiếu nại, kiến nghị, kháng nghị hoặc chưa gửi"),
    ],
)
def test_the_docket_shows_each_dossier_in_the_list_of_its_step(after, visit, move, title):
    """A clerk sees what has to be done next without opening anything."""
    scene = after(move)

    page = visit(scene, COURT).get("/court")

    section = page.tree.xpath(f"//section[h2[starts-with(normalize-space(), '{title} (1)')]]")[0]
    assert PERSON in section.text_content()
    assert "còn" in section.text_content()
    counts = [int(each.text) for each in page.tree.xpath("//dl[@class='counts']//dd")]
    assert sum(counts) == 1


def test_the_docket_names_the_missing_papers_and_leads_to_the_acts(after, visit):
    """Returning the file and asking for clarification are one click away."""
    received = visit(after("file_to_court"), COURT).get("/court")
    assert any(link.endswith("/moves/court_returns") for link in received.links().values())
    assert "(thiếu: " in received.text

    reviewed = visit(after("notify_acceptance"), COURT).get("/court")
    assert any(link.endswith("/moves/court_asks_clarification") for link in reviewed.links().values())


def test_a_decided_dossier_says_until_when_it_may_be_challenged(after, visit):
    """The day on which the window ends stands in the line."""
    scene = after("decide_apply")
    rules = "('T-CT-COMP', 'T-CT-REC', 'T-CT-PROT')"
    ((last,),) = scene.rows(f"select max(due_at) from deadline where state = 'running' and rule in {rules}")  # noqa: S608
    end = datetime.fromisoformat(last).replace(tzinfo=UTC).astimezone(VIETNAM) - timedelta(minutes=1)

    page = visit(scene, COURT).get("/court")

    assert f"Còn có thể bị khiếu nại, kiến nghị, kháng nghị đến hết ngày {end:%d/%m/%Y}" in page.text


def test_hearings_stand_by_day_and_weeks_can_be_turned(after, visit):
    """The week of the hearing shows it, the present one only names the day ahead."""
    scene = after("open_hearing")
    clerk = visit(scene, COURT)

    now, later = clerk.get("/court"), clerk.get("/court?week=2026-08-26")

    assert PERSON not in now.text
    assert "Các ngày có phiên họp sắp tới: Thứ Năm, 27/08/2026 (1)" in now.text
    assert "Thứ Năm, 27/08/2026 (1 người)" in later.text.replace("( ", "(")
    assert PERSON in later.text
    assert "08:00" in later.text


def test_a_hearing_whose_day_has_gone_without_a_result_is_not_forgotten(after, visit):
    """It stays on the first page whatever week is shown."""
    scene = after("open_hearing")
    scene.let_time_pass("2026-09-14T08:00:00+07:00")

    page = visit(scene, COURT).get("/court")

    section = page.tree.xpath("//section[h2[@id='heard']]")[0]
    assert PERSON in section.text_content()
    assert "quá hạn" in section.text_content()


def test_lists_are_paged(after, visit):
    """A long list is cut on the first page and has pages of its own."""
    scene = after("file_to_court")
    add_heard(scene, 54)
    clerk = visit(scene, COURT)

    first = clerk.get("/court")
    whole, rest = clerk.get("/court/lists/to-accept"), clerk.get("/court/lists/to-accept?page=2")

    assert len(first.tree.xpath("//section[h2[@id='to-accept']]//tbody/tr")) == 10
    assert "Xem cả 55 hồ sơ" in first.text
    assert len(whole.tree.xpath("//tbody/tr")) == 50
    assert len(rest.tree.xpath("//tbody/tr")) == 5


@pytest.mark.parametrize("path", ["/court/lists/nothing", "/court/days/tomorrow", "/court?week=x", f"{DAY}x/decisions"])
def test_an_address_that_names_nothing_is_not_found(start, visit, path):
    """Nobody gets a fault for a mistyped day."""
    assert visit(start, COURT).get(path).status == 404


@pytest.mark.parametrize("path", ["/court", "/court/lists/to-accept", DAY, FORM])
def test_who_is_no_court_is_refused(heard, visit, path):
    """The police see their dossiers elsewhere."""
    police = visit(heard(), HEAD)

    assert police.get(path).status == 403
    assert "Lịch Tòa án" not in police.get("/").text


def test_another_court_sees_nothing_of_it(heard, visit):
    """Only dossiers in which the caller's court takes part."""
    other = visit(heard(), PROVINCIAL)

    for path in ("/court", DAY, FORM):
        page = other.get(path)
        assert page.status == 200
        assert PERSON not in page.text


@pytest.mark.parametrize("path", ["/court", "/court/lists/heard", DAY, FORM])
def test_a_page_asks_the_database_as_often_for_one_as_for_many(heard, visit, path):
    """A full day costs no more statements than a quiet one."""
    counts = []
    for more in (0, 8):
        scene = heard(more)
        clerk = visit(scene, COURT)
        clerk.get("/law")
        with counted_statements(scene) as seen:
            page = clerk.get(path)
        assert page.text.count("NGƯỜI GIẢ ĐỊNH") >= more
        counts.append(len(seen))

    assert counts[0] == counts[1], counts


def test_the_pages_speak_english(heard, visit):
    """No sentence of the pages is left in Vietnamese."""
    scene = heard(1)
    clerk = visit(scene, COURT)
    token = clerk.get("/").held("/dossiers/search")["csrf_token"]
    clerk.post("/language", {"csrf_token": token, "language": "en", "next": "/"})

    docket, day, form = clerk.get("/court"), clerk.get(DAY), clerk.get(FORM)
    check = checked(clerk, [applied(scene.dossier_id)])

    assert docket.heading == "Court docket"
    assert "Day of hearing come, no result recorded" in docket.text
    assert "List of hearings, Thursday, 27/08/2026" in day.heading
    assert "For the whole day" in form.text
    assert "1 of 1 results can be recorded." in check.text


def test_the_pages_can_be_used_by_keyboard_and_heard(heard, visit):
    """Labels, order of headings, no id twice, nothing of a style or script inside, a token in each form."""
    scene = heard(2)
    clerk = visit(scene, COURT)
    check = checked(clerk, [applied(scene.dossier_id), applied(scene.others[0], term_months="25")])

    for page in (clerk.get("/court"), clerk.get(DAY), clerk.get(FORM), check, recorded(clerk, check)):
        tree, where = page.tree, page.path
        levels = [int(each.tag[1]) for each in tree.xpath("//main//*[self::h1 or self::h2 or self::h3]")]
        ids = tree.xpath("//@id")
        assert len(tree.xpath("//h1")) == 1, where
        assert all(after <= before + 1 for before, after in pairwise(levels)), (where, levels)
        assert unlabelled(page) == [], where
        assert len(ids) == len(set(ids)), (where, [name for name in ids if ids.count(name) > 1])
        assert tree.xpath("//script[not(@src)] | //style | //@style | //@onclick") == [], where
        for form in tree.xpath("//main//form[@method='post']"):
            assert {"csrf_token", "once"} <= set(form.xpath(".//input/@name")), where


# --- The list of a day ----------------------------------------------------------------------------------------


def test_the_list_of_a_day_has_everybody_by_the_hour_and_who_proposed(heard, visit):
    """What is hung up at the door of the court room."""
    scene = heard(2)
    scene.change(
        "update dossier set facts = json_set(facts, '$.hearing_at', '2026-08-27T07:30:00+07:00') where number = ?",
        "99001-2026-90002",
    )

    page = visit(scene, COURT).get(DAY)

    rows = [[" ".join(cell.text_content().split()) for cell in row] for row in page.tree.xpath("//tbody/tr")]
    assert [row[:3] for row in rows] == [
        ["1", "07:30", "NGƯỜI GIẢ ĐỊNH 02"],
        ["2", "08:00", PERSON],
        ["3", "08:00", "NGƯỜI GIẢ ĐỊNH 01"],
    ]
    assert rows[1][3:5] == ["1999", "Công an phường Minh Họa"]
    assert "Tòa án nhân dân khu vực 99" in page.heading


# --- The results of a day -------------------------------------------------------------------------------------


def test_ten_decisions_take_at_most_twelve_loads_from_sign_in_to_the_result(heard, visit):
    """A clerk's evening: everything of a day of hearings in one form."""
    scene = heard(9)
    ids = [scene.dossier_id, *scene.others]

    with counted_requests(scene.app) as loads:
        clerk = visit(scene, COURT)
        clerk.get("/court")
        clerk.get(DAY)
        check = checked(clerk, [applied(each, f"{n:02d}/2026/QĐ-TA") for n, each in enumerate(ids, 1)])
        done = recorded(clerk, check)

    assert done.status == 200, done.text
    assert len(loads) <= 12, loads
    assert "Đã ghi 10 kết quả" in done.text
    assert set(states(scene).values()) == {"DECIDED_APPLY"}
    numbers = {row[0] for row in scene.rows("select json_extract(facts, '$.court_decision_no') from dossier")}
    assert numbers == {f"{n:02d}/2026/QĐ-TA" for n in range(1, 11)}
    assert scene.rows("select count(*) from paper where form = 'C11' and state = 'signed'") == [(10,)]


def test_checking_records_nothing(heard, visit):
    """Only the confirmation does."""
    scene = heard(1)
    clerk = visit(scene, COURT)
    before = scene.traces()

    page = checked(clerk, [applied(scene.dossier_id), applied(scene.others[0], term_months="25")])

    assert page.status == 200
    assert "1 trên 2 kết quả ghi được." in page.text
    assert scene.traces() == before


def test_a_refused_row_stays_with_every_reason_while_the_good_ones_go(heard, visit):
    """One mistake holds up nobody else, and nothing of it is recorded."""
    scene = heard(2)
    clerk = visit(scene, COURT)
    good, bad = scene.dossier_id, scene.others[0]
    rows = [applied(good), applied(bad, "", term_months="25", file=None), applied(scene.others[1], "03/2026/QĐ-TA")]

    check = checked(clerk, rows)
    done = recorded(clerk, check)

    assert done.status == 409
    assert "Đã ghi 2 kết quả" in done.text
    assert sorted(states(scene).values()) == ["DECIDED_APPLY", "DECIDED_APPLY", "HEARING"]
    (block,) = done.tree.xpath("//*[@id='refusal']")
    assert "1 kết quả chưa ghi được" in block.text_content()
    assert "NGƯỜI GIẢ ĐỊNH 01" in block.text_content()
    reasons = [" ".join(each.text_content().split()) for each in block.xpath(".//li//li")]
    assert len(reasons) >= 3, reasons
    assert any("Chưa có bản đã ký trong hồ sơ" in each for each in reasons)
    held = done.held(FORM)
    assert held[f"row.{bad}.term_months"] == "25"
    assert f"row.{good}.outcome" not in held

    filled = applied(bad, "02/2026/QĐ-TA")
    again = recorded(clerk, clerk.send(done, filled, action=FORM))
    assert again.status == 200
    assert set(states(scene).values()) == {"DECIDED_APPLY"}


def test_sending_the_confirmation_twice_records_once(heard, visit):
    """After a broken line the form is sent again: everything is shown as recorded, nothing happens twice."""
    scene = heard(2)
    clerk = visit(scene, COURT)
    check = checked(clerk, [applied(scene.dossier_id), applied(scene.others[0]), applied(scene.others[1], file=None)])

    first, entries = recorded(clerk, check), scene.rows("select count(*) from diary")
    second = recorded(clerk, check)

    assert "Đã ghi 2 kết quả" in first.text
    assert "Đã ghi 2 kết quả" in second.text
    assert scene.rows("select count(*) from diary") == entries


def test_a_dossier_that_changed_meanwhile_is_refused_until_it_was_looked_at_again(heard, visit):
    """A row is recorded on what its writer saw."""
    scene = heard()
    clerk = visit(scene, COURT)
    check = checked(clerk, [applied(scene.dossier_id)])
    scene.scan(COURT, "C10")

    refused = recorded(clerk, check)

    assert refused.status == 409
    assert "Hồ sơ đã thay đổi sau khi bạn mở" in refused.text
    assert scene.state == "HEARING"
    again = recorded(clerk, clerk.send(refused, action=FORM))
    assert again.status == 200
    assert scene.state == "DECIDED_APPLY"


def test_what_was_typed_and_handed_in_comes_back_to_be_changed(heard, visit):
    """Going back from the check loses neither words nor the scan."""
    scene = heard()
    clerk = visit(scene, COURT)
    check = checked(clerk, [applied(scene.dossier_id, term_months="36")], note="Thẩm phán Phan Thị Phán")

    form = clerk.post(FORM, {**check.held(RECORD), "step": "edit"})

    held = form.held(FORM)
    assert held[f"row.{scene.dossier_id}.term_months"] == "36"
    assert held["all.note"] == "Thẩm phán Phan Thị Phán"
    assert "Đã nhận tệp quét của hàng này" in form.text
    done = recorded(clerk, clerk.send(form, {f"row.{scene.dossier_id}.term_months": "24"}, action=FORM))
    assert done.status == 200
    assert scene.state == "DECIDED_APPLY"


def test_a_scan_is_taken_only_for_the_result_it_was_handed_in_for(heard, visit):
    """A decision to apply is not filed as one not to apply because a row was changed."""
    scene = heard()
    clerk = visit(scene, COURT)
    check = checked(clerk, [applied(scene.dossier_id)])

    changed = {**check.held(RECORD), f"row.{scene.dossier_id}.outcome": "decide_not_apply"}
    page = clerk.post(FORM, {**changed, "step": "check"})

    assert "Bản quét sẽ được lưu là" not in page.text
    recorded(clerk, page)
    assert scene.rows("select count(*) from paper where form in ('C11', 'C12')") == [(0,)]


def test_different_results_on_one_day(heard, visit):
    """Applied, not applied and adjourned: each is filed with its own paper."""
    scene = heard(2)
    first, second = scene.others
    clerk = visit(scene, COURT)
    free = {f"row.{first}.outcome": "decide_not_apply", f"row.{first}.court_decision_no": "02/2026/QĐ-TA",
            f"row.{first}.file": scan("C12")}  # fmt: skip
    adjourned = {f"row.{second}.outcome": "adjourn_hearing", f"row.{second}.adjourn_reason": "Vắng mặt có lý do",
                 f"row.{second}.file": scan("C09")}  # fmt: skip

    done = recorded(clerk, checked(clerk, [applied(scene.dossier_id), free, adjourned]))

    assert done.status == 200, done.text
    assert sorted(states(scene).values()) == ["COURT_REVIEW", "DECIDED_APPLY", "DECIDED_NOT_APPLY"]
    forms = {row[0] for row in scene.rows("select form from paper where form in ('C11', 'C12', 'C09')")}
    assert forms == {"C09", "C11", "C12"}
    assert PERSON in clerk.get(DAY).text
    assert "NGƯỜI GIẢ ĐỊNH 02" not in clerk.get(DAY).text


def test_a_row_may_have_a_moment_of_its_own(heard, visit):
    """The one pronounced before lunch, and those after."""
    scene = heard(1)
    clerk = visit(scene, COURT)
    rows = [applied(scene.dossier_id, occurred_at="2026-08-27T09:10"), applied(scene.others[0])]

    recorded(clerk, checked(clerk, rows, occurred_at="2026-08-27T10:30"))

    found = scene.rows('select occurred_at from diary where "trigger" = ? order by occurred_at', "decide_apply")
    assert [row[0][:16].replace("T", " ") for row in found] == ["2026-08-27 02:10", "2026-08-27 03:30"]


def test_nobody_but_the_court_records_a_result(heard, visit):
    """The police are refused before anything is read, another court is told there is no such dossier."""
    scene = heard()
    clerk = visit(scene, COURT)
    check = checked(clerk, [applied(scene.dossier_id)])
    sent = check.held(RECORD)

    for username, status in ((HEAD, 403), (PROVINCIAL, 404)):
        stranger = visit(scene, username)
        token = stranger.get("/").held("/dossiers/search")["csrf_token"]
        before = scene.traces()
        for path in (FORM, RECORD):
            answer = stranger.post(path, {**sent, "csrf_token": token})
            assert answer.status == status, (username, path)
            assert scene.traces() == before
    assert scene.state == "HEARING"


def test_a_day_that_has_not_come_takes_no_results(after, visit):
    """Results are recorded after the hearing."""
    scene = after("open_hearing")

    page = visit(scene, COURT).get(FORM)

    assert "Ngày này chưa đến" in page.text
    assert page.tree.xpath("//form[@class='batch']") == []


def test_a_file_that_is_no_scan_is_refused_in_its_row(heard, visit):
    """And the others go on."""
    scene = heard(1)
    clerk = visit(scene, COURT)
    rows = [applied(scene.dossier_id, file=("a.pdf", b"no scan", "application/pdf")), applied(scene.others[0])]

    page = checked(clerk, rows)

    assert "Chỉ nhận tệp PDF" in page.text
    assert "1 trên 2 kết quả ghi được." in page.text


def test_the_signed_copy_of_a_decision_issued_here_is_filed_as_its_copy(before, visit):
    """The story drafts the decision; once it is issued the row takes its number and its signed copy."""
    scene = before("decide_apply")
    clerk = visit(scene, COURT)
    (paper,) = scene.rows("select id, state, number, series from paper where form = 'C11'")
    if paper[1] == "signed":
        scene.change("update paper set state = 'issued', signed_sha256 = null where id = ?", paper[0])

    form = clerk.get(FORM)
    held = form.held(FORM)
    assert held[f"row.{scene.dossier_id}.court_decision_no"] == f"{paper[2]:02d}/{paper[3]}"
    row = {f"row.{scene.dossier_id}.{name}": value for name, value in
           {"outcome": "decide_apply", "term_months": "24", "file": scan()}.items()}  # fmt: skip
    done = recorded(clerk, clerk.send(form, row, action=FORM))

    assert done.status == 200, done.text
    assert scene.rows("select id, state from paper where form = 'C11'") == [(paper[0], "signed")]


# --- Returning the file ---------------------------------------------------------------------------------------


def test_the_ground_of_a_return_is_chosen_from_the_law_with_the_missing_papers(after, visit):
    """One tick instead of a sentence; what is recorded names the article and each paper."""
    scene = after("file_to_court")
    scene.scan(COURT, "C01")
    clerk = visit(scene, COURT)
    form = clerk.get(f"/dossiers/{scene.dossier_id}/moves/court_returns")
    papers = form.tree.xpath("//input[@name='ground_paper.return_reason']/@value")
    assert "V36" in papers
    assert "chưa kiểm chứng" in form.text

    done = clerk.send(form, {"ground.return_reason": ["papers"], "ground_paper.return_reason": ["V36", "V33"]})

    assert done.status == 200, done.text
    assert scene.state == "RETURNED"
    ((reason,),) = scene.rows("select json_extract(facts, '$.return_reason') from dossier")
    assert reason.startswith("Hồ sơ chưa đủ tài liệu theo quy định (khoản 1 Điều 9 Pháp lệnh 03/2022/UBTVQH15)")
    assert reason.count(";") == 1


def test_a_return_without_ground_or_words_is_refused(after, visit):
    """A reason is due all the same."""
    scene = after("file_to_court")
    scene.scan(COURT, "C01")
    clerk = visit(scene, COURT)
    before = scene.traces()

    page = clerk.send(clerk.get(f"/dossiers/{scene.dossier_id}/moves/court_returns"))

    assert page.status == 409
    assert "Lý do Tòa án trả hồ sơ" in page.text
    assert scene.traces() == before
