"""Changes compiled modules so that they take less of the heap; what they do stays the same.

- **Texts.** A name lies in the board's tables for ever, 11 bytes and its letters; a text object
  takes 64 bytes and goes with its module. mpy-cross makes names of texts up to ten letters. Here
  all texts of a module that stays become names (once each, whoever uses them), and texts of a
  module that comes and goes become objects.
- **Classes.** Each class is told its module and its long name, which nobody asks: 32 bytes each.
- **Lines.** mpy-cross notes the line of each statement. Kept is one note for every
  `_LINES_EACH` bytes of code and those where a body that was moved begins, so that a traceback
  still tells the function, and the line to within a few.
"""

import itertools
import keyword
import re

from tools.squeeze import mpy

_MOST_NAME = 60  # a text so long is no name that anybody shares
_ONE_BYTE = 128
_WORD = re.compile(r"\b[A-Za-z_]\w*")
_LINES_EACH = 24
_LABELS = (23, 22, 26)  # numbers in the ROM of __name__, __module__, __qualname__
_LABELS_BY = (mpy.LOAD_NAME, mpy.STORE_NAME, mpy.LOAD_STRING, mpy.STORE_NAME)
_MOST_SKIP, _MOST_STEP = 0xF, 0x7FF  # of a long note
_SHORT_SKIP, _SHORT_STEP = 0x1F, 3


def compact(data: bytes, stays: bool, borders=frozenset()) -> bytes:
    """Return a compiled module with less in it; `borders` are lines whose notes must stay."""
    module = mpy.Module(data)
    if stays:
        _texts_to_names(module)
    else:
        _names_to_texts(module)
    for code in module.code.walk():
        code.data = _fewer_lines(_without_labels(module.names, code.data), borders)
    return module.write()


def words_of(text: str) -> list:
    """All words of a source that may be names."""
    return sorted(
        word
        for word in set(_WORD.findall(text))
        if not keyword.iskeyword(word) and word != "__name__"
    )


def listed(words: list) -> bytes:
    """A source that mentions names, in this order, and does nothing."""
    return f"__name__ or __name__.{'.'.join(words)};".encode()


def in_order(data: bytes, numbered: bytes, words: list) -> bytes:
    """What to write before the source of a compiled module so that its names get better numbers.

    mpy-cross numbers names as they come, and those above 127 take two bytes wherever they stand.
    `numbered` is `listed(words)` compiled: it tells which name is which. What is written before is
    never evaluated, and its code goes once the module is loaded.
    """
    module = mpy.Module(data)
    if len(module.names) <= _ONE_BYTE:
        return b""
    counts = dict.fromkeys(module.names, 0)
    for code in module.code.walk():
        prelude = mpy.Prelude(code.data)
        for number in prelude.names:
            counts[module.names[number]] += 1
        for _, op, argument, _ in mpy.instructions(code.data, prelude.code_at):
            if mpy.is_of_name(op):
                counts[module.names[argument]] += 1
    names = mpy.Module(numbered).names[2:-1]  # between `<module>` and `__name__`
    if len(names) != len(words):
        return b""  # one of them is what the module itself is called
    texts = dict(zip(names, words, strict=True))
    best = sorted(texts.keys() & counts.keys(), key=lambda name: (-counts[name], texts[name]))
    return listed([texts[name] for name in best[: _ONE_BYTE - 3]])


def _texts_to_names(module):
    """The interpreter looks for a text among the names before it makes an object of it."""
    known = set(module.names)
    for text in module.texts():
        if text not in known and len(text) <= _MOST_NAME:
            known.add(text)
            module.names.append(text)


def _names_to_texts(module):
    """Turn names that are only ever loaded as texts into objects."""
    used_as_name = {0}  # what the module is called in tracebacks
    loads: dict = {}  # number of a name: [(code, place)]
    for code in module.code.walk():
        prelude = mpy.Prelude(code.data)
        used_as_name.update(prelude.names)
        for at, op, argument, size in mpy.instructions(code.data, prelude.code_at):
            if op == mpy.LOAD_STRING and size == 1:
                loads.setdefault(argument, []).append((code, at))
            elif mpy.is_of_name(op):
                used_as_name.add(argument)
    for number, places in loads.items():
        is_free = number not in used_as_name and not isinstance(module.names[number], int)
        if is_free and len(module.objects) < _ONE_BYTE:
            for code, at in places:
                code.data = code.data[:at] + bytes(
                    [mpy.LOAD_OBJECT, len(module.objects)]
                ) + code.data[at + 2 :]  # fmt: skip
            module.objects.append((mpy.STR, module.names[number]))
            module.names[number] = mpy.FIRST_IN_ROM


def _without_labels(names: list, data: bytes) -> bytes:
    """Jump over the beginning of a class that sets `__module__` and `__qualname__`."""
    begin = mpy.Prelude(data).code_at
    first = list(itertools.islice(mpy.instructions(data, begin), 5))
    if tuple(op for _, op, _, _ in first[:4]) != _LABELS_BY:
        return data
    if tuple(names[first[i][2]] for i in (0, 1, 3)) != _LABELS:
        return data
    jump = bytes([mpy.JUMP, mpy.JUMP_BY_0 + first[4][0] - begin - 2])
    return data[:begin] + jump + data[begin + 2 :]


def _fewer_lines(data: bytes, borders) -> bytes:
    """Drop most notes of a function's lines."""
    prelude = mpy.Prelude(data)
    notes = _thin(_notes(data[prelude.lines_at : prelude.lines_end]), borders)
    lines = _written(notes)
    info = prelude.lines_at - prelude.info_at + len(lines)
    head = data[: prelude.size_at] + mpy.prelude_sizes(info, prelude.cells)
    names = data[prelude.info_at : prelude.lines_at]
    return head + names + lines + data[prelude.lines_end :]


def _notes(data: bytes) -> list:
    """[(place from which it holds, line)] of what mpy-cross wrote."""
    place, line, at, found = 0, 1, 0, []
    while at < len(data):
        byte = data[at]
        if byte < 0x80:
            place, line, at = place + (byte & 0x1F), line + (byte >> 5), at + 1
        else:
            step = (byte << 4) & 0x700 | data[at + 1]
            place, line, at = place + (byte & 0xF), line + step, at + 2
        if found and found[-1][0] == place:
            found.pop()
        found.append((place, line))
    return found


def _thin(notes: list, borders) -> list:
    kept: list = []
    for place, line in notes:
        if not kept or place - kept[-1][0] >= _LINES_EACH or line in borders:
            kept.append((place, line))
    return kept


def _written(notes: list) -> bytes:
    out = bytearray()
    place, line = 0, 1
    for next_place, next_line in notes:
        skip, step = next_place - place, next_line - line
        while skip or step:
            if step <= _SHORT_STEP or skip > _MOST_SKIP:
                by = min(skip, _SHORT_SKIP)
                up = min(step, _SHORT_STEP) if by == skip else 0
                out.append(up << 5 | by)
            else:
                by, up = skip, min(step, _MOST_STEP)
                out += bytes([0x80 | up >> 4 & 0x70 | by, up & 0xFF])
            skip, step = skip - by, step - up
        place, line = next_place, next_line
    return bytes(out)
