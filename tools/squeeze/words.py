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
#: Names for what is looked up in objects: not those that the interpreter itself looks up.
_LOOKED_UP = {"close", "read", "readinto", "readline", "send", "throw", "write", "value", "args"}
#: Names of ROM for what is private to a function or a module.
ROM = [name for name in _IN_ROM.split() if not keyword.iskeyword(name)]
#: Names of ROM that may be given to attributes.
ROM_ATTRIBUTES = [name for name in ROM if name not in _LOOKED_UP]
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
