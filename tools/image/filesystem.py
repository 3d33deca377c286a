"""The board's file system: littlefs as MicroPython makes and mounts it, in memory.

Sizes are those of MicroPython's `VfsLfs2` (extmod/vfs_lfsx.c): blocks of 4096 bytes (the flash's
erase size), reads and writes of 32, look-ahead 32, cache four times the read size.
"""

from littlefs import LittleFS, LittleFSError, UserContext

BLOCK = 4096


class FilesystemError(Exception):
    """A file system cannot be read or does not hold what it has to; the text says why."""


def _open(content: bytearray, mount: bool) -> LittleFS:
    return LittleFS(
        context=UserContext(buffer=content),
        mount=mount,
        block_size=BLOCK,
        block_count=len(content) // BLOCK,
        read_size=32,
        prog_size=32,
        cache_size=128,
        lookahead_size=32,
        block_cycles=100,
    )


def make(files: dict, size: int) -> bytes:
    """Return a file system of `size` bytes that holds `files` {path: bytes}; the same every time.

    Raises FilesystemError when they do not fit.
    """
    content = bytearray(b"\xff" * size)
    system = _open(content, mount=False)
    system.format()
    system.mount()
    _write(system, files, size)
    return bytes(content)


def update(content: bytes, files: dict, remove=()) -> bytes:
    """Return the file system `content` with `files` written (None removes one).

    `remove` names folders whose other files go. Raises FilesystemError.
    """
    work = bytearray(content)
    try:
        system = _open(work, mount=True)
    except LittleFSError as error:
        raise FilesystemError(f"not a file system that can be mounted ({error})") from error
    held = _read(system)
    for path in held:
        if path not in files and path.split("/")[0] in remove:
            system.remove(path)
    _write(system, {p: b for p, b in files.items() if held.get(p) != b}, len(work))
    return bytes(work)


def contents(content: bytes) -> dict:
    """Return {path: bytes} of every file. Raises FilesystemError."""
    try:
        return _read(_open(bytearray(content), mount=True))
    except LittleFSError as error:
        raise FilesystemError(f"not a file system that can be mounted ({error})") from error


def used(content: bytes) -> int:
    """How many bytes of a file system are taken, whole blocks."""
    return _open(bytearray(content), mount=True).used_block_count * BLOCK


def _write(system: LittleFS, files: dict, size: int):
    try:
        for path, content in sorted(files.items()):
            if content is None:
                if system.exists(path):
                    system.remove(path)
                continue
            if "/" in path:
                system.makedirs(path.rpartition("/")[0], exist_ok=True)
            with system.open(path, "wb") as file:
                file.write(content)
    except LittleFSError as error:
        wanted = sum(len(content or b"") for content in files.values())
        text = f"{wanted} bytes of files do not go into a file system of {size} bytes ({error})"
        raise FilesystemError(text) from error


def _read(system: LittleFS) -> dict:
    found = {}
    for folder, _, names in system.walk("/"):
        for name in names:
            path = f"{folder}/{name}".lstrip("/")
            with system.open(path, "rb") as file:
                found[path] = file.read()
    return found
