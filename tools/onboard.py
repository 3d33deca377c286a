"""Installs the libraries of tools/onboard.txt as sources into build/onboard.

Each is taken by name, version and SHA-256 from the index that pip is configured with. Wheels come
through pip itself; a package that exists only as a source archive without a build file, which pip
refuses, comes through `pypi-simple`. Nothing of them enters the repository.
"""

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

LIST = Path(__file__).with_name("onboard.txt")
_PYPI = "https://pypi.org/simple/"
_ROW = re.compile(r"^([\w.-]+)==([\w.]+) --hash=sha256:([0-9a-f]{64})$")

#: What is taken out of each package: a pattern of paths; its group is the place in build/onboard.
_WANTED = {
    "microdot": re.compile(r"^(microdot/(?:__init__|microdot)\.py)$"),
    "micropython-modbus": re.compile(r"^[^/]+/(umodbus/\w+\.py)$"),
}
_SOURCE_ONLY = ("micropython-modbus",)


class OnboardError(Exception):
    """A library could not be had as it was asked for; the text says which and why."""


def rows(text: str) -> list:
    """Return (name, version, sha256) for each row of onboard.txt; raises OnboardError."""
    found = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        row = _ROW.match(line.strip())
        if row is None:
            raise OnboardError(f"onboard.txt: not `name==version --hash=sha256:...`: {line!r}")
        found.append(row.groups())
    return found


def install(target: Path) -> bool:
    """Fill `target` with the sources of onboard.txt; returns whether anything was fetched."""
    wish = hashlib.sha256(LIST.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    mark = target / ".installed"
    if mark.exists() and mark.read_text() == wish:
        return False
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    for name, version, sha256 in rows(LIST.read_text()):
        archive = fetch(name, version, sha256)
        if hashlib.sha256(archive).hexdigest() != sha256:
            raise OnboardError(f"{name} {version}: the archive is not the one named by its hash")
        unpack(archive, _WANTED[name], fresh)
    (fresh / ".installed").write_text(wish)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    return True


def fetch(name: str, version: str, sha256: str) -> bytes:
    """Return the archive of one package."""
    if name in _SOURCE_ONLY:
        return _by_index(name, version, sha256)
    return _by_pip(name, version, sha256)


def unpack(archive: bytes, wanted, target: Path):
    """Write the members of a wheel or source archive that match `wanted` below `target`."""
    count = 0
    for path, read in _members(archive):
        place = wanted.match(path)
        if place:
            file = target / place.group(1)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(read())
            count += 1
    if not count:
        raise OnboardError(f"nothing in the archive matches {wanted.pattern}")


def _members(archive: bytes):
    if archive.startswith(b"PK"):
        box = zipfile.ZipFile(io.BytesIO(archive))
        for name in box.namelist():
            yield name, lambda name=name: box.read(name)
    else:
        box = tarfile.open(fileobj=io.BytesIO(archive))  # noqa: SIM115 - lives in memory
        for member in box:
            if member.isfile():
                yield member.name, lambda member=member: box.extractfile(member).read()


def _by_pip(name: str, version: str, sha256: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        row = Path(folder, "row.txt")
        row.write_text(f"{name}=={version} --hash=sha256:{sha256}\n")
        command = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps"]
        command += ["--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes"]
        done = subprocess.run([*command, "-d", folder, "-r", str(row)])
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            raise OnboardError(f"pip could not fetch {name} {version}")
        return wheels[0].read_bytes()


def _by_index(name: str, version: str, sha256: str) -> bytes:
    import requests  # these two take longer to import than a build that has nothing to do
    from pypi_simple import PyPISimple

    setting = _pip_setting()
    session = requests.Session()
    session.verify = setting("cert") or session.verify
    seconds = float(setting("timeout") or setting("default-timeout") or 60)
    for index in [setting("index-url") or _PYPI, *(setting("extra-index-url") or "").split()]:
        if not index.startswith("http"):
            continue
        with PyPISimple(endpoint=index, session=session) as client:
            page = client.get_project_page(name, timeout=seconds)
            for package in page.packages:
                if package.version == version and package.digests.get("sha256") == sha256:
                    answer = session.get(package.url, timeout=seconds)
                    answer.raise_for_status()
                    return answer.content
    raise OnboardError(f"no index that pip is configured with has {name} {version} of that hash")


def _pip_setting():
    """Return a function that looks one option up as pip does: environment, then its files."""
    command = [sys.executable, "-m", "pip", "config", "--disable-pip-version-check", "list"]
    listing = subprocess.run(command, capture_output=True, text=True).stdout
    found = dict(re.findall(r"^[\w.-]*?\.?([\w-]+)=('.*')$", listing, re.MULTILINE))

    def setting(option: str) -> str:
        plain = os.environ.get("PIP_" + option.upper().replace("-", "_"))
        return plain or found.get(option, "''").strip("'")

    return setting
