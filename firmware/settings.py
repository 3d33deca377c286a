"""The settings of this board: loaded once, read by every task, changed through one door.

Only the values stay in memory. What may be set is declared in lib/settings, how a change is
judged is in firmware/settings_door, how the files survive a power cut in
firmware/settings_files: each is imported for the moment. Only what somebody has set is stored:
the rest follows the declaration.
"""

import asyncio

from firmware.overlay import borrow, give_back

_GAP_S = 10  # least time between two saves: flash wears
_RETRY_S = 600  # longest time between two tries while saving fails
_DOOR = "firmware.settings_door"
_FILES = "firmware.settings_files"
_DOORS_OWN = ("settings.check", "settings.declaration", "settings.migrate")


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
        self.problem = None
        #: Why the last save failed, or None.
        self.save_error = None
        #: Saves that reached the flash since the board started.
        self.saves = 0
        #: Every declared key: what is in force. For the door alone to change.
        self.values = {}
        #: What the files hold: only what was set, and what other versions may know. As `values`.
        self.stored = {}
        #: Keys that never leave the board.
        self.secrets = ()
        self.quiet = quiet or _at_once
        self._folder = folder
        self._journal = journal
        self._generation = (0, 0)  # of the files: number, and which is written next
        self._saved_seq = 0
        self._news = asyncio.Event()
        self._changing = asyncio.Lock()
        self._saving = asyncio.Lock()

    def get(self, key: str):
        """The value in force. Raises KeyError for a key that is not declared."""
        return self.values[key]

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
        values = self.values
        return {
            key: values[key] for key in self.stored if key in values and key not in self.secrets
        }

    def load(self):
        """Read the files, check each value, put it in force; a bad one yields to the default.

        To be called once, before the tasks start: it goes through the whole declaration.
        """
        files = borrow(_FILES).SettingsFiles(self._folder, self.quiet, 0, 0)
        version, stored = files.newest()
        self._generation = files.generation
        self.faults = files.faults
        if files.from_good:
            self._saved_seq = -1  # so that `run` restores the generations
            self.fault("settings_from_good")
        files = None
        give_back(_FILES, "settings.codec")
        borrow(_DOOR).load(self, version, stored)
        give_back(_DOOR, *_DOORS_OWN)
        for code in self.faults:
            self.note("settings_fault", code, self.faults[code])

    async def change(self, changes: dict, who: str) -> tuple:
        """Change settings, all or none: (True, "", ""), or (False, code, key of the field).

        `who` is one of declaration.ROLES. The values are in force at once; `run` saves them.
        Codes: "field_unknown", "field_forbidden", "field_type", "field_range",
        "settings_impossible", "no_memory".
        """
        async with self._changing:
            try:
                return await borrow(_DOOR).change(self, changes, who)
            except MemoryError:
                return False, "no_memory", ""
            finally:
                give_back(_DOOR, *_DOORS_OWN)

    def changed(self):
        """Wake the readers; called by the door after values have changed."""
        self.seq += 1
        self._news.set()

    def judge(self, problem: "str | None"):
        """Note whether the values in force can stand together; called by the door."""
        self.problem = problem
        self._alarm("settings_impossible", problem)

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
            self.save_error = await self._write(False)
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
            return await self._write(True) is None

    async def _write(self, is_good: bool) -> "str | None":
        """Write the next generation, or the copy of good settings; why that failed, or None."""
        try:
            files = borrow(_FILES).SettingsFiles(self._folder, self.quiet, *self._generation)
            if is_good:
                return await files.save_good(self.stored)
            failure = await files.save(self.stored)
            self._generation = files.generation
            return failure
        except MemoryError:
            return "no_memory"
        finally:
            files = None
            give_back(_FILES, "settings.codec")

    # Telling

    def fault(self, code: str):
        """Count something that was found wrong while loading."""
        self.faults[code] = self.faults.get(code, 0) + 1

    def note(self, code: str, *args):
        """Tell the journal."""
        if self._journal:
            self._journal.add(code, *args)

    def _alarm(self, code: str, reason):
        """Let the alarm `code` stand as long as there is a `reason`."""
        if self._journal:
            if reason:
                self._journal.raise_alarm(code)
            else:
                self._journal.clear(code)
