"""What a template may say: print a declared variable, loop over a declared list, choose.  Nothing else.

Works on the parsed template, so it judges what would run and not what it looks like.  Never runs a template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jinja2 import TemplateSyntaxError, nodes

from dossiers.papers.catalogue import Variable, VariableType
from dossiers.papers.printing import FILTERS, SYSTEM_VARIABLES, template_environment

_LOOP_FIELDS = frozenset({"index", "first", "last"})
_DOCXTPL_TAG = re.compile(r"\{%(?:p|tr|tc|r) ")
_PLAIN = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.Compare,
    nodes.Operand,
    nodes.Not,
    nodes.And,
    nodes.Or,
)


@dataclass(frozen=True, slots=True)
class LanguageFault:
    """One thing a template may not say, with its paragraph counted from 1."""

    paragraph: int
    reason: str


@dataclass(slots=True)
class LanguageReport:
    """The faults of a part, and the declared variables it uses."""

    faults: list[LanguageFault] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


def check_language(
    paragraphs: Sequence[str], variables: Mapping[str, Variable], declared: frozenset[str]
) -> LanguageReport:
    """Return what is wrong with the tags in `paragraphs` for a form that declares those variables."""
    source = "\n".join(_DOCXTPL_TAG.sub("{% ", text.replace("\n", " ")) for text in paragraphs)
    report = LanguageReport()
    try:
        tree = template_environment().parse(source)
    except TemplateSyntaxError as error:
        report.faults.append(LanguageFault(error.lineno, f"cannot be read as a template: {error.message}"))
        return report
    _Judge(variables, declared, report).visit(tree, {})
    return report


@dataclass(frozen=True, slots=True)
class _Judge:
    """Walks the tree; `scope` maps the names of the loops around a node to the lists they walk over."""

    variables: Mapping[str, Variable]
    declared: frozenset[str]
    report: LanguageReport

    def visit(self, node: nodes.Node, scope: Mapping[str, Variable | None]) -> None:
        if isinstance(node, nodes.For):
            self._loop(node, scope)
        elif isinstance(node, nodes.Name):
            self._name(node, scope)
        elif isinstance(node, nodes.Getattr):
            self._attribute(node, scope)
        elif isinstance(node, nodes.Filter):
            self._filter(node, scope)
        elif isinstance(node, nodes.Const):
            if not isinstance(node.value, str | int):
                self._fault(node, "forbidden construct: this constant")
        elif isinstance(node, _PLAIN):
            for child in node.iter_child_nodes():
                self.visit(child, scope)
        else:
            self._fault(node, f"forbidden construct: {type(node).__name__.lower()}")

    def _loop(self, node: nodes.For, scope: Mapping[str, Variable | None]) -> None:
        if not isinstance(node.target, nodes.Name) or not isinstance(node.iter, nodes.Name) or node.test is not None:
            self._fault(node, "forbidden construct: a loop takes one name over one declared list")
            return
        self._name(node.iter, scope)
        walked = self.variables.get(node.iter.name)
        if walked is not None and walked.type is not VariableType.LIST:
            self._fault(node, f"variable {walked.name!r} is no list")
        inner = {**scope, node.target.name: walked, "loop": None}
        for child in node.body:
            self.visit(child, inner)
        for child in node.else_:
            self.visit(child, scope)

    def _name(self, node: nodes.Name, scope: Mapping[str, Variable | None]) -> None:
        name = node.name
        if name in scope or name in SYSTEM_VARIABLES:
            return
        if name in self.declared:
            self.report.used.add(name)
        elif name in self.variables:
            self._fault(node, f"variable {name!r} is not declared for this form")
        else:
            self._fault(node, f"unknown variable {name!r}")

    def _attribute(self, node: nodes.Getattr, scope: Mapping[str, Variable | None]) -> None:
        owner = node.node.name if isinstance(node.node, nodes.Name) else None
        if owner is None or owner not in scope:
            self._fault(node, f"forbidden construct: attribute {node.attr!r} of something that is no loop item")
            return
        walked = scope[owner]
        allowed = _LOOP_FIELDS if owner == "loop" else {item.name for item in walked.fields} if walked else set()
        if node.attr not in allowed:
            self._fault(node, f"forbidden construct: {owner} has no field {node.attr!r}")

    def _filter(self, node: nodes.Filter, scope: Mapping[str, Variable | None]) -> None:
        if node.name not in FILTERS:
            self._fault(node, f"forbidden construct: filter {node.name!r}")
        if node.node is None or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            self._fault(node, "forbidden construct: a filter takes no arguments")
            return
        self.visit(node.node, scope)

    def _fault(self, node: nodes.Node, reason: str) -> None:
        self.report.faults.append(LanguageFault(node.lineno, reason))
