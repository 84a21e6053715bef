"""The tree of RFC 6962, 2.1, over leaves: its root, and the way from one leaf up to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

Side = Literal["left", "right"]


def leaf_hash(leaf: bytes) -> bytes:
    """A leaf as a node of the tree."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node above two."""
    return sha256(b"\x01" + left + right).digest()


@dataclass
class MerkleRoot:
    """The root over leaves given one by one, with a hash per level in memory."""

    _levels: list[tuple[int, bytes]] = field(default_factory=list)
    leaves: int = 0

    def add(self, leaf: bytes) -> None:
        """One more leaf, after all those before."""
        height, node = 0, leaf_hash(leaf)
        while self._levels and self._levels[-1][0] == height:
            node = node_hash(self._levels.pop()[1], node)
            height += 1
        self._levels.append((height, node))
        self.leaves += 1

    def digest(self) -> bytes:
        """The root over all leaves so far; of none, the hash of nothing."""
        nodes = [node for _, node in self._levels]
        if not nodes:
            return sha256(b"").digest()
        root = nodes.pop()
        while nodes:
            root = node_hash(nodes.pop(), root)
        return root

    def hex(self) -> str:
        """The root as text."""
        return self.digest().hex()


@dataclass(frozen=True, slots=True)
class Sibling:
    """The node beside the way up, and on which side of it it stands."""

    side: Side
    hash: bytes


def path_of(leaves: Sequence[bytes], index: int) -> list[Sibling]:
    """The nodes beside the way from a leaf up to the root, the lowest first."""
    level, path = [leaf_hash(leaf) for leaf in leaves], []
    while len(level) > 1:
        if (beside := index ^ 1) < len(level):
            path.append(Sibling("left" if beside < index else "right", level[beside]))
        above = [node_hash(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        # Whoever has nobody beside goes up as he is: so the tree's left side is full.
        level = above if len(level) % 2 == 0 else [*above, level[-1]]
        index //= 2
    return path


def root_by(leaf: bytes, path: Iterable[Sibling]) -> bytes:
    """The root to which a leaf's path leads."""
    node = leaf_hash(leaf)
    for one in path:
        node = node_hash(one.hash, node) if one.side == "left" else node_hash(node, one.hash)
    return node
