"""The dossier of somebody of 16 in `hoso demo`: parents, a reform school, turning 18, one year afterwards."""

import itertools

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def told(run):
    """What the demonstration tells of the second dossier."""
    return run.summary["minor"]


def acts(told, what=None):
    """Return the steps that are acts, or those of one trigger."""
    steps = [step for step in told["steps"] if step["kind"] in ("moved", "proceeding")]
    return [step for step in steps if what is None or step["what"] == what]


def test_the_second_story_ends_like_the_first(told):
    """The whole way under the procedure for that age, with nothing left running, late or unanswered."""
    assert told["procedure"]["id"] == "cnbb-minor"
    assert told["state"] == "POST_REHAB_DONE"
    assert told["alarms"] == []
    assert {row["state"] for row in told["limits"]} <= {"met", "lapsed", "superseded"}


def test_the_parents_are_told_and_read_the_dossier(told):
    """The result and the notice reach both; statement and opinion are on file before the dossier is complete."""
    (result,) = acts(told, "result_addicted")
    assert "L31.4" in result["basis"]
    (complete,) = acts(told, "complete_dossier")
    assert [paper["form"] for paper in complete["papers"]] == ["V38", "V39"]
    (notice,) = acts(told, "serve_notice")
    assert notice["basis"] == "N105.1–3; L36.2c"
    assert told["facts"]["guardian_notice"] == "received"


def test_the_province_asks_c10_and_the_school_of_the_hold_becomes_the_place(told):
    """Held, assigned and converted in one school, whose principal acts."""
    assert [step["role"] for step in acts(told, "escalate_c10") + acts(told, "assign_facility_tgd")] == ["GDCAT", "C10"]
    (converted,) = acts(told, "convert_in_place")
    assert converted["role"] == "TGD_HEAD"
    assert converted["custody"]["holder"] == "Trường giáo dưỡng số 0 (giả định)"
    kinds = [(each["kind"], each["holder"]) for each in told["custody"]]
    assert [kind for kind, _ in kinds] == ["at_liberty", "held_pending", "in_facility", "in_facility", "at_liberty"]
    assert kinds[1][1] == kinds[2][1]
    assert kinds[3][1] == "Cơ sở cai nghiện ma túy số 1 Giả Định"
    for before, after in itertools.pairwise(told["custody"]):
        assert before["to"] == after["from"]


def test_the_clock_tells_of_the_birthday_and_the_transfer_answers_it(told):
    """18 on 20 May 2028 with more than three months left: alarm, transfer, word on the alarm."""
    (turned,) = acts(told, "turn_18")
    assert (turned["actor"], turned["at"]) == ("SYSTEM", "2028-05-21T00:00:00+07:00")
    assert [remark["guard"] for remark in turned["remarks"]] == ["G-18-MOVE"]
    assert [row["rule"] for row in turned["limits_started"]] == ["T-18"]
    (moved,) = acts(told, "transfer_facility")
    assert [row["rule"] for row in moved["limits_stopped"]] == ["T-18"]
    assert [step["what"] for step in told["steps"] if step["kind"] == "alarm"] == ["alarm_acknowledged"]
    assert [step["what"] for step in acts(told) if step["remarks"]] == ["turn_18"]


def test_the_term_is_the_adults_and_the_year_after_is_one(told):
    """24 months minus 30 days of hold; one year of management from the last day."""
    (term,) = told["terms"]
    assert (term["starts_on"], term["ends_on"]) == ("2026-10-31", "2028-10-01")
    assert {line["id"]: line["on"] for line in term["derived"]}["POST-REHAB-END"] == "2029-10-01"
    assert told["facts"]["post_rehab_end"] == "2029-10-01"


def test_nobody_tells_an_adult_article_to_the_parents(told):
    """Every act is shown under Article 36 of the law and Articles 103 to 105 of the decree."""
    of_adults = ("L35", "N100", "N101", "N102", "PL03")
    for step in acts(told):
        cited = (step["basis"] or "").split("; ")
        found = [token for token in cited if token.startswith(of_adults)]
        assert found == [] or step["kind"] == "proceeding", step["what"]
        # A side machine that serves both names the ordinance of the under-aged beside the adults'.
        assert found == [] or "PL 01/2022 (người dưới 18 tuổi)" in cited, step["what"]


def test_the_papers_of_the_second_dossier_are_written_beside_the_first(run, told):
    """One file a paper, told apart by name."""
    names = {each["file"] for each in told["files"]}
    assert len(names) >= 15
    assert all(name.startswith("minor-") and (run.papers / name).exists() for name in names)
