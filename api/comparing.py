"""What the command and the page need to tell how two editions differ: what forms and policies are called, and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dossiers.papers.catalogue import Catalogue
from workflow.difference import Change, sentence
from workflow.model import Policy, Procedure
from workflow.phrases import Names, names_of
from workflow.vocabulary import Text


def names_for(catalogue: Catalogue, policies: Mapping[str, Policy], procedures: Iterable[Procedure]) -> Names:
    """Return what forms, open questions and their answers are called, and whatever other procedures have.

    Of a form with several editions it is the latest title.
    """
    names = names_of(*procedures)
    names.update({("form", each.form_id): each.title for each in catalogue.forms()})
    for key, policy in policies.items():
        names["policy", key] = policy.question
        names.update({("choice", f"{key}={value.id}"): value.label for value in policy.values})
    return names


def difference_json(old: Procedure, new: Procedure, changes: Iterable[Change]) -> dict[str, Any]:
    """Return every difference with its words in both languages."""
    return {
        "from": old.key,
        "to": new.key,
        "changes": [
            {
                "part": each.part.value,
                "what": each.what.value,
                "id": each.id,
                "title": _text(each.title),
                "basis": each.basis,
                "aspects": [{"field": aspect.field, **_text(aspect.words)} for aspect in each.aspects],
                "sentence": _text(sentence(each)),
            }
            for each in changes
        ],
    }


def _text(text: Text) -> dict[str, str]:
    return {"vi": text.vi, "en": text.en}
