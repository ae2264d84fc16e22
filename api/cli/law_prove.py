"""`hoso law prove`: whether anything that must never happen can happen, with a story when it can."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from time import perf_counter
from typing import Any

import click

from dossiers.papers.catalogue_files import official_catalogue
from workflow.diagram.graph import Highlight, Step
from workflow.diagram.svg import swim_lanes
from workflow.loader import load_policies, load_procedure, load_procedures
from workflow.model import Procedure
from workflow.prove import Proof, prove
from workflow.proven import ProofCertificate, certificate_of, load_certificates, system_for, write_certificates


@click.command("prove")
@click.argument("procedure", required=False)
@click.option("--all", "everything", is_flag=True, help="Every edition, one line of JSON each.")
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file of law not yet shipped."
)
@click.option("--write", is_flag=True, help="Keep the certificates of the proofs that hold (with --all).")
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw the counterexample on the diagram.")
@click.option("--json", "as_json", is_flag=True, help="The same as without: proofs are always JSON.")
@click.pass_context
def prove_law(
    context: click.Context,
    procedure: str | None,
    file: Path | None,
    svg: Path | None,
    *,
    everything: bool,
    write: bool,
    as_json: bool,  # noqa: ARG001 - scripts may always ask for it
) -> None:
    """Explore every reachable situation of an edition against the rules of safety; exit 1 when one is broken."""
    if [procedure is not None, file is not None, everything].count(True) != 1:
        raise click.UsageError("say one of: ID[@EDITION], --all, --file FILE")
    if write and not everything:
        raise click.UsageError("--write keeps the proofs of all editions together: say --all")
    shipped = load_procedures()
    if everything:
        found = _prove_all([each.key for each in shipped], afresh=write)
        proofs = [(plain, seconds) for plain, seconds, _ in found]
        for plain, _ in proofs:
            click.echo(json.dumps(plain, ensure_ascii=False))
        certificates = [certificate for _, _, certificate in found if certificate is not None]
        if write and len(certificates) == len(found):
            write_certificates(certificates)
    else:
        asked = load_procedure(file) if file is not None else _named(str(procedure), shipped)
        proof, seconds = _timed(asked, [each for each in shipped if each.key != asked.key] + [asked])
        proofs = [(proof.plain(), seconds)]
        click.echo(json.dumps(proof.plain(), ensure_ascii=False, indent=2))
        if svg is not None:
            svg.write_text(_drawn(proof), encoding="utf-8")
    for plain, seconds in proofs:
        click.echo(_summary(plain, seconds), err=True)
    if not all(plain["holds"] for plain, _ in proofs):
        context.exit(1)


def _named(name: str, shipped: Iterable[Procedure]) -> Procedure:
    fitting = [each for each in shipped if name in (each.id, each.key)]
    if not fitting:
        raise click.ClickException(f"no procedure {name}")
    return max(fitting, key=lambda each: each.edition)


def _timed(procedure: Procedure, shipped: Iterable[Procedure], *, afresh: bool = False) -> tuple[Proof, float]:
    """Prove one edition; `afresh` without what earlier proofs knew, so that the result depends on the law alone."""
    begun = perf_counter()
    forms = frozenset(edition.form_id for edition in official_catalogue().forms())
    kept = None if afresh else load_certificates().get(procedure.key)
    system = system_for(procedure, shipped, load_policies())
    proof = prove(system, forms=forms, hints=kept.tracked if kept else None)
    return proof, perf_counter() - begun


@cache
def _shipped() -> tuple[Procedure, ...]:
    return load_procedures()


def _prove_one(key: str, *, afresh: bool) -> tuple[dict[str, Any], float, ProofCertificate | None]:
    """Prove one shipped edition in a process of its own, which reads the files once."""
    shipped = _shipped()
    proof, seconds = _timed(_named(key, shipped), shipped, afresh=afresh)
    return proof.plain(), seconds, certificate_of(proof) if proof.holds else None


def _prove_all(keys: list[str], *, afresh: bool) -> list[tuple[dict[str, Any], float, ProofCertificate | None]]:
    with ProcessPoolExecutor(max_workers=min(len(keys), os.cpu_count() or 1)) as pool:
        return list(pool.map(partial(_prove_one, afresh=afresh), keys))


def _summary(plain: Mapping[str, Any], seconds: float) -> str:
    broken = [rule["id"] for rule in plain["rules"] if not rule["holds"]]
    verdict = f"BROKEN: {', '.join(broken)}" if broken else "holds"
    judged = sum(rule["judged"] for rule in plain["rules"])
    return (
        f"{plain['procedure']}: {verdict}; {len(plain['rules'])} rules, {plain['explored']} situations explored, "
        f"{judged} judgements, {seconds:.1f} s"
    )


def _drawn(proof: Proof) -> str:
    """Draw the story of the first broken rule on the diagram; the plain diagram when every rule holds."""
    broken = next((each for each in proof.results if not each.holds and each.story), None)
    if broken is None:
        return swim_lanes(proof.procedure)
    path, here = [], proof.procedure.initial.id
    for line in broken.story:
        act = next((each for each in proof.procedure.transitions if each.trigger == line.trigger), None)
        if act is not None:
            path.append(Step(here if here in act.source else act.source[0], act.trigger))
        here = line.state
    return swim_lanes(proof.procedure, Highlight(tuple(path), here), story=True)
