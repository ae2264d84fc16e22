"""The proofs that are kept beside the procedures: which edition was proven, by which rules, with what result.

A certificate binds the content of a procedure, its side machines and the rules of safety together; a change in any of
them leaves the edition unproven until it is proven again.  Reading and comparing takes no walk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workflow.model import Policy, Procedure
from workflow.proof.rules import Safety, load_safety
from workflow.proof.variables import System
from workflow.prove import Proof, subject_of, system_of

PROOFS = Path(__file__).parent / "proofs.json"


class UnprovenError(Exception):
    """Editions of the law have no proof, or were changed since; `keys` names each (`id@edition`)."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = tuple(keys)
        super().__init__(f"no proof for the law as it stands: {', '.join(self.keys)} (hoso law prove --all --write)")


@dataclass(frozen=True, slots=True)
class ProofCertificate:
    """What is kept of a proof that holds: its hashes, how much it looked at, and what it had to track."""

    procedure: str
    subject: str
    sha256: str
    explored: int
    rules: int
    tracked: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))

    def plain(self) -> dict[str, Any]:
        """Return what users are shown of the certificate, as JSON values."""
        return {"subject": self.subject, "sha256": self.sha256, "explored": self.explored, "rules": self.rules}


def load_certificates(path: Path = PROOFS) -> Mapping[str, ProofCertificate]:
    """Return the kept certificates by `id@edition`; none when nothing was ever proven."""
    if not path.exists():
        return {}
    raw = json.loads(path.read_text(encoding="utf-8"))
    return {
        key: ProofCertificate(
            key,
            entry["subject"],
            entry["sha256"],
            entry["explored"],
            entry["rules"],
            {rule: frozenset(names) for rule, names in entry["tracked"].items()},
        )
        for key, entry in raw.items()
    }


def certificate_of(proof: Proof) -> ProofCertificate:
    """Return what is kept of a proof; only one that holds has a certificate."""
    assert proof.holds
    tracked = {name: names for result in proof.results for name, names in result.tracked.items()}
    return ProofCertificate(
        proof.procedure.key, proof.subject, proof.sha256, proof.explored, len(proof.results), tracked
    )


def write_certificates(certificates: Iterable[ProofCertificate], path: Path = PROOFS) -> None:
    """Write the certificates, sorted, so that the same proofs give the same file."""
    entries = {
        each.procedure: {
            **each.plain(),
            "tracked": {rule: sorted(names) for rule, names in sorted(each.tracked.items())},
        }
        for each in sorted(certificates, key=lambda one: one.procedure)
    }
    path.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def proven(
    procedures: Iterable[Procedure],
    policies: Mapping[str, Policy],
    *,
    certificates: Mapping[str, ProofCertificate] | None = None,
    safety: Safety | None = None,
) -> Mapping[str, ProofCertificate]:
    """Return the certificate of each edition whose content is still what was proven, by the hash of the procedure."""
    kept = load_certificates() if certificates is None else certificates
    rules = safety or load_safety()
    every = tuple(procedures)
    found = {}
    for procedure in every:
        certificate = kept.get(procedure.key)
        if certificate and certificate.subject == subject_of(system_for(procedure, every, policies), rules):
            found[procedure.sha256] = certificate
    return found


def system_for(procedure: Procedure, others: Iterable[Procedure], policies: Mapping[str, Policy]) -> System:
    """Return what is proven together with a procedure: a main one with its side machines, a side machine alone."""
    return system_of(procedure, () if procedure.side else others, policies)


def with_proofs(procedures: Iterable[Procedure], policies: Mapping[str, Policy]) -> tuple[Procedure, ...]:
    """Return the editions, each with what is kept of its proof; None for one that has none for what it says now."""
    every = tuple(procedures)
    found = proven(every, policies)
    return tuple(replace(each, proof=found[each.sha256].plain() if each.sha256 in found else None) for each in every)


def require_proofs(procedures: Iterable[Procedure]) -> None:
    """Raise UnprovenError unless each edition comes with its proof."""
    missing = [procedure.key for procedure in procedures if procedure.proof is None]
    if missing:
        raise UnprovenError(missing)
