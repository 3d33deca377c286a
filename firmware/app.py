"""The application: builds the tasks of this board, connects them, and runs them for ever.

Here alone is it known who talks to whom: meter -> governor -> inverter, past `State`; pages read.
"""

import asyncio
import gc

import ticks

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
from firmware.supervisor import Supervisor

_SETTINGS = "/data"  # not named as a package of ours: the root is on the path
_CONTROL = "control"
_LAST_WORDS = "/last_words.txt"
_QUIET_FROM_MS = 250  # after a telegram; the set-point is out by then
_QUIET_LEFT_MS = 150  # before the next one
_QUIET_MOST_MS = 3000
_CRITICAL_MS = 10000  # a critical task that gives no sign for so long is dead


def main(board):
    """Run the application on `board`; returns only when it has failed."""
    try:
        asyncio.run(App(board).run())
    finally:
        asyncio.new_event_loop()


class App:
    """All tasks of one board."""

    def __init__(self, board):
        """Load the settings and build the tasks."""
        self._board = board
        journal = Journal(board.ticks_ms, board.unix_s)
        journal.add("started", board.reset_cause, VERSION)
        self.state = state = State(journal)
        self.settings = settings = Settings(_SETTINGS, self.quiet, journal)
        settings.load()
        self.supervisor = Supervisor(board, journal, _LAST_WORDS)
        baud = settings.get("inverter.baud")
        port = board.rs485_port(baud)
        self.bus = Bus(port, baud, board.ticks_ms) if port else None
        self.meter = Meter(board, state, self.bus.reserve if port else None)
        self.governor = Governor(board, state, settings, self.meter, self._control_lives)
        self.health = Health(board.ticks_ms, state)
        gc.collect()

    async def run(self):
        """Start every task and keep them alive."""
        add = self.supervisor.add
        add("health", self.health.run)
        add("settings", self.settings.run)
        if self.meter.present:
            add("meter", self.meter.run)
            add("meter watch", self.meter.watch)
        add("governor", self.governor.run)
        add(_CONTROL, self.governor.watch, _CRITICAL_MS)
        if self.bus:
            self._add_inverter()
        add("web", self._serve)
        await self.supervisor.run()

    def _add_inverter(self):
        inverter = Inverter(self.bus, self.state, self.settings, self._board.ticks_ms)
        self.supervisor.add("inverter", inverter.run)

    def _control_lives(self):
        self.supervisor.beat(_CONTROL)

    async def _serve(self):
        """Open the board's own network and serve the pages there."""
        try:
            self._board.access_point()
        except OSError as error:
            self.state.journal.raise_alarm("access_point", error.errno)
        from firmware.web import Web

        status = Status(
            self._board,
            self.state,
            self.meter,
            self.bus,
            self.settings,
            self.health,
            self.supervisor,
        )
        await Web(self._board, status).run()

    async def quiet(self):
        """Return in a part of the second in which nothing urgent is due; soon in any case."""
        began_ms = self._board.ticks_ms()
        while not self._is_quiet() and self._waited_ms(began_ms) < _QUIET_MOST_MS:
            await asyncio.sleep_ms(20)

    def _waited_ms(self, began_ms: int) -> int:
        return ticks.diff(self._board.ticks_ms(), began_ms)

    def _is_quiet(self) -> bool:
        age_ms = self.state.meter.age_ms(self._board.ticks_ms())
        if age_ms is None:
            return True
        left_ms = self.meter.interval_ms - age_ms
        return age_ms >= _QUIET_FROM_MS and not 0 <= left_ms < _QUIET_LEFT_MS
