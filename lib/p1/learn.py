"""Takes a telegram apart into what is constant and what is a value: the making of a Template.

Needed only when a meter is new or writes differently, so it is imported for the moment.
"""

from micropython import const

from p1 import times, values
from p1.kinds import CLOCK, HISTORY, METERED_OLD, NO_CHANNEL, PEAK, TEXT, UNKNOWN, VERSION
from p1.template import DUPLICATE, EMPTY

_MOST_OBJECTS = const(128)
_NO_POINT = const(255)
_SELDOM = ("nominal_v", "breaker", "limiter_w", "fuse_ca")
_STRANGER = (UNKNOWN, NO_CHANNEL, None, 0)  # an object that stands in no row


def learn(template, buf, length: int, known_lines: tuple):
    """Take the telegram `buf[:length]` for `template`; sets its `fault`.

    `known_lines` is what `obis.survey` says of it.
    """
    template.forget(None)
    places, kinds, numbers, names = known_lines
    i, seen, twice = 0, [], False
    pos = buf.find(b"\n", 0, length) + 1
    template.header = values.text(buf, 1, pos, pos)
    while pos and buf[pos] != 33:
        line_end = buf.find(b"\n", pos, length) + 1 or length
        start = buf.find(b"(", pos, line_end) + 1
        while i < len(places) and places[i] < pos:
            i += 1
        known = None
        if i < len(places) and places[i] == pos:
            known = kinds[i], numbers[i] >> 12, names[i], numbers[i]
        end = start and _add(template, buf, known or _STRANGER, start, line_end, length)
        if end and known:
            twice = twice or numbers[i] in seen
            seen.append(numbers[i])
        elif end:
            template.line_ends = 1  # counted below
        pos = buf.find(b"\n", end - 1 if end else pos, length) + 1
    template.keys.append(_key(template, buf, length))
    template.objects = len(template.kinds)
    if template.line_ends:
        template.line_ends = buf.count(b"\n", 0, length)
    template.has_import = "import_wh" in template.fields
    template.has_export = "export_wh" in template.fields
    if template.objects > _MOST_OBJECTS or not seen:
        template.forget(EMPTY)
    elif twice:
        template.forget(DUPLICATE)


def _key(template, buf, end):
    """The text between the last value and `end`."""
    return bytes(buf[template.ends[-1] if template.ends else 0 : end])


def _add(template, buf, known, start, line_end, length):
    """Add the object of one line; index behind its value, 0 when that means nothing."""
    kind, channel, name, _ = known
    end = _end_of_value(buf, start, line_end, length, kind)
    if kind == TEXT and end - start > template.text_most:
        return _add_long(template, buf, known, start, end)
    is_compared = kind != UNKNOWN and kind != CLOCK
    value = values.value(buf, start, end, kind) if is_compared else None
    if end <= start or (kind < TEXT and value is None):
        return 0
    if kind == CLOCK and times.digits(buf, start, 12) < 0:
        return 0
    if _is_constant(kind, channel, name):
        if value is not None:
            template.constants += (channel, name, value)
        return end
    _add_value(template, buf, known, start, end, value if is_compared else b"")
    return end


def _add_long(template, buf, known, start, end):
    """Take the beginning of a long text; its bytes are not kept, and so not compared."""
    value = values.value(buf, start, start + template.text_most + 1, TEXT)
    if value is not None:
        template.constants += (known[1], known[2], value)
    _add_value(template, buf, _STRANGER, start, end, b"")
    template.line_ends = 1  # counted by the caller
    return end


def _is_constant(kind, channel, name):
    """Whether the value changes so seldom that its text counts as part of the structure."""
    if kind < TEXT:
        return channel != NO_CHANNEL or name in _SELDOM
    return kind in (TEXT, VERSION, HISTORY)


def _add_value(template, buf, known, start, end, value):
    """Add a value that changes; `value` is b"" where it is not compared with that of last time."""
    kind, channel, name, _ = known
    is_number = kind < TEXT
    point = buf.find(b".", start, end) - start if is_number else -1
    if kind == CLOCK:
        template.clock_pos = start
    elif kind == PEAK:
        template.peak = len(template.kinds)
    elif channel != NO_CHANNEL:
        template.metered += (len(template.kinds), channel, name)
    is_field = kind not in (UNKNOWN, CLOCK, PEAK) and channel == NO_CHANNEL
    template.keys.append(_key(template, buf, start))
    template.starts.append(start)
    template.ends.append(end)
    template.raws.append(b"" if value == b"" else bytearray(buf[start:end]))
    template.values.append(value)
    template.fields.append(name if is_field else None)
    template.kinds.append(kind)
    template.points.append(point if point >= 0 else _NO_POINT)
    template.scales.append(values.missing_decimals(buf, start, end, kind) if is_number else 0)


def _end_of_value(buf, pos, line_end, length, kind):
    if kind == UNKNOWN:
        return line_end - (2 if buf[line_end - 2] == 13 else 1)
    if kind < TEXT:
        return values.number_end(buf, pos)
    if kind == CLOCK:
        return pos + 12  # the letter behind it seldom changes
    if kind <= VERSION:  # a text may go on over the end of the line
        return buf.find(b")", pos, length) + 1 or length
    if kind == METERED_OLD and line_end < length and buf[line_end] == 40:
        # The value stands on a line of its own that begins with "(".
        return buf.find(b"\n", line_end, length) + 1 or length
    return line_end
