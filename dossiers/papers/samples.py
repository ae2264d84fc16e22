"""Fictitious values to show, print and check a form with.

Never used for a real paper: the names, places and numbers are the dictionary's examples.
"""

from __future__ import annotations

from dossiers.papers.catalogue import Catalogue, FormEdition

#: Signing for somebody else is shown by no sample: the first issuer signs in person.
_LEFT_OUT = frozenset({"signer_prefix", "signer_for"})


def sample_values(catalogue: Catalogue, form: FormEdition) -> dict[str, object]:
    """Return a fictitious value for every variable of the form, the issuing body being its first issuer."""
    values = {name: catalogue.variables[name].example for name in (*form.required, *form.optional)}
    issuer = form.issuers[0]
    own = {
        "issuing_org": issuer.example_org,
        "parent_org": issuer.example_parent,
        "doc_symbol": form.symbol and form.symbol.format(year=form.valid_from.year),
        "signer_title": issuer.signer_title,
        "signer_rank": issuer.example_rank,
        **form.sample,
    }
    values.update({name: value for name, value in own.items() if name in values})
    return {name: value for name, value in values.items() if name not in _LEFT_OUT and value is not None}
