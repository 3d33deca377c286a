"""The P1 decoder beside others, in one run each.

Under MicroPython against a decoder by regular expressions; under CPython against dsmr-parser; and,
where valgrind is installed, in instructions, which do not depend on the machine's mood.

Example: `python -m tools.bench p1`
"""

import json
import os
import re
import shutil
import subprocess
import time
import tracemalloc

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


def _best_s(rounds: int, *functions) -> list[float]:
    """Least time that each function takes, measured in turn."""
    best = [float("inf")] * len(functions)
    for _ in range(rounds):
        for i, function in enumerate(functions):
            started = time.perf_counter()
            function()
            best[i] = min(best[i], time.perf_counter() - started)
    return best


def _most_bytes(function, arguments) -> float:
    """Bytes that a call holds at most, the mean over `arguments`; what stays behind counts."""
    total = 0
    function(arguments[0])
    for argument in arguments:
        tracemalloc.start()
        function(argument)
        total += tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return total / len(arguments)


def _host_rows() -> list[tuple]:
    """Our framer, decoder and records beside dsmr-parser, both on CPython with the CRC checked."""
    stream = (_VECTORS / _MINUTE).read_bytes()
    raws = [b"/" + part for part in stream.split(b"/")[1:]]
    texts = [raw.decode("ascii") for raw in raws]
    parser = TelegramParser(telegram_specifications.BELGIUM_FLUVIUS)
    line = Line(None)

    def decode(part):
        return [found["ok"] for found in line.records(part)]

    if decode(stream) != [True] * len(texts):
        raise ValueError("not every telegram was decoded")
    ours_s, theirs_s = _best_s(
        _ROUNDS, lambda: decode(stream), lambda: [*map(parser.parse, texts)]
    )
    ours, theirs = len(texts) / ours_s, len(texts) / theirs_s
    ours_bytes, theirs_bytes = _most_bytes(decode, raws), _most_bytes(parser.parse, texts)
    note = "dsmr-parser; ours with its JSON record"
    return [
        ("P1 telegrams a second: eMUCS 1.6, CPython", ours, theirs, ours / theirs, ">= 3", note),
        (
            "P1 memory a telegram: eMUCS 1.6, CPython [bytes]",
            ours_bytes,
            theirs_bytes,
            ours_bytes / theirs_bytes,
            "<= 1",
            "dsmr-parser; most that is held at a time",
        ),
    ]


def _instructions(which: str) -> float:
    """Instructions a telegram of `which`, counted by callgrind."""
    counts = []
    for telegrams in _INSTRUCTIONS:
        valgrind = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
        done = _inside(f"p.spin({which!r}, {_MINUTE!r}, {telegrams})", valgrind)
        counts.append(int(re.search(r"Collected : (\d+)", done.stderr).group(1)))
    return (counts[1] - counts[0]) / (_INSTRUCTIONS[1] - _INSTRUCTIONS[0])


def _instruction_row() -> tuple:
    what = "P1 instructions a telegram: eMUCS 1.6"
    if not shutil.which("valgrind"):
        return (
            what,
            "unknown",
            "unknown",
            None,
            "",
            "valgrind is not installed: nothing is counted",
        )
    ours, theirs = _instructions("ours"), _instructions("theirs")
    return what, ours, theirs, theirs / ours, _BOUND, "regular expressions on MicroPython"


def rows() -> list[tuple]:
    """Rows (name, ours, theirs, ratio, bound, note) of the table of `make bench`."""
    groups = [":".join(names) for _, names in _METERS]
    found = json.loads(_inside(f"p.main({groups!r})").stdout)
    heap = found["heap"]
    return [
        *_speed_rows(found),
        _instruction_row(),
        (
            "P1 heap a telegram: eMUCS 1.6 [bytes]",
            heap["ours"],
            heap["theirs"],
            None,
            "<= 0",
            "regular expressions on MicroPython; a minute of changing values",
        ),
        *_host_rows(),
    ]
