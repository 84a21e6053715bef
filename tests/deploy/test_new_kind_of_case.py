"""A kind of case is its owner's files and its prefix: a toy one has case view, timeline, work list.

Nothing in the window is written for it, and nothing lists it but the prefixes of all ids.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from deploy.operate.data_directory import Endpoints
from tests.deploy.test_new_service import MIGRATION, SERVICE, Tree, database, served, token_of

__all__ = ["database"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("a new service")]

PREFIXES: Final = "services/kernel/identifiers.py"
KIND: Final = {
    "services/yard/domain/__init__.py": '"""What a truck\'s stay in the yard is."""\n',
    "services/yard/domain/states.py": '''"""The life of a stay in the yard."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from services.kernel.case_kinds import KindOfCase
from services.kernel.states import DONE, Held, StateTable, Wait


class StayState(StrEnum):
    """Where a stay stands."""

    INSIDE = "INSIDE"
    LEFT = "LEFT"


STAY: Final = StateTable[StayState](
    "yard_stay",
    moves={(StayState.INSIDE, "leave"): StayState.LEFT},
    held={
        StayState.INSIDE: Held(
            "enterprise", (Wait("TRUCK_OUT", "The truck is still inside.", "enterprise"),)
        ),
        StayState.LEFT: DONE,
    },
)
CASES: Final = (KindOfCase("yrd", "yard_stay", STAY, "yard:place:take", "v_yard_stays.stay_id"),)
''',
    "services/yard/domain/events.py": '''"""Facts of the yard."""

from __future__ import annotations

from services.kernel.events import Event


class StayBegun(Event):
    """A truck has taken a place."""

    place: str
''',
    "services/yard/domain/words.py": '''"""The words of the yard's codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "yard_stay": {"INSIDE": "inside", "LEFT": "left", "leave": "leave"},
}
''',
    "migrations/views/yard_stays.sql": """-- owner: yard
-- readers: window
-- Trucks in the yard.
CREATE OR REPLACE VIEW v_yard_stays AS
SELECT
    stay_id,
    state
FROM yard_places;
""",
    "services/yard/tables.py": SERVICE["services/yard/tables.py"]
    .replace("import Column, Table, Text", "import Column, Table, Text, Uuid")
    .replace(
        '    Column("place", Text, primary_key=True),\n',
        '    Column("stay_id", Uuid, primary_key=True),\n'
        '    Column("place", Text, nullable=False),\n'
        '    Column("state", Text, nullable=False),\n',
    ),
    "services/yard/commands.py": '''"""What is done in the yard."""

from __future__ import annotations

from services.kernel.header import Header
from services.kernel.identifiers import new_uuid, show
from services.platform.act import Act
from services.yard.domain.events import StayBegun
from services.yard.domain.states import STAY, StayState
from services.yard.tables import yard_places


async def place_take(act: Act, place: str, plate: str) -> str:
    """Let a truck wait at a place; its stay."""
    stay, state = new_uuid(), StayState.INSIDE
    case, party = show("yrd", stay), act.actor.party
    row = {"stay_id": stay, "place": place, "plate": plate, "state": state.value}
    await act.execute(yard_places.insert().values(**row))
    act.record(case, StayBegun(place=place), step="begin")
    header = Header(reference=place, readers=(party,))
    act.headers.stand(case, STAY, state, desks={"enterprise": [party]}, header=header)
    return case
''',
    "services/yard/api.py": SERVICE["services/yard/api.py"]
    .replace(
        '    place: str\n    plate: str\n\n\n@router.post("/places", status_code=201,'
        " response_model=Taking)",
        "    place: str\n    plate: str\n\n\nclass Stay(BaseModel):\n"
        '    """A truck that waits."""\n\n    stay_id: str\n\n\n'
        '@router.post("/places", status_code=201, response_model=Stay)',
    )
    .replace(
        "        await place_take(act, body.place, body.plate)\n"
        "        return Answer(status=201, body=body.model_dump())\n",
        "        stay_id = await place_take(act, body.place, body.plate)\n"
        '        return Answer(status=201, body={"stay_id": stay_id})\n',
    ),
    "services/yard/service.py": SERVICE["services/yard/service.py"]
    .replace(
        "Manifest, Scale, granted\n",
        "Manifest, Scale, granted\nfrom services.yard.domain.states import CASES\n",
    )
    .replace('"carrier"),)', '"enterprise"),)')
    .replace("    scale=", '    cases=CASES,\n    told_by={"yrd": ()},\n    scale='),
}
COLUMNS: Final = MIGRATION.replace(
    "(place text PRIMARY KEY, plate text NOT NULL)",
    "(stay_id uuid PRIMARY KEY, place text NOT NULL, plate text NOT NULL, state text NOT NULL)",
)


