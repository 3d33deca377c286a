"""Which object of a telegram goes into which field of a Reading, and how it is written.

One table for all countries: Belgium (e-MUCS P1 1.3 to 2.1), the Netherlands (DSMR P1 2.2 to 5.0),
Luxembourg (Smarty P1 1.1) and meters that lean on them. Objects that stand in no row are skipped.
"""

from p1.values import (
    CHANNELS,
    CLOCK,
    HISTORY,
    METERED,
    METERED_OLD,
    PEAK,
    TEXT,
    UNKNOWN,
    VERSION,
)

_GENERAL = (
    ("1-3:0.2.8", VERSION, "dsmr_version"),
    ("0-0:96.1.4", VERSION, "dsmr_version"),
    ("0-0:96.1.1", TEXT, "meter_id"),
    ("0-0:96.1.0", TEXT, "meter_id"),  # Iskra IE.5
    ("0-0:42.0.0", TEXT, "meter_id"),  # Luxembourg
    ("0-0:96.1.2", TEXT, "ean"),
    ("0-0:1.0.0", CLOCK, "time_s"),
    ("1-0:94.32.1", 0, "nominal_v"),
    ("1-0:1.8.0", 3, "import_wh"),
    ("1-0:1.8.1", 3, "import_t1_wh"),
    ("1-0:1.8.2", 3, "import_t2_wh"),
    ("1-0:1.8.3", 3, "import_t3_wh"),
    ("1-0:1.8.4", 3, "import_t4_wh"),
    ("1-0:1.8.5", 3, "import_t5_wh"),
    ("1-0:2.8.0", 3, "export_wh"),
    ("1-0:2.8.1", 3, "export_t1_wh"),
    ("1-0:2.8.2", 3, "export_t2_wh"),
    ("1-0:2.8.3", 3, "export_t3_wh"),
    ("1-0:2.8.4", 3, "export_t4_wh"),
    ("1-0:2.8.5", 3, "export_t5_wh"),
    ("0-0:96.14.0", 0, "tariff"),
    ("1-0:1.4.0", 3, "quarter_average_w"),
    ("1-0:1.6.0", PEAK, "month_peak_w"),
    ("0-0:98.1.0", HISTORY, "peak_history"),
    ("1-0:1.7.0", 3, "import_w"),
    ("1-0:2.7.0", 3, "export_w"),
    ("1-0:21.7.0", 3, "l1_import_w"),
    ("1-0:41.7.0", 3, "l2_import_w"),
    ("1-0:61.7.0", 3, "l3_import_w"),
    ("1-0:22.7.0", 3, "l1_export_w"),
    ("1-0:42.7.0", 3, "l2_export_w"),
    ("1-0:62.7.0", 3, "l3_export_w"),
    ("1-0:32.7.0", 1, "l1_dv"),
    ("1-0:52.7.0", 1, "l2_dv"),
    ("1-0:72.7.0", 1, "l3_dv"),
    ("1-0:31.7.0", 2, "l1_ca"),
    ("1-0:51.7.0", 2, "l2_ca"),
    ("1-0:71.7.0", 2, "l3_ca"),
    ("0-0:96.3.10", 0, "breaker"),
    ("0-0:17.0.0", 3, "limiter_w"),
    ("1-0:31.4.0", 2, "fuse_ca"),
    ("0-0:96.13.0", TEXT, "message"),
)
# On each of the M-Bus channels 1 to 4, into a Channel. What is metered fills several fields.
_MBUS = (
    ("24.1.0", 0, "medium"),
    ("96.1.1", TEXT, "meter_id"),
    ("96.1.0", TEXT, "meter_id"),  # the Netherlands
    ("96.1.2", TEXT, "ean"),
    ("24.4.0", 0, "valve"),
    ("96.3.10", 0, "relay"),
    ("24.2.1", METERED, "24.2.1"),
    ("24.2.3", METERED, "24.2.3"),
    ("24.3.0", METERED_OLD, "24.3.0"),
)

#: Rows from this one on belong to M-Bus channels, ROWS_PER_CHANNEL to each.
FIRST_CHANNEL_ROW = len(_GENERAL)
ROWS_PER_CHANNEL = len(_MBUS)

KINDS = bytes([row[1] for row in _GENERAL] + [row[1] for row in _MBUS] * CHANNELS)
FIELDS = tuple([row[2] for row in _GENERAL] + [row[2] for row in _MBUS] * CHANNELS)
#: How many rows there are in all.
ROWS = len(FIELDS)


def row_of(buf, pos: int, end: int) -> int:
    """Row of the object code at `buf[pos:end]` (`1-0:1.8.1` or `1-0:1.8.1*255`), or UNKNOWN."""
    code = 0
    number = 0
    groups = 0
    while True:
        char = buf[pos] if pos < end else 42
        pos += 1
        if 48 <= char <= 57:
            number = number * 10 + char - 48
            if number > 255:
                return UNKNOWN
            continue
        if groups < 2 and number > 7:
            return UNKNOWN
        code = code << (3 if groups < 2 else 8) | number
        number = 0
        groups += 1
        if char == 42:  # * or the end
            break
        if groups == 5 or (char != 45 and char != 58 and char != 46):  # - : .
            return UNKNOWN
    return _ROW_OF_CODE.get(_any_electricity(code), UNKNOWN) if groups == 5 else UNKNOWN


def _any_electricity(code):
    """Swiss and Luxembourg meters write 1-1 where others write 1-0."""
    return code ^ 1 << 24 if code >> 24 == 9 else code


def _code_of(text):
    code = 0
    for i, part in enumerate(text.replace("-", ".").replace(":", ".").split(".")):
        code = code << (3 if i < 2 else 8) | int(part)
    return code


def _index():
    rows = {}
    for row, (text, _, _) in enumerate(_GENERAL):
        rows[_code_of(text)] = row
    row = FIRST_CHANNEL_ROW
    for channel in range(1, CHANNELS + 1):
        for text, _, _ in _MBUS:
            rows[_code_of(f"0-{channel}:{text}")] = row
            row += 1
    return rows


_ROW_OF_CODE = _index()
