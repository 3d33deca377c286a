"""Benchmark of the whole virtual installation: latency, holds of the event loop, heap.

House, wires and board run in true proportion; the latencies are taken on the wires by the house,
the holds by the board's own event loop (see `tools/board/chip/clock`).
"""

import asyncio
import json
import statistics

from tools import wire
from tools.board.virtual import VirtualBoard
from tools.house.house import House
from tools.house.plant import Plant

_LATENCY_MS = 60
_HOLD_MS = 20
_REQUEST_BYTES, _REPLY_BYTES, _CHARACTER_MS = 21, 8, 10 / 9.6
_SILENCE_MS = 3.5 * _CHARACTER_MS  # the standard's, once between request and reply
_SETTLE_S = 20
_SEEN_US = 1000  # shorter holds are not recorded
_SAMPLES = 9
_HEAP_SPEED = 10


def rows(quick: bool = False):
    """Rows (name, ours, theirs, ratio, bound, note) for `tools.bench`."""
    yield from wire.run(_timing(120 if quick else 600))
    yield from wire.run(_heap(300 if quick else 3600))


async def _timing(seconds: float) -> list:
    """Latencies and holds while the page is polled and the bus now and then fails."""
    async with (
        House(start="2026-06-15 17:50", plant=Plant(soc_pct=70)) as house,
        VirtualBoard(house.p1_port, house.rs485_port, probe=True) as board,
    ):
        await board.wait_http()
        await house.sleep(_SETTLE_S)
        began = len(house.latency.samples)
        house.on_second = _ramp  # so that each telegram asks for a new set-point
        poller = asyncio.create_task(_poll(board, 1.0))
        for part in range(4):
            await house.sleep(seconds / 4)
            if part < 3:
                house.port.order("silent", 2)
        poller.cancel()
        samples = list(house.latency.samples)[began:]
        holds = board.holds
    write = _percentile([sample["write_ms"] for sample in samples], 95)
    needed = (_REQUEST_BYTES + _REPLY_BYTES) * _CHARACTER_MS + _SILENCE_MS
    spent = [sample["total_ms"] - sample["write_ms"] for sample in samples]
    due = [needed + sample["answer_ms"] for sample in samples]
    ratio = _percentile([a / b for a, b in zip(spent, due, strict=True)], 95)
    cpu_ms = max((cpu for _, _, cpu in holds), default=_SEEN_US) / 1000
    wall_ms = max((wall for _, wall, _ in holds), default=_SEEN_US) / 1000
    count = f"{len(samples)} set-points"
    return [
        _row("telegram to set-point, p95 [ms]", write, _LATENCY_MS, "<= 1", f"bound; {count}"),
        _row("write to answer, p95 of the need", ratio, 1.0, "<= 1.3", "bytes, silence, answer"),
        _row("longest hold, processor [ms]", cpu_ms, _HOLD_MS, "<= 1", f"bound; {seconds:.0f} s"),
        _row("longest hold, wall clock [ms]", wall_ms, _HOLD_MS, "", "this machine's load in it"),
    ]


async def _heap(seconds: float) -> list:
    """Heap after a collection, at the start and at the end of a long run."""
    house = House(start="2026-06-15 06:00", speed=_HEAP_SPEED, plant=Plant(soc_pct=60))
    async with house, VirtualBoard(house.p1_port, house.rs485_port, speed=_HEAP_SPEED) as board:
        await board.wait_http()
        poller = asyncio.create_task(_poll(board, 0.5))
        await house.sleep(60)
        begin, _ = await _free(house, board)
        await house.sleep(seconds)
        end, least = await _free(house, board)
        poller.cancel()
        restarts = board.restarts
    note = f"after a minute; {seconds / 60:.0f} min, {restarts} restarts"
    return [
        _row("heap free at the end [bytes]", end, begin, ">= 0.97", note),
        _row("heap free at the worst [bytes]", least, begin, "", "after a minute"),
    ]


async def _free(house, board) -> tuple:
    """Heap free after a collection, median of some seconds (it breathes), and least ever."""
    samples = []
    for _ in range(_SAMPLES):
        await house.sleep(3)
        samples.append((await _ask(board))["health"])
    return statistics.median(h["heap_free"] for h in samples), samples[-1]["heap_least"]


def _ramp(house):
    """A load that moves by more than the dead band every second, up and down in a minute."""
    second = house.stats["seconds"] % 60
    house.load_override_w = 600 + 40 * min(second, 60 - second)


async def _poll(board, period_s: float):
    while True:
        try:
            await _ask(board)
        except (OSError, ValueError):
            pass
        await asyncio.sleep(period_s)


async def _ask(board) -> dict:
    reader, writer = await asyncio.open_connection("127.0.0.1", board.http_port)
    try:
        writer.write(b"GET /api/v1/status HTTP/1.0\r\n\r\n")
        answer = await reader.read(-1)
    finally:
        writer.close()
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def _percentile(values, percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def _row(name, ours, theirs, bound, note) -> tuple:
    return name, ours, theirs, ours / theirs, bound, note
