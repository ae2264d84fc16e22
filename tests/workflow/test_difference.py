"""The difference of two editions in words: whatever changes is named, and nothing else is."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from itertools import product

import pytest

from workflow.difference import Change, Part, What, compare, match_moves, sentence
from workflow.loader import load_policies, load_procedures
from workflow.model import AlsoFire, Choice, Custody, LimitVariant, Procedure
from workflow.predicates import AllOf, PaperTest
from workflow.vocabulary import Confidence, Person, Text

EDITIONS = load_procedures()
ADULT = next(each for each in EDITIONS if each.id == "cnbb-adult")


def with_record(procedure: Procedure, table: str, key: str, record: object) -> Procedure:
    """Return the procedure with one record replaced, added, or (None) taken out."""
    records = {**getattr(procedure, table), key: record}
    return replace(procedure, **{table: {name: each for name, each in records.items() if each is not None}})


def with_move(procedure: Procedure, trigger: str, **values: object) -> Procedure:
    """Return the procedure with other values of one act."""
    moves = tuple(replace(each, **values) if each.trigger == trigger else each for each in procedure.transitions)
    return replace(procedure, transitions=moves)


def only(changes: tuple[Change, ...]) -> Change:
    """Return the one change there is."""
    assert len(changes) == 1, [sentence(each).vi for each in changes]
    return changes[0]


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda each: each.key)
def test_an_edition_differs_in_nothing_from_itself(edition):
    """Neither as the same object nor as an equal one, and a new date or other comments are no difference."""
    assert compare(edition, edition) == ()
    assert compare(edition, replace(edition, edition="2099-01-01", sha256="0" * 64, files=())) == ()


def test_proofs_are_no_difference_of_the_law():
    """What is kept of a proof is said about an edition, not by it: proven or not, proven anew."""
    proven = replace(ADULT, proof={"sha256": "1" * 64, "rules": 38})

    assert compare(ADULT, proven) == compare(proven, ADULT) == ()
    assert compare(proven, replace(ADULT, proof={"sha256": "2" * 64, "rules": 39})) == ()


def test_another_amount_is_told_with_both_numbers_the_unit_and_the_article():
    """As a jurist would write it, in both languages."""
    name, limit = next(
        (name, each) for name, each in ADULT.limits.items() if (each.amount, each.unit.value) == (3, "working_days")
    )
    changed = with_record(ADULT, "limits", name, replace(limit, amount=5))

    change = only(compare(ADULT, changed))

    assert (change.part, change.what, change.id, change.basis) == (Part.LIMIT, What.CHANGED, name, limit.basis)
    assert sentence(change).vi == f"Thời hạn {name} “{limit.title.vi}”: 3 → 5 ngày làm việc [{limit.basis}]"
    assert sentence(change).en == f"Time limit {name} “{limit.title.en}”: 3 → 5 working days [{limit.basis}]"
    assert name not in sentence(change, ids=False).vi
    assert only(compare(changed, ADULT)).aspects[0].words.vi == "5 → 3 ngày làm việc"


def test_a_guard_that_an_act_lost_is_named():
    """A rule dropped from an act is the change nobody must overlook."""
    act = next(each for each in ADULT.transitions if len(each.guards) > 1 and len(ADULT.by_trigger[each.trigger]) == 1)
    lost = ADULT.guards[act.guards[0]]

    change = only(compare(ADULT, with_move(ADULT, act.trigger, guards=act.guards[1:])))

    assert (change.part, change.id) == (Part.MOVE, act.trigger)
    assert change.aspects[0].words.vi == f"quy tắc phải đáp ứng: bỏ “{lost.title.vi}”"
    assert change.aspects[0].words.en == f"rules to meet: removed “{lost.title.en}”"


def test_a_new_state_and_a_lost_one_are_told_with_who_holds_the_dossier():
    """Added ones stand where the new edition has them, lost ones at the end of their part."""
    state = next(each for each in ADULT.states.values() if not each.initial)
    added = with_record(ADULT, "states", "STATE-NEW", replace(state, id="STATE-NEW", title=Text("Mới", "New")))

    new, gone = only(compare(ADULT, added)), only(compare(added, ADULT))

    assert (new.part, new.what, new.title) == (Part.STATE, What.ADDED, Text("Mới", "New"))
    assert ADULT.bodies[state.holder].title.vi in sentence(new).vi
    assert (gone.what, gone.id) == (What.REMOVED, "STATE-NEW")


def test_a_lost_condition_of_a_rule_is_told_apart_from_a_lost_rule():
    """A rule that stays names each condition that came, went or changed."""
    name, guard = next((name, each) for name, each in ADULT.guards.items() if len(each.clauses) > 1)
    weaker = replace(guard, clauses=guard.clauses[1:])
    clause = replace(guard.clauses[0], require=AllOf((guard.clauses[0].require, guard.clauses[1].require)))
    stricter = replace(guard, clauses=(clause, *guard.clauses[1:]))

    lost = only(compare(ADULT, with_record(ADULT, "guards", name, weaker)))
    other = only(compare(ADULT, with_record(ADULT, "guards", name, stricter)))

    assert (lost.part, lost.what, lost.title) == (Part.CLAUSE, What.REMOVED, guard.clauses[0].text)
    assert [aspect.field for aspect in other.aspects] == ["require"]
    assert " và " in other.aspects[0].words.vi
    assert " and " in other.aspects[0].words.en


def test_papers_and_open_questions_that_come_or_go_are_named_once():
    """With their titles where the caller gives them."""
    act = ADULT.transitions[0]
    changed = with_move(
        ADULT, act.trigger, requires=(*act.requires, ("PAPER-NEW",)), policies=(*act.policies, "POL-NEW")
    )
    names = {("form", "PAPER-NEW"): Text("Giấy mới", "New paper")}

    changes = compare(ADULT, changed, names=names)

    assert [each.part for each in changes] == [Part.MOVE, Part.FORM, Part.POLICY]
    assert changes[1].title == names["form", "PAPER-NEW"]
    assert "thêm “Giấy mới”" in changes[0].aspects[0].words.vi
    assert sentence(changes[2], ids=False).vi == "Vấn đề còn bỏ ngỏ POL-NEW: thêm mới"


def test_acts_that_share_a_trigger_are_paired_with_their_like():
    """The one that changed is told as changed, not as one gone and one come."""
    group = next(group for group in ADULT.by_trigger.values() if len({each.dest for each in group}) > 1)
    changed = tuple(replace(each, basis="X") if number == 0 else each for number, each in enumerate(reversed(group)))

    pairs = match_moves(group, changed)

    assert [(one.dest, other.dest) for one, other in pairs if one and other] == [
        (each.dest, each.dest) for each in changed
    ]
    assert match_moves(group, ()) == [(each, None) for each in group]
    assert match_moves((), group) == [(None, each) for each in group]


def test_differences_come_in_the_same_order_every_time():
    """Part by part, and both ways round as many."""
    for old, new in product(EDITIONS, EDITIONS):
        found = compare(old, new)
        parts = [list(Part).index(each.part) for each in found]
        assert parts == sorted(parts)
        assert found == compare(old, new)
        assert len({(each.part, each.id, each.what, each.title) for each in found}) == len(found)


SOME = Text("thử", "trial")
#: What stands in an empty place that holds records.
FILLED = {
    "choices": (Choice("X", SOME),),
    "variants": (LimitVariant(PaperTest(("X",)), 1),),
    "also": (AlsoFire("X", "X"),),
    "clauses": (),
    "requires": (("X",),),
    "custody": Custody(Person.NONE, None, None),
    "when": PaperTest(("X",)),
    "no_limit": SOME,
    "note": SOME,
    "help": SOME,
}


def changed_in(record: object, name: str) -> object:
    """Return the record with another value under a name."""
    value = getattr(record, name)
    return replace(record, **{name: other(value) if value or name not in FILLED else FILLED[name]})


def other(value: object) -> object:
    """Return another value of the same shape."""
    if is_dataclass(value) and not isinstance(value, Text | Confidence):
        field = fields(value)[0]
        return changed_in(value, field.name)
    if isinstance(value, Mapping):
        return {**value, "X": "X"} if not value or isinstance(next(iter(value.values())), str) else {}
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case Enum():
            return next(each for each in type(value) if each is not value)
        case str():
            return value + "X"
        case Text():
            return Text(value.vi, value.en + " X")
        case Confidence():
            return Confidence("!" if value.mark != "!" else "A")
        case tuple():
            return value[1:] if value else ("X",)
    assert value is None, type(value)
    return "X"


def mutants(procedure: Procedure) -> Iterator[tuple[str, Procedure]]:
    """Yield editions that differ in one value of one record."""
    for table in (each.name for each in fields(Procedure) if isinstance(getattr(procedure, each.name), Mapping)):
        for key, record in list(getattr(procedure, table).items())[:2]:
            for field in fields(record):
                if field.name != "id":
                    changed = with_record(procedure, table, key, changed_in(record, field.name))
                    yield f"{table}.{key}.{field.name}", changed
    for number, act in list(enumerate(procedure.transitions))[:5]:
        for field in fields(act):
            moves = (*procedure.transitions[:number], changed_in(act, field.name), *procedure.transitions[number + 1 :])
            yield f"move.{number}.{field.name}", replace(procedure, transitions=moves)


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda each: each.key)
def test_whatever_value_changes_is_told(edition):
    """No difference of content is passed over, whichever value of whichever record it is in."""
    silent, tried = [], 0
    for name, changed in mutants(edition):
        tried += 1
        told = [sentence(each) for each in compare(edition, changed)]
        if changed != edition and not (told and all(each.vi and each.en for each in told)):
            silent.append(name)

    assert tried > 60
    assert silent == []


def test_policies_have_the_names_that_the_law_gives_them():
    """The command and the page hand them in."""
    policies = load_policies()
    name = next(iter(policies))
    changed = with_move(ADULT, ADULT.transitions[0].trigger, policies=(name, "POL-OTHER"))

    told = compare(changed, ADULT, names={("policy", name): policies[name].question})

    assert any(policies[name].question.vi in sentence(each).vi for each in told)
