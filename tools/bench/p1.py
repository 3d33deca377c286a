"""The P1 decoder beside others, in one run each.

Under MicroPython against a decoder by regular expressions; under CPython against dsmr-parser; and,
where valgrind is installed, in instructions, which do not depend on the machine's mood.

Example: `python -m tools.bench.p1`
"""

import json
import os
import re
import shutil
import subprocess
import time

from dsmr_parser import telegram_specifications
from dsmr_parser.parsers import TelegramParser

from tools.mpytest import ROOT, interpreter
from tools.p1.telegrams import Line

_VECTORS = ROOT / "tests_host" / "vectors" / "p1"
_MINUTE = "be_50216_3x230_stream60s.txt"
_METERS = (
    ("eMUCS 1.6, three phases, gas", (_MINUTE,)),
    (
        "eMUCS 1.7, three phases, gas, peaks",
        tuple(f"be_50217_ha107813_{crc}.txt" for crc in ("2579", "92f1", "3bb5", "cd6b", "4921")),
    ),
    ("eMUCS 1.7, 13 months of peaks", ("be_50217_13hist_ffbyte_32df.txt",)),
)
_BOUND = ">= 5"
_HEAP = "4m"  # so that a whole minute of the other decoder fits without a collection
_ROUNDS = 5
_INSTRUCTIONS = (20, 80)  # telegrams of two runs: the difference leaves out the start


def _inside(call: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
    """Run a function of p1_inside.py under MicroPython."""
    command = [
        str(interpreter()),
        "-X",
        f"heapsize={_HEAP}",
        "-c",
        f"import p1_inside as p; {call}",
    ]
    return subprocess.run(
        [*before, *command],
        cwd=_VECTORS,
        env={**os.environ, "MICROPYPATH": f"{ROOT / 'lib'}:{ROOT / 'tools' / 'bench'}:.frozen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if before else None,
        text=True,
        check=True,
    )


def _speed_rows(found: dict) -> list[tuple]:
    table = []
    for (name, _), speed in zip(_METERS, found["speed"], strict=True):
        ours, theirs = 1e6 / speed["ours_us"], 1e6 / speed["theirs_us"]
        what = f"P1 telegrams a second: {name}"
        note = f"regular expressions on MicroPython; {speed['bytes']} bytes each"
        table.append((what, ours, theirs, ours / theirs, _BOUND, note))
    return table


def _host_row() -> tuple:
    """Our framer, decoder and records beside dsmr-parser, both on CPython with the CRC checked."""
    stream = (_VECTORS / _MINUTE).read_bytes()
    texts = [f"/{part}" for part in stream.decode("ascii").split("/")[1:]]
    parser = TelegramParser(telegram_specifications.BELGIUM_FLUVIUS)
    best_ours = best_theirs = float("inf")
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        decoded = len(list(Line(None, False).records(stream)))
        best_ours = min(best_ours, time.perf_counter() - started)
        started = time.perf_counter()
        for text in texts:
            parser.parse(text)
        best_theirs = min(best_theirs, time.perf_counter() - started)
    if decoded != len(texts):
        raise ValueError("not every telegram was decoded")
    ours, theirs = decoded / best_ours, decoded / best_theirs
    what = "P1 telegrams a second: eMUCS 1.6 on CPython"
    return what, ours, theirs, ours / theirs, "", "dsmr-parser; ours with its JSON record"


def _instructions(which: str) -> float:
    """Instructions a telegram of `which`, counted by callgrind."""
    counts = []
    for telegrams in _INSTRUCTIONS:
        valgrind = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
        done = _inside(f"p.spin({which!r}, {_MINUTE!r}, {telegrams})", valgrind)
        counts.append(int(re.search(r"Collected : (\d+)", done.stderr).group(1)))
    return (counts[1] - counts[0]) / (_INSTRUCTIONS[1] - _INSTRUCTIONS[0])


def _instruction_rows() -> list[tuple]:
    if not shutil.which("valgrind"):
        return []
    ours, theirs = _instructions("ours"), _instructions("theirs")
    what = "P1 instructions a telegram: eMUCS 1.6"
    return [(what, ours, theirs, theirs / ours, _BOUND, "regular expressions on MicroPython")]


def rows() -> list[tuple]:
    """Rows (name, ours, theirs, ratio, bound, note) of the table of `make bench`."""
    groups = [":".join(names) for _, names in _METERS]
    found = json.loads(_inside(f"p.main({groups!r})").stdout)
    heap = found["heap"]
    return [
        *_speed_rows(found),
        *_instruction_rows(),
        _host_row(),
        (
            "P1 heap a telegram [bytes]",
            heap["ours"],
            heap["theirs"],
            None,
            "<= 0",
            "regular expressions; a minute of changing values",
        ),
    ]


def main():
    """Print the table."""
    for what, ours, theirs, ratio, bound, note in rows():
        shown = "" if ratio is None else f"{ratio:.1f}"
        print(f"{what:55} {ours:10.1f} {theirs:10.1f} {shown:>6} {bound:5} {note}")


if __name__ == "__main__":
    main()
