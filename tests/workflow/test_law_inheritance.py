"""What an edition inherits, leaves out and binds: written once, resolved when the files are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflow.test_law_errors import GOOD
from workflow.loader import LawFileError, load_procedure, parse_procedure
from workflow.model import Procedure
from workflow.vocabulary import Effect

CHILD = """\
[procedure]
id = "child"
edition = "2026-07-01"
title = {{ vi = "Thủ tục con", en = "Child" }}
basis = ["Luật thử"]
include = ["shared.toml"]
without = [{without}]
{more}
"""
OWN_LIMIT = """
[[deadline]]
id = "T-ONE"
title = { vi = "Ba ngày", en = "Three days" }
amount = 3
unit = "working_days"
kind = "maximum"
start_event = { vi = "Mở", en = "Opened" }
stop_event = { vi = "Đóng", en = "Closed" }
basis = "L2"
confidence = "A"
"""
MAKER = """
[[binding]]
id = "MAKER"
title = { vi = "Người lập hồ sơ", en = "Maker" }
offices = [%s]
basis = "L1"
confidence = "B"
"""


def load(tmp_path: Path, *, without: str = "", more: str = "", act_role: str = "CAX_HEAD") -> Procedure:
    """Return the child edition that includes the tables of the small procedure."""
    _, _, tables = GOOD.partition("[[body]]")
    shared = ("[[body]]" + tables).replace('actor = ["CAX_HEAD"]', f'actor = ["{act_role}"]')
    (tmp_path / "shared.toml").write_text(shared, encoding="utf-8")
    path = tmp_path / "child@2026-07-01.toml"
    path.write_text(CHILD.format(without=without, more=more), encoding="utf-8")
    return load_procedure(path)


def reasons(caught: pytest.ExceptionInfo[LawFileError]) -> str:
    """Return every problem as one text."""
    return str(caught.value)


def test_an_inherited_record_can_be_left_out_and_stated_anew(tmp_path):
    """The edition says what differs, and only that."""
    assert load(tmp_path).limits["T-ONE"].amount == 1
    changed = load(tmp_path, without='"deadline:T-ONE"', more=OWN_LIMIT)
    assert changed.limits["T-ONE"].amount == 3
    assert changed.sha256 != load(tmp_path).sha256


def test_leaving_out_what_is_not_inherited_is_a_mistake(tmp_path):
    """A stale entry would hide that the shared file has changed."""
    with pytest.raises(LawFileError) as caught:
        load(tmp_path, without='"deadline:T-NEVER"')
    assert "child@2026-07-01.toml:7: procedure.without" in reasons(caught)
    assert "T-NEVER" in reasons(caught)


def test_leaving_out_what_others_name_is_a_mistake(tmp_path):
    """Nothing may point into the void."""
    with pytest.raises(LawFileError) as caught:
        load(tmp_path, without='"guard:G-EXCL"')
    assert "names guard 'G-EXCL', which does not exist" in reasons(caught)


def test_an_abstract_role_is_filled_by_the_offices_of_the_window(tmp_path):
    """Users see the office; the file of acts names the role."""
    procedure = load(tmp_path, more=MAKER % '"CAX_HEAD"', act_role="MAKER")
    assert {act.actor for act in procedure.transitions} == {("CAX_HEAD",)}
    assert procedure.bindings["MAKER"].offices == ("CAX_HEAD",)
    assert parse_procedure(procedure.files).transitions == procedure.transitions


@pytest.mark.parametrize(
    ("offices", "said"), [("", "names no office"), ('"NOBODY"', "names role 'NOBODY', which does not exist")]
)
def test_a_binding_that_binds_nobody_is_a_mistake(tmp_path, offices, said):
    """An act that nobody may do would be a dead end."""
    with pytest.raises(LawFileError) as caught:
        load(tmp_path, more=MAKER % offices, act_role="MAKER")
    assert said in reasons(caught)


AMENDMENT = """
[[amendment]]
trigger = "%s"
guards = ["G-EXCL"]
asks = ["kind"]
shares_with = ["CAX"]
sets = { kind = "one" }
note = { vi = "Thêm.", en = "More." }
basis = "L9"
"""
ARTICLE = """
[[article]]
inherited = "%s"
here = "L36.2"
"""


def test_an_edition_adds_to_an_inherited_act_without_stating_it_again(tmp_path):
    """What is inherited stays; what the edition adds stands behind it."""
    plain = load(tmp_path)
    trigger = plain.transitions[0].trigger
    act = load(tmp_path, more=AMENDMENT % trigger).by_trigger[trigger][0]
    before = plain.by_trigger[trigger][0]
    assert act.guards == (*before.guards, "G-EXCL")
    assert act.fields.required == (*before.fields.required, "kind")
    assert act.requires == before.requires
    assert (act.basis, act.sets["kind"]) == (f"{before.basis}; L9", "one")
    assert act.note is not None
    assert act.title == before.title


def test_amending_an_act_that_is_not_inherited_is_a_mistake(tmp_path):
    """A stale amendment would hide that the act was renamed."""
    with pytest.raises(LawFileError) as caught:
        load(tmp_path, more=AMENDMENT % "never")
    assert "child@2026-07-01.toml:10: amendment.trigger: 'never' names no act from there" in reasons(caught)


def test_the_article_of_the_edition_stands_where_the_inherited_one_stood(tmp_path):
    """Rules, conditions and acts are cited as they stand here, and everything else stays."""
    guard = load(tmp_path, more=ARTICLE % "L35.2").guards["G-EXCL"]
    assert (guard.basis, guard.clauses[0].basis) == ("L36.2", "L36.2")
    assert guard.clauses[0].effect is Effect.REFUSE


def test_an_article_with_a_weaker_mark_weakens_what_rests_on_it(tmp_path):
    """What was read there and not here may not refuse here."""
    weaker = ARTICLE % "L35.2" + 'confidence = "!"\n'
    clause = load(tmp_path, more=weaker).guards["G-EXCL"].clauses[0]
    assert (clause.confidence.mark, clause.effect) == ("!", Effect.WARN)


@pytest.mark.parametrize(
    ("first", "second", "mark"), [("B", "D", "D"), ("D", "B", "D"), ("B", "A", "B"), ("A", "A", "A")]
)
def test_of_several_articles_the_weakest_counts(tmp_path, first, second, mark):
    """And none makes stronger what is inherited: the act has the mark A."""
    plain = load(tmp_path).transitions[0]
    assert plain.confidence.mark == "A"
    pair = [ARTICLE % plain.basis + f'confidence = "{first}"\n', ARTICLE % "L9" + f'confidence = "{second}"\n']
    changed = load(tmp_path, more=AMENDMENT % plain.trigger + "".join(pair))
    assert changed.transitions[0].confidence.mark == mark


def test_an_article_never_makes_stronger_what_is_inherited(tmp_path):
    """A value that nobody read does not become one that was read because another article was."""
    doubtful = OWN_LIMIT.replace('confidence = "A"', 'confidence = "D"')
    strong = ARTICLE % "L2" + 'confidence = "A"\n'
    limit = load(tmp_path, without='"deadline:T-ONE"', more=doubtful + strong).limits["T-ONE"]
    assert (limit.basis, limit.confidence.mark) == ("L36.2", "D")


@pytest.mark.parametrize(
    ("articles", "said"),
    [(ARTICLE % "L99", "'L99' is cited nowhere"), (ARTICLE % "L35.2" * 2, "'L35.2' is given twice")],
)
def test_an_article_that_stands_for_none_is_a_mistake(tmp_path, articles, said):
    """The table of articles is as true as the rules."""
    with pytest.raises(LawFileError) as caught:
        load(tmp_path, more=articles)
    assert said in reasons(caught)


def test_an_office_may_be_filled_by_others_beside_itself(tmp_path):
    """The acts go on naming the office; another one does them too."""
    other = '\n[[role]]\nid = "OTHER"\ntitle = { vi = "Khác", en = "Other" }\nbody = "CAX"\n'
    wider = MAKER.replace('id = "MAKER"', 'id = "CAX_HEAD"')
    procedure = load(tmp_path, more=other + wider % '"CAX_HEAD", "OTHER"')
    assert {act.actor for act in procedure.transitions} == {("CAX_HEAD", "OTHER")}
    with pytest.raises(LawFileError) as caught:
        load(tmp_path, more=other + wider % '"OTHER"')
    assert "not by others alone" in reasons(caught)


def test_what_an_own_file_states_is_not_left_out(tmp_path):
    """An edition too long for one file restates in its own files what it leaves out of the inherited ones."""
    own = GOOD[GOOD.index("[[deadline]]") :].split("\n[[", 1)[0].replace("amount = 1", "amount = 4")
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    load(tmp_path)
    path = tmp_path / "child@2026-07-01.toml"
    text = CHILD.format(without='"deadline:T-ONE"', more="")
    path.write_text(text.replace("without =", 'own = ["own.toml"]\nwithout ='), encoding="utf-8")
    procedure = load_procedure(path)
    assert procedure.limits["T-ONE"].amount == 4
    assert parse_procedure(procedure.files).limits["T-ONE"].amount == 4
