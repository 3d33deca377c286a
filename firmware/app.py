"""The application: builds the tasks of this board, connects them, and runs them for ever.

Here alone is it known who talks to whom: meter -> governor -> inverter, past `State`; pages read.
"""

import asyncio
import gc
import os
from collections import namedtuple

import ticks
from micropython import const

from firmware import VERSION
from firmware.bus import Bus
from firmware.governor import Governor
from firmware.health import Health
from firmware.inverter import Inverter
from firmware.journal import Journal
from firmware.meter import Meter
from firmware.settings import Settings
from firmware.state import State
from firmware.status import Status
from firmware.supervisor import Supervisor, last_words
from firmware.web import Web

#: What orders from the page reach (firmware/orders.py).
Site = namedtuple("Site", ("board", "inverter", "settings", "token", "data"))

_DATA = "/data"  # not named as a package of ours: the root is on the path
_LAST_WORDS = "/last_words.txt"
_EVENTS = const(16)
_QUIET_FROM_MS = const(250)  # after a telegram; the set-point is out by then
_QUIET_LEFT_MS = const(150)  # before the next one
_QUIET_MOST_MS = const(3000)
_CRITICAL_MS = const(10000)  # a critical task that gives no sign for so long is dead


def main(board):
    """Run the application on `board`; returns only when it has failed."""
    global compose
    supervisor = compose(board)
    del compose  # gives its code back: nobody composes twice
    gc.collect()
    try:
        asyncio.run(supervisor.run())
    finally:
        asyncio.new_event_loop()


def compose(board) -> Supervisor:  # noqa: F811
    """Load the settings, build the tasks of `board` and connect them."""
    journal = Journal(board.ticks_ms, board.unix_s, _EVENTS)
    words = last_words(_LAST_WORDS) if board.reset_cause == "watchdog" else None
    if words:
        journal.add("last_words", words[0], words[2])
    journal.add("started", board.reset_cause, VERSION)
    state = State(journal)
    supervisor = Supervisor(board, journal, _LAST_WORDS)
    add = supervisor.add
    health = Health(board.ticks_ms, state)
    add("health", health.run)
    quiet = Quiet(board.ticks_ms, state)
    settings = Settings(_DATA, quiet.come, journal)
    settings.load()
    add("settings", settings.run)
    baud = settings.get("inverter.baud")
    port = board.rs485_port(baud)
    bus = None
    if port or settings.get("inverter.link") == "tcp":
        bus = Bus(port, baud, board.ticks_ms)
    meter = Meter(board, state, settings, bus.reserve if bus else None)
    if meter.present:
        add("meter", meter.run)
    governor = Governor(board, state, settings, meter, lambda: supervisor.beat("control"))
    add("governor", governor.run)
    add("control", governor.watch, _CRITICAL_MS)
    inverter = None
    if bus:
        inverter = Inverter(
            bus, state, settings, board.ticks_ms, lambda: supervisor.beat("inverter")
        )
        add("inverter", inverter.run, _CRITICAL_MS)
    try:
        board.access_point()
    except OSError as error:
        journal.raise_alarm("access_point", error.errno)
    site = Site(board, inverter, settings, os.urandom(6).hex(), _DATA)
    status = Status(board, state, meter, governor, bus, settings, health, supervisor, site)
    add("web", Web(board, status, site).run)
    return supervisor


class Quiet:
    """Knows the part of each second in which nothing urgent is due."""

    def __init__(self, ticks_ms, state):
        """`state.meter` tells when telegrams come."""
        self._ticks_ms = ticks_ms
        self._meter = state.meter

    async def come(self):
        """Return in a quiet moment; soon in any case."""
        began_ms = self._ticks_ms()
        while True:
            now_ms = self._ticks_ms()
            age_ms = self._meter.age_ms(now_ms)
            if age_ms is None or _QUIET_FROM_MS <= age_ms < 1000 - _QUIET_LEFT_MS:
                return
            if ticks.diff(now_ms, began_ms) >= _QUIET_MOST_MS:
                return
            await asyncio.sleep_ms(20)
