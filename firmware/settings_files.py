"""The files of the settings: two generations and a copy of the last good ones.

Two files are written alternately, each with a sequence number and a CRC (lib/settings/codec), and
the newest whole one counts. Whatever the moment at which the power fails, one of them is whole:
the old settings or the new ones. On littlefs one file overwritten in place would do as well, since
new content counts at close and at one stroke; two of them also outlive a block of flash that went
bad, and a file system that knows no such stroke.
"""

import os

from settings import codec

_FILES = ("settings_a.json", "settings_b.json")
_GOOD = "settings_good.json"
_ENOENT = 2
_ENOSPC = 28


class SettingsFiles:
    """Reads the newest generation, writes the next one."""

    def __init__(self, folder: str, quiet, sequence: int, target: int):
        """Keep the files in `folder`, made when it is not there ("" is the present one).

        Each step that erases flash waits for `await quiet()`; `sequence` and `target` are the
        `generation` of the last reading or writing.
        """
        #: What was found wrong while reading: {code: how many}.
        self.faults = {}
        #: True when the settings came from the last good copy, because no generation was whole.
        self.from_good = False
        self._folder = folder
        self._quiet = quiet
        self._sequence = sequence  # of the newest generation
        self._target = target  # which of _FILES is written next: never the newest

    @property
    def generation(self) -> tuple:
        """(number of the newest generation, which file is written next)."""
        return self._sequence, self._target

    def newest(self) -> tuple:
        """(version, values) of the newest whole file, or of the good copy, or (0, None)."""
        version, values = 0, None
        for at, name in enumerate(_FILES):
            code, file_version, sequence, file_values = self._read(name)
            if code is None and (values is None or sequence > self._sequence):
                version, values = file_version, file_values
                self._sequence = sequence
                self._target = 1 - at
        if values is None:
            _, version, self._sequence, values = self._read(_GOOD)
            self.from_good = values is not None
        return version, values

    def _read(self, name: str) -> tuple:
        """Decode one file as `codec.decode` does; no file at all is no fault."""
        try:
            with open(self._path(name), "rb") as file:
                decoded = codec.decode(file.read(codec.FILE_MAX + 1))
        except OSError as error:
            if error.errno == _ENOENT:
                return "file_missing", 0, 0, None
            decoded = "file_unreadable", 0, 0, None
        code = decoded[0]
        if code is not None:
            self.faults[code] = self.faults.get(code, 0) + 1
        return decoded

    async def save(self, values: dict) -> "str | None":
        """Write the next generation over the older one; why that failed, or None.

        Codes: "settings_too_big", "settings_unfit" (would not read back), "flash_full",
        "flash_error", "flash_readback". After a failure the newest generation still counts, and
        the same file is written at the next try.
        """
        failure = await self._write(_FILES[self._target], self._sequence + 1, values)
        if failure is None:
            self._sequence += 1
            self._target = 1 - self._target
        return failure

    async def save_good(self, values: dict) -> "str | None":
        """Write the copy for recovery, unless it is there already; as `save`."""
        return await self._write(_GOOD, self._sequence, values)

    async def _write(self, name: str, sequence: int, values: dict) -> "str | None":
        raw = codec.encode(codec.VERSION, sequence, values)
        if len(raw) > codec.FILE_MAX:
            return "settings_too_big"
        if codec.decode(raw)[3] != values:
            return "settings_unfit"
        path = self._path(name)
        try:
            if name == _GOOD and _holds(path, raw):
                return None
            await self._quiet()
            if self._folder:
                _make(self._folder)
            with open(path, "wb") as file:
                file.write(raw)  # erases and writes the blocks of the content
                await self._quiet()
            # Closed: the content counts from here. That may have erased a block of the directory.
            return None if _holds(path, raw) else "flash_readback"
        except OSError as error:
            return "flash_full" if error.errno == _ENOSPC else "flash_error"

    def _path(self, name: str) -> str:
        return self._folder + "/" + name if self._folder else name


def _make(folder: str):
    """Make the folder unless it is there."""
    try:
        os.stat(folder)
    except OSError:
        os.mkdir(folder)


def _holds(path: str, raw: bytes) -> bool:
    """Whether the file is there and holds exactly `raw`."""
    try:
        with open(path, "rb") as file:
            return file.read(len(raw) + 1) == raw
    except OSError as error:
        if error.errno == _ENOENT:
            return False
        raise
