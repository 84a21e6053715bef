"""What somebody else keeps of the log finds a cut tail and a chain written anew."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from deploy.operate.data_directory import LocalError
from deploy.operate.heads import heads_kept, heads_write
from deploy.operate.verify import run, verify
from services.declaration.domain.events import LotClosed
from services.kernel.merkle import MerkleRoot
from services.kernel.messages import SYSTEM
from tests.deploy.conftest import Log
from tests.support.acts import append


async def kept(log: Log, folder: Path) -> Path:
    """The heads as they are now, in somebody else's file."""
    file = folder / "heads"
    async with log.database.snapshot() as tx:
        root = await heads_write(tx, file)
    assert root.leaves == 2
    return file


async def named(log: Log, file: Path) -> list[str]:
    report = await verify(log.database, heads=heads_kept(file))
    return [str(broken) for broken in report.named]


async def test_a_log_that_goes_on_holds_against_what_was_kept(log: Log, tmp_path: Path) -> None:
    file = await kept(log, tmp_path)
    async with log.declaration.transaction() as tx:
        await append(tx, log.lot_id, LotClosed(), step="again", actor=SYSTEM)
    assert await named(log, file) == []


async def test_a_tail_that_is_cut_with_its_head_adjusted_is_found(log: Log, tmp_path: Path) -> None:
    file = await kept(log, tmp_path)
    await log.tamper(
        "UPDATE cases SET seq = 2, version = 2,"
        " head = (SELECT hash FROM events AS e WHERE e.case_id = $1 AND e.seq = 2)"
        " WHERE case_id = $1"
    )
    await log.tamper("DELETE FROM events WHERE case_id = $1 AND seq = 3")
    assert await log.findings() == [], "by itself the chain holds"
    assert await named(log, file) == [
        f"{log.lot_id}, event 3: it was there when the heads were kept: the end was cut off since"
    ]


async def test_a_chain_written_anew_is_found(log: Log, tmp_path: Path) -> None:
    file = await kept(log, tmp_path)
    await log.tamper("DELETE FROM events WHERE case_id = $1")
    await log.tamper("DELETE FROM cases WHERE case_id = $1")
    async with log.declaration.transaction() as tx:
        for step in "012":
            await append(tx, log.lot_id, LotClosed(), step=step, actor=SYSTEM)
    (found,) = [line for line in await named(log, file) if "rewritten" in line]
    assert found.startswith(f"{log.lot_id}, event 3")


async def test_a_case_that_is_gone_altogether_is_found(log: Log, tmp_path: Path) -> None:
    file = await kept(log, tmp_path)
    await log.tamper("DELETE FROM events WHERE case_id = $1")
    await log.tamper("DELETE FROM cases WHERE case_id = $1")
    assert len(await named(log, file)) == 1


async def test_heads_that_were_changed_or_cut_are_not_believed(log: Log, tmp_path: Path) -> None:
    file = await kept(log, tmp_path)
    lines = file.read_text().splitlines()
    for changed in (lines[1:], lines[:-1], [lines[0].replace(" 3 ", " 2 "), *lines[1:]]):
        file.write_text("\n".join(changed) + "\n")
        with pytest.raises(LocalError, match="not as it was written"):
            heads_kept(file)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 7, 8, 1000])
def test_a_root_is_that_of_the_tree_whose_left_side_is_full(number: int) -> None:
    leaves = [str(n).encode() for n in range(number)]
    root = MerkleRoot()
    for leaf in leaves:
        root.add(leaf)
    assert root.hex() == tree(leaves).hex()


def tree(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1."""
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + tree(leaves[:left]) + tree(leaves[left:])).digest()


async def test_a_file_whose_root_is_not_the_published_one_is_refused_and_each_root_is_told(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("deploy.operate.verify.settings_here", lambda _: log.settings)
    file = await kept(log, tmp_path)
    published = file.read_text().split()[-1]
    assert await run(heads=file, root=published) == 0
    assert f"root {published}" in capsys.readouterr().out.splitlines()[0]
    await log.tamper(
        "UPDATE cases SET seq = 2, version = 2,"
        " head = (SELECT hash FROM events AS e WHERE e.case_id = $1 AND e.seq = 2)"
        " WHERE case_id = $1"
    )
    await log.tamper("DELETE FROM events WHERE case_id = $1 AND seq = 3")
    await kept(log, tmp_path)
    assert await run(heads=file) == 0, "who cut the log wrote the file anew"
    assert f"root {published}" not in capsys.readouterr().out
    with pytest.raises(LocalError, match="not the one that was published"):
        await run(heads=file, root=published)
