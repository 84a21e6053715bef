"""The services' manifests: each folder of a service holds one, and here they are read together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from services.folders import MANIFEST_FILE, names
from services.kernel.case_kinds import KindOfCase
from services.platform.manifest import Manifest, ManifestUnfit
from services.platform.roles import DUTIES

__all__ = [
    "case_kinds",
    "manifest",
    "manifests",
    "names",
    "scopes_of_roles",
    "signing",
    "workers",
]


@cache
def manifests() -> Mapping[str, Manifest]:
    """Every service's manifest by its name. Raises ManifestUnfit where one contradicts."""
    found = {name: _read(name) for name in names()}
    for one in found.values():
        require_known(one, found)
    return found


def manifest(name: str) -> Manifest:
    """One service's manifest."""
    return manifests()[name]


def workers() -> tuple[str, ...]:
    """The services with a task queue of their own."""
    return tuple(name for name, one in manifests().items() if one.worker is not None)


@cache
def scopes_of_roles() -> Mapping[str, frozenset[str]]:
    """Of each role its scopes: what an issuer should grant it, and the sandbox's does.

    Outside the sandbox the issuer puts scopes into its tokens.
    """
    return {
        role: frozenset(s.name for m in manifests().values() for s in m.scopes if role in s.roles)
        for role in DUTIES
    }


@cache
def signing() -> frozenset[str]:
    """The scopes of all services under which a person signs."""
    return frozenset(scope for one in manifests().values() for scope in one.signing)


@cache
def case_kinds() -> Mapping[str, KindOfCase]:
    """Every kind of case with a timeline, by the prefix of its ids, as its owner states it."""
    return {kind.prefix: kind for one in manifests().values() for kind in one.cases}


def _read(name: str) -> Manifest:
    found = import_module(f"services.{name}.service").MANIFEST
    if not isinstance(found, Manifest) or found.name != name:
        raise ManifestUnfit(f"services/{name}/{MANIFEST_FILE} holds no MANIFEST named {name}")
    return found


def require_known(one: Manifest, all_: Mapping[str, Manifest]) -> None:
    """Raises ManifestUnfit for a service that names another that there is not, or its case."""
    others = {teller for tellers in one.told_by.values() for teller in tellers}
    others |= set(one.worker.as_others) if one.worker is not None else set()
    if unknown := sorted(others - set(all_)):
        raise ManifestUnfit(f"{one.name} names services that there are not: {', '.join(unknown)}")
    silent = [n for n in (one.worker.as_others if one.worker else ()) if not all_[n].offers]
    if silent:
        raise ManifestUnfit(f"{one.name} acts as {', '.join(silent)}, which offers no step")
    for other in all_.values():
        if other is not one and (twice := sorted(set(other.told_by) & set(one.told_by))):
            raise ManifestUnfit(f"{one.name} and {other.name} both own {', '.join(twice)}")
