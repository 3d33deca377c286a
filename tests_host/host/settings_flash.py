"""A littlefs on flash in memory whose power can fail at any write, with the open() of a board."""

import errno

from littlefs import LittleFS, LittleFSError, lfs
from littlefs.context import UserContext

BLOCK = 4096
# As MicroPython mounts the `vfs` partition of an ESP32; its cache is four times the program size.
_GEOMETRY = {
    "block_size": BLOCK,
    "read_size": 32,
    "prog_size": 32,
    "cache_size": 128,
    "lookahead_size": 32,
}
_ERRNO = {
    LittleFSError.Error.LFS_ERR_NOENT.value: errno.ENOENT,
    LittleFSError.Error.LFS_ERR_NOSPC.value: errno.ENOSPC,
}


class Flash(UserContext):
    """Memory that loses its power in the middle of write number `cut_at` (counted from 0)."""

    def __init__(self, image: bytes, cut_at: int = -1, torn: float = 0.0, rest: int = -1):
        """`torn`: the part of the cut write that still happens; `rest`: byte that fills what does
        not, as a write that failed half-way may leave anything (-1: what was there before).
        """
        super().__init__(buffer=bytearray(image))
        self.cut_at = cut_at
        self.torn = torn
        self.rest = rest
        self.sizes = []
        self.dead = False

    @property
    def writes(self) -> int:
        return len(self.sizes)

    def prog(self, cfg, block, off, data):
        start = block * cfg.block_size + off
        before = self.buffer[start : start + len(data)]
        assert before == b"\xff" * len(data), "flash written without being erased"
        return self._write(start, bytes(data))

    def erase(self, cfg, block):
        return self._write(block * cfg.block_size, b"\xff" * cfg.block_size)

    def _write(self, start: int, content: bytes) -> int:
        if self.dead:
            return LittleFSError.Error.LFS_ERR_IO.value
        end = start + len(content)
        if self.writes != self.cut_at:
            self.sizes.append(len(content))
            self.buffer[start:end] = content
            return 0
        self.dead = True
        whole = int(len(content) * self.torn)
        if self.rest >= 0:
            self.buffer[start:end] = bytes([self.rest]) * len(content)
        self.buffer[start : start + whole] = content[:whole]
        return LittleFSError.Error.LFS_ERR_IO.value


class BoardFiles:
    """A mounted littlefs, and what open() of the board does on it."""

    def __init__(self, flash: Flash):
        self.flash = flash
        blocks = len(flash.buffer) // BLOCK
        self.fs = LittleFS(context=flash, block_count=blocks, **_GEOMETRY)

    @staticmethod
    def format(blocks: int) -> bytes:
        """The image of an empty file system."""
        flash = Flash(b"\xff" * (blocks * BLOCK))
        LittleFS(context=flash, block_count=blocks, **_GEOMETRY)
        return bytes(flash.buffer)

    def open(self, path: str, mode: str):
        """Open a binary file; failures are OSError with an errno, as on the board."""
        return _File(self, path, mode.replace("b", ""))


class _File:
    def __init__(self, files, path, mode):
        self._files = files  # the library crashes when this goes away first
        self._fs = files.fs.fs
        self._file = _call(lfs.file_open, self._fs, path, mode)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        _call(lfs.file_close, self._fs, self._file)

    def read(self, size):
        return bytes(_call(lfs.file_read, self._fs, self._file, size))

    def write(self, content):
        return _call(lfs.file_write, self._fs, self._file, content)


def _call(function, *args):
    try:
        return function(*args)
    except LittleFSError as error:
        raise OSError(_ERRNO.get(error.code, errno.EIO), str(error)) from error
