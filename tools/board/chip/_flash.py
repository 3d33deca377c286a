"""The flash partition `vfs` of a virtual board: a block device over a file.

Erasing writes 0xFF as on the chip; a write reaches the file at once, so that a chip that is killed
leaves exactly what had been written.
"""

BLOCK = 4096


class Flash:
    """Block device with the extended interface that littlefs needs."""

    def __init__(self, path):
        """Open the file at `path`; its size must be a whole number of blocks."""
        self._file = open(path, "r+b")  # noqa: SIM115
        self._blocks = self._file.seek(0, 2) // BLOCK

    def readblocks(self, block, buf, offset=0):
        """Fill `buf` from `offset` in `block`."""
        self._file.seek(block * BLOCK + offset)
        self._file.readinto(buf)

    def writeblocks(self, block, buf, offset=None):
        """Program `buf` at `offset` in `block`; without an offset the block is erased first."""
        if offset is None:
            offset = 0
            self._erase(block)
        self._file.seek(block * BLOCK + offset)
        self._file.write(buf)

    def _erase(self, block):
        self._file.seek(block * BLOCK)
        erased = b"\xff" * 256
        for _ in range(BLOCK // 256):
            self._file.write(erased)

    def ioctl(self, op, arg):
        """Answer the file system: number of blocks (4), their size (5), erase one (6)."""
        if op == 4:
            return self._blocks
        if op == 5:
            return BLOCK
        if op == 6:
            self._erase(arg)
        return 0
