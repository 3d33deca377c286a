"""Which object of a telegram goes into which field of a Reading, and how it is written.

One table for all countries: Belgium (e-MUCS P1 1.3 to 2.1), the Netherlands (DSMR P1 2.2 to 5.0),
Luxembourg (Smarty P1 1.1) and meters that lean on them. Objects that stand in no row are skipped.
Each row is object, kind and field in one text: tuples would take four times the memory.
"""

from array import array

from p1.kinds import (
    CHANNELS,
    CLOCK,
    HISTORY,
    METERED,
    METERED_OLD,
    NO_CHANNEL,
    PEAK,
    TARIFF,
    TEXT,
    VERSION,
)

# 0 to 3: a number, kept as an integer with so many decimals of the unit that the object has in
# kilo (kWh -> Wh has 3), in m3, GJ (3), V (1), A (2) or none (0). T text, V version, C clock,
# P peak, H history of peaks, M metered, O metered the old way, N tariff: see values.py.
_GENERAL = (
    b"\n"
    b"1-3:0.2.8 V dsmr_version\n"
    b"0-0:96.1.4 V dsmr_version\n"
    b"0-0:96.1.1 T meter_id\n"
    b"0-0:96.1.0 T meter_id\n"  # Iskra IE.5
    b"0-0:42.0.0 T meter_id\n"  # Luxembourg
    b"0-0:96.1.2 T ean\n"
    b"0-0:1.0.0 C time_s\n"
    b"1-0:94.32.1 0 nominal_v\n"
    b"1-0:1.8.0 3 import_wh\n"
    b"1-0:1.8.1 3 import_t1_wh\n"
    b"1-0:1.8.2 3 import_t2_wh\n"
    b"1-0:1.8.3 3 import_t3_wh\n"
    b"1-0:1.8.4 3 import_t4_wh\n"
    b"1-0:1.8.5 3 import_t5_wh\n"
    b"1-0:2.8.0 3 export_wh\n"
    b"1-0:2.8.1 3 export_t1_wh\n"
    b"1-0:2.8.2 3 export_t2_wh\n"
    b"1-0:2.8.3 3 export_t3_wh\n"
    b"1-0:2.8.4 3 export_t4_wh\n"
    b"1-0:2.8.5 3 export_t5_wh\n"
    b"0-0:96.14.0 N tariff\n"
    b"1-0:1.4.0 3 quarter_average_w\n"
    b"1-0:1.6.0 P month_peak_w\n"
    b"0-0:98.1.0 H peak_history\n"
    b"1-0:1.7.0 3 import_w\n"
    b"1-0:2.7.0 3 export_w\n"
    b"1-0:21.7.0 3 l1_import_w\n"
    b"1-0:41.7.0 3 l2_import_w\n"
    b"1-0:61.7.0 3 l3_import_w\n"
    b"1-0:22.7.0 3 l1_export_w\n"
    b"1-0:42.7.0 3 l2_export_w\n"
    b"1-0:62.7.0 3 l3_export_w\n"
    b"1-0:32.7.0 1 l1_dv\n"
    b"1-0:52.7.0 1 l2_dv\n"
    b"1-0:72.7.0 1 l3_dv\n"
    b"1-0:31.7.0 2 l1_ca\n"
    b"1-0:51.7.0 2 l2_ca\n"
    b"1-0:71.7.0 2 l3_ca\n"
    b"0-0:96.3.10 0 breaker\n"
    b"0-0:17.0.0 3 limiter_w\n"
    b"1-0:31.4.0 2 fuse_ca\n"
    b"0-0:96.13.0 T message\n"
)
# On each of the M-Bus channels 1 to 4, into a Channel. What is metered fills several fields.
_MBUS = (
    b"\n"
    b"24.1.0 0 medium\n"
    b"96.1.1 T meter_id\n"
    b"96.1.0 T meter_id\n"  # the Netherlands
    b"96.1.2 T ean\n"
    b"24.4.0 0 valve\n"
    b"96.3.10 0 relay\n"
    b"24.2.1 M 24.2.1\n"
    b"24.2.3 M 24.2.3\n"
    b"24.3.0 O 24.3.0\n"
)

_LETTERS = b"TVCPHMON"
_KINDS = (TEXT, VERSION, CLOCK, PEAK, HISTORY, METERED, METERED_OLD, TARIFF)


def survey(buf, length: int) -> tuple:
    """Which lines of the telegram `buf[:length]` hold known objects: four sequences in step.

    Index of the line, kind, number of the object (its M-Bus channel from 0 or NO_CHANNEL, times
    4096, plus the place of its row), name of its field.
    """
    places, kinds, numbers, names = array("H"), array("B"), array("H"), []
    pos = buf.find(b"\n", 0, length) + 1
    while pos and buf[pos] != 33:
        line_end = buf.find(b"\n", pos, length) + 1
        end = buf.find(b"(", pos, line_end or length)
        found = find(buf, pos, end) if end > 0 else None
        if found:
            places.append(pos)
            kinds.append(found[0])
            numbers.append(found[1] << 12 | found[3])
            names.append(found[2])
        pos = line_end
    return places, kinds, numbers, names


def find(buf, pos: int, end: int) -> "tuple | None":
    """What is known of the object at `buf[pos:end]` (`1-0:1.8.1` or `1-0:1.8.1*255`), or None.

    Returns (kind of values.py, M-Bus channel from 0 or NO_CHANNEL, field, number of the row).
    """
    star = buf.find(b"*", pos, end)
    code = bytes(buf[pos : end if star < 0 else star])
    if code.startswith(b"1-1:"):  # Swiss and Luxembourg meters write 1-1 where others write 1-0
        code = b"1-0:" + code[4:]
    found = _row(_GENERAL, code)
    if found:
        return found[0], NO_CHANNEL, found[1], found[2]
    channel = code[2] - 49 if len(code) > 4 and code[:2] == b"0-" and code[3:4] == b":" else -1
    found = _row(_MBUS, code[4:]) if 0 <= channel < CHANNELS else None
    return (found[0], channel, found[1], found[2]) if found else None


def _row(table: bytes, code: bytes) -> "tuple | None":
    """(kind, field, index) of the row of `code`."""
    start = table.find(b"\n" + code + b" ") if code.find(b" ") < 0 else -1
    if start < 0:
        return None
    start += len(code) + 2
    letter = table[start]
    kind = letter - 48 if letter < 65 else _KINDS[_LETTERS.find(bytes([letter]))]
    return kind, table[start + 2 : table.find(b"\n", start)].decode(), start
