"""`tradewindow secrets`: one master file, and of it for each process a file of its own.

The master file is what a data directory holds as secrets.json: every key and every password. It
stays with whoever deploys; no process that serves needs more than its share of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from cyclopts import App

from deploy.operate.data_directory import (
    DATABASE_ROLES,
    LocalError,
    completed,
    new_key,
    storage_errors_explained,
    write_once,
)
from services import manifests
from services.platform.sealing import key_id
from services.platform.secret_file import SecretFile
from services.platform.settings import ProcessSettings, Settings, SettingsError, role_of

app = App(name="secrets", help="Make, split and renew the keys and passwords of a deployment.")

_ENGINE: Final = ("engine_key",)
_BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "engine_key": ("engine_key_next", "engine_keys_old"),
    "document_key": ("document_store",),
}
"""What goes with a key to whoever has it, where the master file holds it."""
_GIVEN: Final[Mapping[str, tuple[str, ...]]] = {
    name: one.given for name, one in manifests.manifests().items()
}
"""What an operator may give one service alone, where the master file holds it."""


def _of(*services: str, keys: tuple[str, ...] = ()) -> tuple[str, ...]:
    return (*keys, *(f"database_passwords.{role_of(service)}" for service in services))


def _needs() -> Iterator[tuple[str, tuple[str, ...]]]:
    # field_key seals what is personal, hash_key finds identity numbers, receipt_key knows a
    # repeated request again, engine_key seals what the engine keeps. Who answers requests never
    # speaks to the engine.
    for name, one in manifests.manifests().items():
        yield name, _of(name, keys=one.keys)
        if (carrier := one.worker) is not None:
            roles, keys = (name, *carrier.as_others), (*carrier.keys, *_ENGINE)
            yield f"{name}-worker", _of(*roles, keys=keys)
    # What waits for people is measured beside the relay, by what the window may read. seal_key
    # signs what the log was: whoever answers requests does not hold it.
    yield "relay", _of("relay", "window", keys=(*_ENGINE, "seal_key"))
    # The screens have no role in the database: all that they hold seals what browsers keep.
    yield "portal", ("portal_key",)
    passwords = (f"database_passwords.{role}" for role in DATABASE_ROLES)
    yield "migrate", ("superuser_password", *passwords)
    # Whether each file is what was kept, only who opens it can say.
    yield "verify", _of("window", keys=("document_key",))


NEEDS: Final[Mapping[str, tuple[str, ...]]] = dict(_needs())
"""What each process needs, and nothing else is in its file."""


def serves(process: str) -> list[str]:
    """The services under whose roles a process goes to the database, its own first."""
    roles = [name.partition(".")[2] for name in NEEDS[process] if "." in name]
    return [role.removeprefix(role_of("")) for role in roles]


@app.command
def make(master: Path, /) -> None:
    """Make a master file with fresh keys and passwords, or add what this version asks for.

    What the file holds already stays as it is.
    """
    with storage_errors_explained(master.parent):
        found = dict(SecretFile.read(master).content) if master.exists() else {}
        whole = completed(found)
        if whole != found:
            _write(master, whole)


@app.command
def split(master: Path, /, *, into: Path) -> None:
    """Write each process's own file, INTO/PROCESS.json, from the master file.

    A file that is there is replaced. Give each process its one file as SECRETS_FILE, and none the
    master.
    """
    whole = SecretFile.read(master)
    shares = {process: share(whole, process) for process in NEEDS}
    with storage_errors_explained(into):
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        for process, content in shares.items():
            _write(into / f"{process}.json", content)


@app.command
def renew(master: Path, /) -> None:
    """Renew the engine's key in the master file: a step now, and a step once all processes know it.

    The first call makes the next key, which every process accepts and none seals with. Split, give
    the files out, start all processes again, and call it a second time: the next key seals from
    then on, and the former opens what it sealed. Split and give out again. An old key can go from
    engine_keys_old once no history that it sealed is kept any more.
    """
    with storage_errors_explained(master.parent):
        _write(master, renewed(SecretFile.read(master)))


def renewed(master: SecretFile) -> dict[str, Any]:
    """The master's content one step on in the renewal of the engine's key."""
    content = dict(master.content)
    present = master.key("engine_key")
    if not content.get("engine_key_next"):
        content["engine_key_next"] = new_key()
        print("The next key of the engine is made. Split, give the files out, start all processes")
        print("again, and call this command once more.")
        return content
    old = content.get("engine_keys_old") or []
    (following,) = master.keys("engine_key_next")
    content["engine_keys_old"] = [content["engine_key"], *old]
    content["engine_key"] = content.pop("engine_key_next")
    print(
        f"Key {key_id(following)} seals now, and {key_id(present)} still opens. Split and give out."
    )
    return content


def share(master: SecretFile, process: str) -> dict[str, Any]:
    """What of the master one process needs. Raises SettingsError when the master lacks it."""
    needed = NEEDS[process]
    if missing := master.missing(needed):
        raise SettingsError(
            f"The master file {master.path} has no {', '.join(missing)};"
            " `tradewindow secrets make` adds what this version asks for."
        )
    passwords = master.passwords()
    roles = [name.partition(".")[2] for name in needed if "." in name]
    given = [name for key in needed for name in _BESIDE.get(key, ())]
    given += _GIVEN.get(process, ())
    beside = [name for name in given if master.content.get(name)]
    names = [*(n for n in needed if "." not in n), *beside]
    return {
        **{name: master.content[name] for name in names},
        "database_passwords": {role: passwords[role] for role in roles},
    }


def require(settings: ProcessSettings, process: str) -> None:
    """Raises SettingsError, naming all that this process needs and its file does not have."""
    needed = NEEDS[process]
    if isinstance(settings, Settings) and not settings.engine_sealed:
        needed = tuple(name for name in needed if name not in _ENGINE)
    if missing := settings.secrets.missing(needed):
        raise SettingsError(
            f"The secrets file {settings.secrets_file} has no {', '.join(missing)}, which {process}"
            " needs; `tradewindow secrets split` writes each process's file from the master file."
        )


def excess(settings: ProcessSettings, process: str) -> list[str]:
    """What the process's file holds beyond its needs; one that has more works all the same."""
    secrets = settings.secrets
    held = [name for name in secrets.content if name != "database_passwords"]
    held += [f"database_passwords.{role}" for role in secrets.passwords()]
    beside = {name for names in _BESIDE.values() for name in names} | set(_GIVEN.get(process, ()))
    return sorted(set(held) - {*NEEDS[process], *beside})


def _write(path: Path, content: Mapping[str, Any]) -> None:
    if path.is_dir():
        raise LocalError(f"{path} is a directory; name a file.")
    write_once(path, (json.dumps(content, indent=2) + "\n").encode())
