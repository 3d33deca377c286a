"""The settings of this board: loaded once, read by every task, changed through one door.

What may be set is declared in lib/settings, and imported only while it is needed; how the files
survive a power cut is firmware/settings_files. Only what somebody has set is stored: the rest
follows the declaration.
"""

import asyncio
import gc
import sys

from firmware.settings_files import SettingsFiles
from settings.check import check_together, check_value, is_plain, may_change
from settings.declaration import (
    DEFAULT,
    GROUPS,
    KEY,
    KIND,
    SHAPE,
    VERSION,
    find,
    group_of,
)
from settings.migrate import migrate

_GAP_S = 10  # least time between two saves: flash wears
_RETRY_S = 600  # longest time between two tries while saving fails


def borrow(group: str):
    """Import the declaration of `group`: its TITLE and ROWS. May raise MemoryError.

    `give_back(group)` as soon as possible, and without a reference left to what was imported.
    """
    return __import__("settings.group_" + group, None, None, ("ROWS",))


def give_back(group: str):
    """Drop what `borrow` imported, and collect the memory that it took."""
    name = "group_" + group
    sys.modules.pop("settings." + name, None)
    package = sys.modules["settings"]
    if hasattr(package, name):
        delattr(package, name)
    gc.collect()


async def _at_once():
    """The quiet moment of a board on which nothing is ever urgent."""


