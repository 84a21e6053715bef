"""`tradewindow verify`: recompute every case's hash chain and every revealed draw, ask of each
person's event whether the request is on file that it answers, of each case's header whether its
owner's row says the same, of the tables whether they say what the log says (``verify/*.py``), of
seals whether they hold and the log goes through them, of events whether they are dated in the log's
order. What only persons and banks do (not ``unasked``) the window itself cannot have done.

It trusts nothing stored beside the facts, and reads one snapshot, in batches, beside the window.
What the log does not hash it cannot vouch for: stored answers of steps, places.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from deploy.operate.data_directory import LocalError
from deploy.operate.heads import Head, broken_since, heads_kept, root_kept
from deploy.operate.home import Home
from deploy.operate.settings import settings_here, settings_of
from deploy.operate.verify.chains import find_strays, verify_chains, verify_dates
from deploy.operate.verify.derived import differing_derived
from deploy.operate.verify.documents import files_at_hand, lost_files
from deploy.operate.verify.draws import differing_draws, secret_seeds
from deploy.operate.verify.ends import differing_ends
from deploy.operate.verify.law import differing_law
from deploy.operate.verify.left import REASONS, not_compared
from deploy.operate.verify.loads import differing_loads
from deploy.operate.verify.quota import differing_quota
from deploy.operate.verify.records import caseless_records
from deploy.operate.verify.registers import UNFILED, differing_registers, unvouched
from deploy.operate.verify.report import NAMED_MAX, Broken, Report
from deploy.operate.verify.seals import broken_seals, keys_known
from migrations.apply import deciding_tables
from services.platform.database import Database, DatabaseUnreachable
from services.platform.files import Files
from services.platform.settings import Settings, role_of


async def run(
    *,
    home: Home = None,
    heads: Path | None = None,
    root: str | None = None,
    seal: str | None = None,
) -> int:
    """Recompute every hash chain and every revealed draw; name what is broken.

    ``heads`` is a file of `tradewindow heads` that somebody kept: a chain whose end was cut off, or
    that was written anew since, is found by it alone. ``root`` is the root (HEX) that was published
    of that file: another file is refused. The root of the file is printed, to be compared.
    ``seal`` is the digest (HEX) of a seal that somebody kept: one cut off at the end is missed.

    Where SECRETS_FILE is set, as for services run alone, the environment says which database.

    The status is 0 when everything holds and 1 when something does not.
    """
    kept = () if heads is None else _heads_of(heads, root)
    report = await _verify_by(settings_here(home), kept, seal)
    for broken in report.named:
        print(broken)
    if report.broken > len(report.named):
        print(f"and {report.broken - len(report.named)} more")
    for row in report.caseless[:NAMED_MAX]:
        print(row)
    if len(report.caseless) > NAMED_MAX:
        print(f"and {len(report.caseless) - NAMED_MAX} rows more without a case")
    holds = "everything holds" if not report.broken else f"{report.broken} broken"
    if report.caseless:
        holds = f"{report.broken} broken, {len(report.caseless)} rows without a case"
    print(f"{report.cases} cases, {report.events} events, {report.draws} draws: {holds}.")
    if report.seals.count:
        print(report.seals.told())
    if report.secret:
        print(f"Not computed again: draws under {report.secret} seeds that are secret yet.")
    left = not_compared(deciding_tables())
    if report.unvouched:
        left.append(f"{report.unvouched} records on file since before filings vouched for any")
    why = [f"{name} ({REASONS[name]})" if name in REASONS else name for name in left]
    print(f"Not compared with the log: {'; '.join(why)}.")
    return 1 if report.broken or report.caseless else 0


def _heads_of(file: Path, published: str | None) -> Iterable[Head]:
    """The heads of a file, whose root is told. Raises LocalError when another was published."""
    root = root_kept(file).hex()
    if published is not None and published.strip().lower() != root:
        raise LocalError(f"{file} has the root {root}, not the one that was published.")
    print(f"{file}: root {root}; compare it with what was published.")
    return heads_kept(file)


async def verify_home(home: Path) -> Report:
    """Recompute everything in a data directory whose servers run. Raises LocalError."""
    return await _verify_by(settings_of(home), (), None)


async def _verify_by(settings: Settings, heads: Iterable[Head], seal: str | None) -> Report:
    role = role_of("window")
    database = Database(settings.database_url_for(role), role=role, pool_size=1)
    try:
        keys, files = keys_known(settings), files_at_hand(settings)
        return await verify(database, heads=heads, keys=keys, seal=seal, files=files)
    except DatabaseUnreachable as error:
        raise LocalError(
            f"The database does not answer ({type(error).__name__}); start it with"
            " `tradewindow up`, or name its directory with --home."
        ) from error
    finally:
        await database.close()


async def verify(
    database: Database,
    *,
    heads: Iterable[Head] = (),
    keys: Collection[bytes] = (),
    seal: str | None = None,
    files: Files | None = None,
) -> Report:
    """Recompute everything in one snapshot, and compare it with seals and heads that are kept."""
    report = Report()
    async with database.snapshot() as tx:
        await verify_chains(tx, report)
        await find_strays(tx, report)
        await verify_dates(tx, report)
        async for where, what in differing_draws(tx):
            report.draws += what is None
            if what is not None:
                report.add(Broken(where, what))
        report.secret = await secret_seeds(tx)
        report.caseless = [row async for row in caseless_records(tx)]
        seals = broken_seals(tx, report.seals, known=keys, published=seal)
        report.unvouched = await unvouched(tx)
        async for where, what in differing_registers(tx):
            if what == UNFILED:
                report.caseless.append(f"{where} {what}")
            else:
                report.add(Broken(where, what))
        quota = differing_quota(tx)
        law, ends, derived = differing_law(tx), differing_ends(tx), differing_derived(tx)
        for found in (
            quota,
            differing_loads(tx),
            law,
            ends,
            derived,
            broken_since(tx, heads),
            seals,
            lost_files(tx, files),
        ):
            async for where, what in found:
                report.add(Broken(where, what))
    return report
