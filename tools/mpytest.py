"""Run plain test functions under the real MicroPython interpreter.

Each file of tests runs in an interpreter of its own with a fixed heap; every top-level function
whose name begins with `test_` is called without arguments and passes unless it raises. The same
files run under CPython by pytest. What happens inside stands in `mpytest_inside.py`.

Example: `python -m tools.mpytest tests_host/lib/test_crc16.py -k modbus`
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests_host" / "lib"
_INSIDE = ROOT / "tools" / "mpytest_inside.py"
_ONBOARD = ROOT / "build" / "onboard"  # third-party board libraries, unpacked by tools.build
_HEAP = "512k"  # sources are compiled inside; the board has 168k and loads .mpy
_TIMEOUT_S = 300


def interpreter() -> Path:
    """Path of the MicroPython interpreter that belongs to the running CPython."""
    return Path(sys.executable).parent / "micropython"


def command(test_file: Path, lib: Path, heap: str, keyword: str = "") -> list[str]:
    """The command line that runs one file of tests."""
    path = [str(lib)] + ([str(_ONBOARD)] if _ONBOARD.is_dir() else [])
    arguments = [str(_INSIDE), ":".join(path), str(test_file.resolve()), keyword]
    return [str(interpreter()), "-X", f"heapsize={heap}", *arguments]


def run_file(
    test_file: Path, lib: Path = ROOT / "lib", heap: str = _HEAP, keyword: str = ""
) -> tuple[bool, str]:
    """Run one file of tests; return whether all passed, and what the interpreter printed."""
    try:
        done = subprocess.run(
            command(test_file, lib, heap, keyword),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as stuck:
        return (
            False,
            f"{(stuck.output or b'').decode(errors='replace')}\nnot done in {_TIMEOUT_S} s",
        )
    return done.returncode == 0, done.stdout.decode(errors="replace")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.mpytest",
        description="Run plain test functions under MicroPython.",
        epilog="example: python -m tools.mpytest tests_host/lib/test_crc16.py -k modbus",
    )
    parser.add_argument("files", nargs="*", type=Path, help="default: all of tests_host/lib")
    parser.add_argument("-k", dest="keyword", default="", help="only tests whose name holds this")
    parser.add_argument("--lib", type=Path, default=ROOT / "lib", help="e.g. build/flash/lib")
    parser.add_argument("--heap", default=_HEAP, help=f"heap of the interpreter ({_HEAP})")
    return parser.parse_args()


def main() -> int:
    """Run the files named on the command line; 0 when every test passed."""
    arguments = _arguments()
    failed = []
    for test_file in arguments.files or sorted(TESTS.glob("test_*.py")):
        passed, output = run_file(
            test_file, arguments.lib.resolve(), arguments.heap, arguments.keyword
        )
        print(output, end="")
        if not passed:
            failed.append(test_file.name)
    print("FAILED: " + ", ".join(failed) if failed else "all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
