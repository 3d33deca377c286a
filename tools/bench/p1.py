"""The P1 decoder beside a decoder by regular expressions, both under MicroPython in one run.

Example: `python -m tools.bench.p1`
"""

import json
import os
import subprocess

from tools.mpytest import ROOT, interpreter

_VECTORS = ROOT / "tests_host" / "vectors" / "p1"
_METERS = (
    ("eMUCS 1.6, three phases, gas", ("be_50216_3x230_stream60s.txt",)),
    (
        "eMUCS 1.7, three phases, gas, peaks",
        tuple(f"be_50217_ha107813_{crc}.txt" for crc in ("2579", "92f1", "3bb5", "cd6b", "4921")),
    ),
    ("eMUCS 1.7, 13 months of peaks", ("be_50217_13hist_ffbyte_32df.txt",)),
)
_LEAST_RATIO = 5.0
_HEAP = "4m"  # so that a whole minute of the other decoder fits without a collection


def _measure() -> dict:
    groups = [":".join(names) for _, names in _METERS]
    code = f"import p1_inside; p1_inside.main({groups!r})"
    done = subprocess.run(
        [str(interpreter()), "-X", f"heapsize={_HEAP}", "-c", code],
        cwd=_VECTORS,
        env={**os.environ, "MICROPYPATH": f"{ROOT / 'lib'}:{ROOT / 'tools' / 'bench'}:.frozen"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def rows() -> list[tuple]:
    """Rows (name, ours, theirs, ratio, bound, note) of the table of `make bench`."""
    found = _measure()
    table = []
    for (name, _), speed in zip(_METERS, found["speed"], strict=True):
        ours, theirs = 1e6 / speed["ours_us"], 1e6 / speed["theirs_us"]
        note = f"{speed['bytes']} bytes, MicroPython; theirs: regular expressions"
        table.append(
            (f"P1 telegrams a second: {name}", ours, theirs, ours / theirs, _LEAST_RATIO, note)
        )
    heap = found["heap"]
    table.append(
        (
            "P1 heap a telegram [bytes]",
            heap["ours"],
            heap["theirs"],
            None,
            0,
            "a minute of changing values",
        )
    )
    return table


def main():
    """Print the table."""
    for name, ours, theirs, ratio, bound, note in rows():
        ratio_text = "" if ratio is None else f"{ratio:5.1f} (>= {bound:g})"
        print(f"{name:56} {ours:10.1f} {theirs:10.1f} {ratio_text:14} {note}")


if __name__ == "__main__":
    main()