class Settings:
    """The values in force, and the only door through which they change."""

    def __init__(self, folder: str = "", quiet=None, journal=None):
        """Keep the files in `folder`. To be followed by `load`.

        `await quiet()` returns when nothing urgent is due for some 50 ms; `journal` takes events
        and alarms (firmware/journal).
        """
        #: Grows with every change; a reader compares it with the number that it saw.
        self.seq = 0
        #: What was found wrong while loading: {code: how many}.
        self.faults = {}
        #: "settings_impossible" while the values in force contradict each other, else None.
        self.problem: str | None = None
        #: Why the last save failed, or None.
        self.save_error: str | None = None
        #: Saves that reached the flash since the board started.
        self.saves = 0
        self._quiet = quiet or _at_once
        self._journal = journal
        self._files = SettingsFiles(folder, self._quiet)
        self._values = {}  # every declared key: what is in force
        self._stored = {}  # what the files hold: only what was set, and what others may know
        self._secrets: tuple = ()
        self._saved_seq = 0
        self._news = asyncio.Event()
        self._changing = asyncio.Lock()
        self._saving = asyncio.Lock()

    def get(self, key: str):
        """The value in force. Raises KeyError for a key that is not declared."""
        return self._values[key]

    async def wait(self, seen_seq: int) -> int:
        """Return `seq` as soon as it differs from `seen_seq`."""
        while self.seq == seen_seq:
            self._news.clear()
            await self._news.wait()
        return self.seq

    @property
    def unsaved(self) -> bool:
        """Whether a value is in force that would be lost if the power failed now."""
        return self._saved_seq != self.seq

    def export(self) -> dict:
        """What somebody has set, for a backup; it goes back through `change`.

        Without secrets, and without what this version does not know: that might be a secret.
        """
        values = self._values
        return {
            key: values[key] for key in self._stored if key in values and key not in self._secrets
        }

    # Loading

    def load(self):
        """Read the files, check each value, put it in force; a bad one yields to the default.

        To be called once, before the tasks start: it goes through the whole declaration.
        """
        version, stored = self._files.newest()
        self.faults = self._files.faults
        if stored is None:
            stored = {}
            if self.faults:
                self._fault("settings_lost")
        elif self._files.from_good:
            self._fault("settings_from_good")
            self._saved_seq = -1  # so that `run` restores the generations
        migrate(version, stored)
        for group in GROUPS:
            self._declare(borrow(group).ROWS, stored)
            give_back(group)
        self._keep_unknown(stored)
        self._judge()
        for code in self.faults:
            self._note("settings_fault", code, self.faults[code])

    def _declare(self, rows, stored: dict):
        """Put the values of one group in force."""
        for row in rows:
            key = row[KEY]
            value = row[SHAPE][DEFAULT]
            if key in stored:
                checked, code = check_value(row, stored[key])
                if code is None:
                    value = stored[key] = checked
                else:
                    self._fault(code)
                    self._note("setting_defaulted", key, code)
            self._values[key] = value
            if row[SHAPE][KIND] == "secret":
                self._secrets += (key,)

    def _keep_unknown(self, stored: dict):
        """Keep what another version knows or allows: going back and forth must lose nothing."""
        for key, value in stored.items():
            if key not in self._values:
                self._fault("field_unknown")
            if is_plain({key: value}):
                self._stored[key] = value

    def _fault(self, code: str):
        self.faults[code] = self.faults.get(code, 0) + 1

    # Changing

    async def change(self, changes: dict, who: str) -> tuple:
        """Change settings, all or none: (True, "", ""), or (False, code, key of the field).

        `who` is one of declaration.ROLES. The values are in force at once; `run` saves them.
        Codes: "field_unknown", "field_forbidden", "field_type", "field_range",
        "settings_impossible", "no_memory".
        """
        if not isinstance(changes, dict):
            return False, "field_type", ""
        for key in changes:
            if key not in self._values:
                return False, "field_unknown", str(key)[:64]
        async with self._changing:
            checked = {}
            for group in GROUPS:
                mine = [key for key in changes if group_of(key) == group]
                if mine:
                    await self._quiet()
                    code, key = self._check(group, mine, changes, who, checked)
                    if code:
                        return False, code, key
            code, keys = check_together(lambda key: checked.get(key, self._values[key]))
            for key in keys:
                if key in checked:
                    return False, code, key
            self._apply(checked, who)
        return True, "", ""

    def _check(self, group: str, keys, changes: dict, who: str, checked: dict) -> tuple:
        """Judge the changes of one group into `checked`: (None, ""), or (code, key)."""
        try:
            rows = borrow(group).ROWS
            for key in keys:
                row = find(rows, key)
                if not may_change(row, who):
                    return "field_forbidden", key
                value, code = check_value(row, changes[key])
                if code:
                    return code, key
                checked[key] = value
            return None, ""
        except MemoryError:
            return "no_memory", ""
        finally:
            rows = row = None
            give_back(group)

    def _apply(self, checked: dict, who: str):
        """Put checked values in force; a value that stands already is no change."""
        news = False
        for key, value in checked.items():
            stored = self._stored.get(key)
            if type(stored) is type(value) and stored == value:
                continue
            news = True
            old = self._values[key]
            self._values[key] = self._stored[key] = value
            if key in self._secrets:
                self._note("setting_changed", key, None, None, who)
            else:
                self._note("setting_changed", key, old, value, who)
        if news:
            self._judge()
            self.seq += 1
            self._news.set()

    def _judge(self):
        """See whether the values in force can stand together."""
        self.problem = check_together(self.get)[0]
        self._alarm("settings_impossible", self.problem)

    # Saving

    async def run(self):
        """Save changes for ever: in a quiet moment, and never twice within 10 s."""
        pause_s = _GAP_S
        while True:
            await self.wait(self._saved_seq)
            pause_s = _GAP_S if await self.save() else min(2 * pause_s, _RETRY_S)
            await asyncio.sleep(pause_s)

    async def save(self) -> bool:
        """Write what is in force unless it is written already; False when that failed.

        For use before a restart; at other times `run` does it, at a rate that the flash bears.
        """
        async with self._saving:
            if not self.unsaved:
                return True
            seq = self.seq
            self.save_error = await self._files.save(VERSION, self._stored)
            self._alarm("settings_not_saved", self.save_error)
            if self.save_error:
                return False
            self._saved_seq = seq
            self.saves += 1
            return True

    async def mark_good(self) -> bool:
        """Keep a copy of the settings in force as ones that work; True when it is on the flash.

        To be called when the board has run well for some time. Equal content is not written again.
        """
        async with self._saving:
            return await self._files.save_good(VERSION, self._stored) is None

    # Telling

    def _note(self, code: str, *args):
        if self._journal:
            self._journal.add(code, *args)

    def _alarm(self, code: str, reason):
        """Let the alarm `code` stand as long as there is a `reason`."""
        if self._journal:
            if reason:
                self._journal.raise_alarm(code)
            else:
                self._journal.clear(code)
