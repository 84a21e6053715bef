"""What every test may ask for: the servers, shared by the whole run."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from deploy.local.stack import Endpoints
from deploy.operate.ending import end_process
from services.notices import worker as notices
from services.platform import relay
from tests.support import servers

pytest_plugins = (
    # What a plug-in imports comes before it, or it is imported before it is rewritten.
    "tests.support.patience",
    "tests.support.one_day",
    "tests.support.proof",
    "tests.support.spread",
    "tests.support.window",
    "tests.support.by_hand",
    "tests.support.harbour",
    "tests.support.inspection",
    "tests.support.asleep",
    "tests.support.quiet",
    "tests.support.said",
    "tests.support.deciding",
)


# A run starts some hundred processes, and the sandbox of workflows reads them anew for every case:
# where nothing compiled is kept, each of them compiles again what all of them read.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Many windows open side by side, and the servers are shared by all of them.
os.environ.setdefault("POOL_SIZE", "5")

# In every window of the tests e-mail is a way out, at which nobody listens unless a test does.
os.environ.setdefault("NOTICES_SMTP", "smtp://127.0.0.1:1")
os.environ.setdefault("NOTICES_FROM", "window@example.org")

# What a test puts straight on record rings no bell: a relay of this process finds it when it looks,
# which it does every five seconds elsewhere.
setattr(relay, "LOOK_S", 0.5)  # noqa: B010 - a constant elsewhere
# Nor does a test wait for what else may happen to whom a notice is to.
setattr(notices, "COLLECT_S", 0.05)  # noqa: B010 - a constant elsewhere

# A machine that is busy elsewhere makes no property false.
settings.register_profile(
    "tradewindow", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tradewindow")


def pytest_configure(config: pytest.Config) -> None:
    if not _is_worker(config):
        servers.begin_run(workers=config.getoption("numprocesses", None) or 0)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded and collected stays to the end: nobody looks through it for rubbish, and
    through what windows hold that stay open as seldom as a window does that serves."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End at once: threads of the Temporal SDK can abort an interpreter that is shutting down.

    All reports are out by now. A worker has sent its last one when its session finished.
    """
    deadlocks: list[str] = []
    if not _is_worker(config):
        deadlocks = servers.deadlocks()
        servers.end_run()
    session = config.stash.get(_SESSION, None)
    if session is None:
        return
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        for deadlock in deadlocks:
            reporter.write_line(f"two waited for each other, so this run has failed:\n{deadlock}")
        reporter.flush()
    end_process(int(session.exitstatus))


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[_SESSION] = session


@pytest.fixture(scope="session")
def stack() -> Endpoints:
    """PostgreSQL (a migrated database of this worker's own) and Temporal (a namespace of its own,
    where a workflow's time can be skipped)."""
    return servers.endpoints_for(
        os.environ.get("PYTEST_XDIST_WORKER", "main"),
        workers=int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")),
    )


@pytest.fixture(scope="session")
def stack_home(stack: Endpoints) -> Path:
    """The data directory of those servers, with its secrets.json and issuer.jwk."""
    return servers.home_of_run()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run in which two acts waited for each other has failed, whatever its tests say."""
    if not _is_worker(session.config) and servers.deadlocks():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


_SESSION = pytest.StashKey[pytest.Session]()


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
