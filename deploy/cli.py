"""The command `tradewindow`.

A command named by an import path is loaded when it is called, so that `--help` is quick and one
command's missing package never breaks another. Its function states its own parameters.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from dataclasses import replace
from importlib.util import find_spec
from typing import Final, NoReturn

from cyclopts import App

from deploy.operate.data_directory import DataDirectory, LocalError
from deploy.operate.ending import end_process
from deploy.operate.home import Home, home_or_default
from services.platform.secret_file import SettingsError

app = App(name="tradewindow", help="An open single window for border trade.")

COMMANDS: Final = {
    "demo": ("demo.run:run", "Run a border market's day, in a data directory of its own."),
    "token": ("sandbox.token:mint", "Mint a token of the sandbox's issuer."),
    "sample": ("sandbox.world.run:run", "Fill in the sample world of a window that runs here."),
    "bench": ("bench:run", "Measure this machine, as ratios."),
    "verify": ("operate.verify:run", "Recompute every hash chain and draw; name what is broken."),
    "heads": ("operate.heads:run", "Write every case's head and their root, for others to keep."),
    "contracts": ("operate.contracts:export", "Write contracts/ from the code."),
    "describe": ("operate.describe:write", "Write what manifests say into deploy/."),
    "words": ("operate.wordbook:bring_in", "Write catalogs and tables of words from the code."),
    "replay": ("operate.replay:run", "Replay the saved workflow histories."),
    "serve": ("operate.separate:serve", "Run one service's HTTP interface alone."),
    "work": ("operate.separate:work", "Run one service's Temporal worker alone."),
    "portal": ("operate.portal:portal", "Run the screens alone."),
    "relay": ("operate.separate:relay", "Run the outbox relay alone."),
    "resume": ("operate.resume:run", "Start cases from the record that the engine has lost."),
    "secrets": ("operate.secret_shares:app", "Make, split and renew the keys and passwords."),
}
"""By name: where in this package the function stands, and what it is for."""


def _is_there(module: str) -> bool:
    """Whether this module is part of what is installed; the production image has not all."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


for _name, (_path, _help) in COMMANDS.items():
    # One that is not installed is not offered: naming a wrong command loads all that are.
    if _is_there(f"deploy.{_path.partition(':')[0]}"):
        app.command(f"deploy.{_path}", name=_name, help=_help)


def up(
    *,
    home: Home = None,
    port: int | None = None,
    engine_ui: bool = False,
    sample: bool = False,
) -> int:
    """Run PostgreSQL, Temporal and all services on this machine until stopped.

    Parameters
    ----------
    port
        Where the single window answers, now and at later starts; first chosen free from 8080 on.
    engine_ui
        Show the workflow engine's own screen too, to this machine only; its address is printed.
    sample
        Fill a new data directory with a sample world, behind the window, while it is in use.
    """
    from deploy.local.supervisor import Supervisor

    Supervisor(home_or_default(home), port=port, engine_ui=engine_ui, sample=sample).run()
    return 0


@app.command
def doctor(process: str | None = None, /, *, home: Home = None) -> int:
    """Say, a sentence each, whether Tradewindow can run here, or one of its processes alone.

    Parameters
    ----------
    process
        A process that runs alone, as it is set in this environment: registry, declaration-worker,
        portal, relay, migrate, …. None for all on this machine.
    """
    runs_alone = home is None and "SECRETS_FILE" in os.environ
    if process is None and not runs_alone and _is_there("deploy.local.doctor"):
        from deploy.local.doctor import run

        return 1 if run(home_or_default(home)) else 0
    from deploy.operate.process_doctor import run as run_for

    return 1 if run_for(process, home) else 0


@app.command
def migrate(*, home: Home = None, database_url: str | None = None) -> int:
    """Bring the database to the schema of this version.

    Where SECRETS_FILE is set, as for services run alone, DATABASE_URL and that file say which.

    Parameters
    ----------
    database_url
        A database elsewhere, addressed as its superuser; the roles' passwords come from the
        data directory, which is made if there is none.
    """
    from deploy.operate.migrate import migrate as apply
    from deploy.operate.migrate import migrate_by_environment

    if home is None and database_url is None and "SECRETS_FILE" in os.environ:
        migrate_by_environment(os.environ)
        return 0
    directory = DataDirectory(home_or_default(home))
    if database_url is None:
        apply(directory.endpoints(), directory.secrets())
    else:
        directory.prepare()
        secrets = directory.secrets()
        apply(replace(directory.endpoints(), database_url=database_url), secrets)
    return 0


@app.command
def window(*, home: Home = None) -> int:
    """Run all services, workers and the relay in this process, on servers already running."""
    from deploy.operate.window import run

    here = home_or_default(home)
    if not _is_there("deploy.sandbox.issuer"):
        return run(here)
    from deploy.sandbox.issuer import create_issuer

    return run(here, issuer=create_issuer(here, DataDirectory(here).issuer_key()))


if _is_there("deploy.local.supervisor"):
    app.command(up)


def run_command(arguments: list[str]) -> int:
    """Run one command line; its exit status. What a person can mend is told in one sentence."""
    try:
        result = app(arguments, result_action="return_value")
    except (LocalError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 141
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except Exception:
        traceback.print_exc()
        return 70
    return result if isinstance(result, int) else 0


def main() -> NoReturn:
    """Run the command line and end the process with its status.

    What is loaded stays: the collector looks through it as seldom as it does in a window that
    serves, which spares every start a tenth.
    """
    gc.set_threshold(20_000, 20, 50)
    end_process(run_command(sys.argv[1:]))
