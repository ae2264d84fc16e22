"""The kinds of bodies and the offices an account can hold in them, as the data files list them.

Read once when the program starts.  Never asks the database; what an office does to a dossier is
said by the procedure, not here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from workflow.vocabulary import Text

_DATA = files("dossiers.bodies") / "data"


class Presence(StrEnum):
    """Whether a kind of body has a certain piece of territory."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class OrganizationKind:
    """One kind of body: where it can stand and how its papers begin."""

    id: str
    title: Text
    commune: Presence
    province: Presence
    #: A list of communes that it covers without being the body of one.
    areas: Presence
    #: Whether its papers print the body above it.
    prints_parent: bool


@dataclass(frozen=True, slots=True)
class RoleKind:
    """One office: the kinds of bodies in which it is held, the rights that come with it, and who may act in it."""

    id: str
    title: Text
    held_in: frozenset[str]
    rights: frozenset[str]
    #: The offices whose holders in the same body may act in this one by the head's written decision.
    delegable_to: frozenset[str]


def _tables(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((_DATA / name).read_text(encoding="utf-8"))


def _organization_kind(kind_id: str, table: Mapping[str, Any]) -> OrganizationKind:
    return OrganizationKind(
        kind_id,
        Text(**table["title"]),
        Presence(table["commune"]),
        Presence(table["province"]),
        Presence(table["areas"]),
        table["prints_parent"],
    )


def _role(role_id: str, table: Mapping[str, Any]) -> RoleKind:
    held_in, rights, delegable = table["held_in"], table["rights"], table.get("delegable_to", ())
    return RoleKind(role_id, Text(**table["title"]), frozenset(held_in), frozenset(rights), frozenset(delegable))


#: Kind of body by its id, in the order of the data file.
ORGANIZATION_KINDS: Final[Mapping[str, OrganizationKind]] = MappingProxyType(
    {kind_id: _organization_kind(kind_id, table) for kind_id, table in _tables("organization-types.toml").items()}
)
#: Office by the role id that procedures use.
ROLES: Final[Mapping[str, RoleKind]] = MappingProxyType(
    {role_id: _role(role_id, table) for role_id, table in _tables("roles.toml").items()}
)
