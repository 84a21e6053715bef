"""What is written of services into the descriptions is what their manifests say."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from deploy.operate import describe
from services import manifests
from services.platform.manifest import Carrier, Manifest, ManifestUnfit, granted


def test_every_description_says_what_the_manifests_say() -> None:
    assert describe.differing() == [], "`make describe` writes them"


def test_a_list_that_somebody_changed_by_hand_is_found_and_written_anew(tmp_path: Path) -> None:
    _copied(tmp_path)
    gateway = tmp_path / "deploy" / "gateway.conf"
    gateway.write_text(gateway.read_text().replace("|registry|", "|"))
    values = tmp_path / describe.VALUES
    values.write_text(values.read_text().replace("  window: {api", "  customs: {api"))
    assert describe.differing(tmp_path) == ["deploy/chart/values.yaml", "deploy/gateway.conf"]
    describe.write(directory=tmp_path)
    assert describe.differing(tmp_path) == []


def test_a_description_without_its_block_is_said(tmp_path: Path) -> None:
    _copied(tmp_path)
    gateway = tmp_path / "deploy" / "gateway.conf"
    gateway.write_text(gateway.read_text().replace("# services begin: paths", "# here were paths"))
    with pytest.raises(describe.DescriptionUnfit, match=r"gateway\.conf lacks its block paths"):
        describe.differing(tmp_path)


def test_nobody_defines_the_scope_of_another_or_grants_to_a_role_that_is_none() -> None:
    with pytest.raises(ManifestUnfit, match="yard defines window:case:read, which is not its own"):
        _yard(scopes=(granted("window:case:read", "clerk"),))
    with pytest.raises(
        ManifestUnfit, match="yard:place:take is granted to roles that there are not: porter"
    ):
        _yard(scopes=(granted("yard:place:take", "clerk", "porter"),))


def test_a_service_that_names_one_there_is_not_is_said() -> None:
    yard = _yard(told_by={"lot": ("ferry",)})
    with pytest.raises(ManifestUnfit, match="yard names services that there are not: ferry"):
        manifests.require_known(yard, {**manifests.manifests(), "yard": yard})
    again = _yard(told_by={"lot": ()})
    with pytest.raises(ManifestUnfit, match="yard and declaration both own lot"):
        manifests.require_known(again, {**manifests.manifests(), "yard": again})


def test_every_worker_has_the_queue_of_its_services_name() -> None:
    for name, one in manifests.manifests().items():
        match one.worker:
            case Carrier(queue=queue):
                assert queue == name


def test_who_reads_a_manifest_loads_neither_interface_nor_worker_with_it() -> None:
    """Every process reads them all, and answers or carries for one service, if for any."""
    for name in manifests.names():
        file = describe.ROOT / "services" / name / "service.py"
        top = ast.parse(file.read_text()).body
        loaded = [str(line.module) for line in top if isinstance(line, ast.ImportFrom)]
        costly = tuple(f"services.{name}.{part}" for part in ("api", "worker", "activities"))
        assert [module for module in loaded if module.startswith(costly)] == []


def _yard(**values: object) -> Manifest:
    stated: dict[str, object] = {
        "name": "yard",
        "title": "Yard",
        "description": "Places.",
        "summary": "Places.",
        "keys": ("receipt_key",),
        "scopes": (),
    }
    return Manifest(**{**stated, **values})  # type: ignore[arg-type]


def _copied(root: Path) -> None:
    for name in describe.described():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text((describe.ROOT / name).read_text())
