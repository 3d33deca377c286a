"""Compiled modules (.mpy, version 6): read, changed where mpy-cross cannot be told, written again.

A module is what MicroPython's py/persistentcode.c reads: names, constants, and code with code of
inner functions in it. Nothing that changes the length of an instruction is done here.
"""

_STATIC = 1  # lowest bit of a name's length: the number of a name in the ROM
FIRST_IN_ROM = 1
STR, _BYTES, _INT, _FLOAT, _COMPLEX, _TUPLE = 5, 6, 7, 8, 9, 10
_BYTECODE = 0
_HAS_CHILDREN = 4
#: Instructions by py/bc0.h.
LOAD_STRING, LOAD_NAME, STORE_NAME, LOAD_OBJECT, JUMP = 0x10, 0x11, 0x16, 0x23, 0x42
JUMP_BY_0 = 0x40  # the one byte that tells how far, up to 63
_QSTR, _UINT, _OFFSET = 1, 2, 3


class Reader:
    """Reads numbers and bytes one after the other."""

    def __init__(self, data: bytes, at: int = 0):
        """Begin at `at`."""
        self.data = data
        self.at = at

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        self.at += count
        return self.data[self.at - count : self.at]

    def uint(self) -> int:
        """The next number: seven bits a byte, highest first."""
        value = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value


def uint(value: int) -> bytes:
    """A number as `Reader.uint` reads it."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.insert(0, value & 0x7F | 0x80)
    return bytes(out)


class Code:
    """One function: its kind, its bytes, and the functions inside it."""

    def __init__(self, reader: Reader):
        """Read it."""
        head = reader.uint()
        self.kind = head & 3
        self.data = reader.take(head >> 3)
        count = reader.uint() if head & _HAS_CHILDREN else 0
        self.children = [Code(reader) for _ in range(count)]

    def write(self) -> bytes:
        """The bytes of it."""
        has = _HAS_CHILDREN if self.children else 0
        parts = [uint(len(self.data) << 3 | has | self.kind), self.data]
        if self.children:
            parts.append(uint(len(self.children)))
        return b"".join(parts + [child.write() for child in self.children])

    def walk(self):
        """Yield it and all that is inside it. All code is bytecode."""
        yield self
        for child in self.children:
            yield from child.walk()


class Module:
    """A compiled module. Raises ValueError for one that holds anything but bytecode."""

    def __init__(self, data: bytes):
        """Read it."""
        self.head = data[:4]
        reader = Reader(data, 4)
        counts = reader.uint(), reader.uint()
        self.names = [_name(reader) for _ in range(counts[0])]  # bytes, or a number in the ROM
        self.objects = [_object(reader) for _ in range(counts[1])]  # (kind, value)
        self.code = Code(reader)
        if reader.at != len(data) or any(c.kind != _BYTECODE for c in self.code.walk()):
            raise ValueError("not a module of bytecode")

    def write(self) -> bytes:
        """The bytes of it."""
        parts = [self.head, uint(len(self.names)), uint(len(self.objects))]
        parts += [_written_name(name) for name in self.names]
        parts += [_written_object(thing) for thing in self.objects]
        return b"".join([*parts, self.code.write()])

    def texts(self):
        """Yield all text constants that are not names, as bytes."""
        left = list(self.objects)
        while left:
            kind, value = left.pop(0)
            if kind == STR:
                yield value
            elif kind == _TUPLE:
                left += value


def _name(reader: Reader):
    size = reader.uint()
    if size & _STATIC:
        return size >> 1
    text = reader.take(size >> 1)
    reader.take(1)
    return text


def _written_name(name) -> bytes:
    if isinstance(name, int):
        return uint(name << 1 | _STATIC)
    return uint(len(name) << 1) + name + b"\0"


def _object(reader: Reader) -> tuple:
    kind = reader.take(1)[0]
    if kind == _TUPLE:
        return kind, [_object(reader) for _ in range(reader.uint())]
    if kind in (STR, _BYTES):
        text = reader.take(reader.uint())
        reader.take(1)
        return kind, text
    if kind in (_INT, _FLOAT, _COMPLEX):
        return kind, reader.take(reader.uint())
    return kind, None  # None, False, True, ...


def _written_object(thing: tuple) -> bytes:
    kind, value = thing
    if kind == _TUPLE:
        return bytes([kind]) + uint(len(value)) + b"".join(map(_written_object, value))
    if value is None:
        return bytes([kind])
    end = b"\0" if kind in (STR, _BYTES) else b""
    return bytes([kind]) + uint(len(value)) + value + end


class Prelude:
    """Where what lies in the bytecode of a function, as py/bc.h tells it."""

    def __init__(self, data: bytes):
        """Read it."""
        at, byte = 1, data[0]
        arguments, n = byte & 3, 0
        while byte & 0x80:
            byte = data[at]
            at += 1
            arguments |= (byte & 4) << n  # positional ones
            arguments += ((byte & 8) >> 3) << n  # those by name only
            n += 1
        self.size_at = at
        self.info, self.cells, n = 0, 0, 0
        while True:
            byte = data[at]
            at += 1
            self.cells |= (byte & 1) << n
            self.info |= (byte & 0x7E) >> 1 << 6 * n
            n += 1
            if byte < 0x80:
                break
        self.info_at = at
        reader = Reader(data, at)
        self.names = [reader.uint() for _ in range(1 + arguments)]
        self.lines_at = reader.at
        self.lines_end = at + self.info
        self.code_at = self.lines_end + self.cells


def instructions(data: bytes, at: int):
    """Yield (place, instruction, argument, bytes of the argument) from `at` on."""
    while at < len(data):
        place, op = at, data[at]
        at += 1
        shape = 0x3A4 >> 2 * (op >> 4) & 3
        argument = None
        if shape in (_QSTR, _UINT):
            reader = Reader(data, at)
            argument, at = reader.uint(), reader.at
        elif shape == _OFFSET:
            at += 2 if data[at] & 0x80 else 1
        size = at - place - 1
        if not op & 0x9E:
            at += 1
        yield place, op, argument, size


def is_of_name(op: int) -> bool:
    """Whether an instruction's argument is the number of a name."""
    return 0x3A4 >> 2 * (op >> 4) & 3 == _QSTR


def prelude_sizes(info: int, cells: int) -> bytes:
    """The sizes in a prelude, written."""
    out = bytearray()
    while True:
        byte = (info & 0x3F) << 1 | cells & 1
        info, cells = info >> 6, cells >> 1
        if not info and not cells:
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)