def with_its_prefix(identifiers: str) -> str:
    """The ids of all things, with those of a stay among them."""
    named = identifiers.replace(
        '    "ent": "entry', '    "yrd": "stay in the yard",\n    "ent": "entry'
    )
    return named.replace('CASES: Final = ("lot", ', 'CASES: Final = ("yrd", "lot", ')


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    tree = Tree(tmp_path_factory.mktemp("tree"))
    for name, text in KIND.items():
        file = tree.root / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    (migration,) = (tree.root / "migrations" / "versions").glob("9999_*.py")
    before = migration.read_text().partition("Revises: ")[2].partition("\n")[0]
    migration.write_text(COLUMNS.format(revision="9999_yard", before=before))
    prefixes = tree.root / PREFIXES
    prefixes.write_text(with_its_prefix(prefixes.read_text()))
    return tree


async def test_a_new_kind_of_case_is_seen_told_and_waited_for(
    tree: Tree, database: str, stack: Endpoints, stack_home: Path, tmp_path: Path
) -> None:
    minting = [token_of(stack_home, "enterprise", f"enterprise:{code}") for code in ("E1", "E2")]
    url, shares, said = tree.migrated(database, stack_home, tmp_path, *minting)
    own, another = [{"authorization": f"Bearer {token}"} for token in said.split()[-2:]]
    async with served(tree, url, stack_home, shares, "yard", "window") as (yard, window):
        taken = await yard.post(
            "/yard/v1/places",
            json={"place": "A7", "plate": "桂F12345"},
            headers=own | {"idempotency-key": "take-a7"},
        )
        assert taken.status_code == 201, taken.text
        case = f"/window/v1/cases/{taken.json()['stay_id']}"
        seen = await window.get(case, headers=own)
        assert (seen.status_code, seen.headers["etag"]) == (200, '"1"'), seen.text
        shown = seen.json()
        assert (shown["kind"], shown["state"], shown["holder"]) == (
            *("yard_stay", "INSIDE", "enterprise"),
        )
        assert [missing["code"] for missing in shown["missing"]] == ["TRUCK_OUT"]
        assert (await window.get(case, headers=another)).status_code == 404
        timeline = (await window.get(f"{case}/timeline", headers=own)).json()
        # What of an event its party is told is listed; what nobody has listed, nobody is told.
        assert timeline["items"] == []
        work = (await window.get("/window/v1/work", headers=own)).json()["items"]
        assert [(item["case_id"], item["code"]) for item in work] == [
            (taken.json()["stay_id"], "TRUCK_OUT")
        ]
        assert not (await window.get("/window/v1/work", headers=another)).json()["items"]

    admin = await asyncpg.connect(database)
    row = await admin.fetchrow("SELECT state, reference FROM cases WHERE kind = 'yrd'")
    await admin.close()
    assert tuple(row or ()) == ("INSIDE", "A7")


def test_a_kind_of_case_is_its_owners_files_and_two_lines(tree: Tree) -> None:
    root = Path(__file__).resolve().parents[2]
    of_others = [name for name in KIND if "yard" not in name]
    assert of_others == []
    assert len([name for name in KIND if name not in SERVICE]) == 5
    before = (root / PREFIXES).read_text().splitlines()
    changed = difflib.unified_diff(before, (tree.root / PREFIXES).read_text().splitlines(), n=0)
    added = [line for line in changed if line.startswith("+") and not line.startswith("+++")]
    assert len(added) == 2
