"""Short names, the cheapest first."""

import itertools
import keyword

#: Names that each MicroPython has in its ROM, at the same place since mpy version 6: used anew
#: they cost nothing. Source: MicroPython, `static_qstr_list` of py/makeqstrdata.py.
_IN_ROM = """
    abs all any append args bool bytearray bytes callable chr classmethod clear close copy
    count dict dir divmod end endswith extend find format from_bytes get getattr hasattr
    hash id index insert int isalpha isdigit isinstance islower isspace issubclass isupper
    items iter join key keys len list little lower lstrip main map next object open ord pop
    popitem pow print range read readinto readline remove replace repr reverse rfind rindex
    round rsplit rstrip send sep set setattr setdefault sort sorted split start startswith
    staticmethod step stop str strip sum throw to_bytes tuple type update upper value values
    write zip
"""
#: Names that builds for boards have in their ROM: of built-in types and modules. Where one is
#: missing it costs what any name costs.
_IN_MODULES = """
    a2b_base64 acos add addressof argv array asin atan atan2 b2a_base64 bin bytearray_at
    byteorder bytes_at calcsize ceil center chdir choice collect complex copysign cos crc32
    decode degrees delattr deque difference digest disable discard dump dumps enable encode
    enumerate exit exp fabs filter float floor fmod frexp fromkeys frozenset getaddrinfo
    getcwd getrandbits getvalue gmtime group heap_lock heap_unlock heapify heappop heappush
    help hex hexlify ilistdir implementation input intersection isdisjoint isenabled
    isfinite isinf isnan issubset issuperset kbd_intr ldexp listdir load loads localtime log
    match max maxsize md5 mem_alloc mem_free mem_info memoryview min mkdir mktime modf
    modules mount namedtuple oct opt_level pack pack_into partition path pi platform
    print_exception property qstr_info radians randint randrange rename reversed rmdir
    rpartition schedule search seed sha1 sha256 sin sizeof sleep sleep_ms sleep_us slice
    socket splitlines sqrt stat statvfs stderr stdin stdout struct sub sync tan threshold
    ticks_add ticks_cpu ticks_diff ticks_ms ticks_us time time_ns trunc umount unhexlify
    uniform union unlink unpack unpack_from urandom version version_info
"""
#: Names for what is looked up in objects: not those that the interpreter itself looks up.
_LOOKED_UP = set(
    """
    args chdir close getcwd ilistdir mkdir mount open read readinto readline remove rename rmdir
    send stat statvfs sync throw umount unlink value write
    """.split()  # noqa: SIM905
)
#: Names of ROM for what is private to a function or a module.
ROM = [name for name in (_IN_ROM + _IN_MODULES).split() if not keyword.iskeyword(name)]
#: Names of ROM that may be given to attributes.
ROM_ATTRIBUTES = [name for name in ROM if name not in _LOOKED_UP]
#: Names of ROM that may be given to modules: none of them is a module of the interpreter.
FOR_MODULES = [name for name in _IN_ROM.split() if not keyword.iskeyword(name)]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def short():
    """Yield a, b, ... z, A, ... Z, aa, ab, ..."""
    yield from _LETTERS
    yield from _LETTERS.upper()
    for size in itertools.count(2):
        for letters in itertools.product(_LETTERS, repeat=size):
            word = "".join(letters)
            if not keyword.iskeyword(word) and word not in ROM:
                yield word


class Pool:
    """Names in a fixed order, made as far as they are asked for."""

    def __init__(self, first: list):
        """Begin with `first`."""
        self._known = list(first)
        self._more = short()

    def choose(self, forbidden) -> str:
        """The first name that is not in `forbidden`."""
        for name in self:
            if name not in forbidden:
                return name
        raise AssertionError

    def __iter__(self):
        """Yield for ever."""
        for index in itertools.count():
            if index == len(self._known):
                self._known.append(next(self._more))
            yield self._known[index]
