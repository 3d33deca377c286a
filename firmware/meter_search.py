"""Finds out how the meter's line speaks: its speed, framing and polarity, and whether it encrypts.

Borrowed by `meter` while bytes come and no telegram does. Each way is listened to until what comes
is plainly no text, or a telegram is whole. What was found stays in force over restarts.
"""

import asyncio

import ticks
from micropython import const

from firmware.overlay import borrow, give_back

_ENOUGH = const(400)  # bytes that tell a telegram from garbage
_ALPHABET = b"0123456789.:-()*\r\n"  # most of a telegram, 86 % at least of each of the corpus
_LEAST_PCT = const(70)  # heard in a wrong way, 58 % at most are such
_QUIET_MS = const(12000)  # longer than any meter's interval
_TEXT_MS = const(26000)  # two telegrams of a slow meter
_PIECE_MS = const(500)
_PAUSE_MS = const(150)  # no telegram pauses so long inside
_PAUSE_MOST_MS = const(2000)
_SLOW_MS = const(10000)  # between telegrams of DSMR 2 and 3, and of Luxembourg

_PASSTHROUGH = "firmware.passthrough"

# How a line may speak: (code for the page, baud, data bits, parity, inverted as P1 is, encrypted).
_WAYS = (
    ("ok", 115200, 8, None, True, False),
    ("encrypted", 115200, 8, None, True, True),
    ("inverted", 115200, 8, None, False, False),
    ("seven_bits", 115200, 7, 0, True, False),  # hears 8N1 as well: never kept
    ("slow", 9600, 7, 0, True, False),  # DSMR 2.2 and 3.0
    ("slow_inverted", 9600, 7, 0, False, False),
    ("half_speed", 57600, 8, None, True, False),
    ("double_speed", 230400, 8, None, True, False),
)
_IS_ENCRYPTED = const(5)

# Verdicts on one way.
_FOUND = const(1)
_SILENT = const(2)
_GARBAGE = const(3)
_NOISY = const(4)  # text, but never a whole telegram
_LOCKED = const(5)  # encrypted, and the key is missing or wrong


def use(meter, way: int):
    """Let `meter` listen in this way; an unknown one is the usual."""
    if not 0 <= way < len(_WAYS):
        way = 0
    meter.way_code, baud, bits, parity, inverted, is_encrypted = _WAYS[way]
    meter.port.configure(baud, bits, parity, inverted)
    meter.way = way
    meter.framer = meter.plain
    meter.plain.clear()
    if is_encrypted or baud < 10000:
        meter.rhythm.interval_ms = _SLOW_MS
    if is_encrypted:
        _decrypt(meter)


def follow_settings(meter):
    """Put the line that was found before in force; begin or end to pass telegrams on."""
    way = meter.settings.get("meter.line_found")
    if meter.line == "starting" and way:
        use(meter, way)
    port = meter.settings.get("meter.passthrough_port")
    if meter.passing and meter.passing.port != port:
        meter.passing.stop()
        meter.passing = None
        give_back(_PASSTHROUGH)
    if port and not meter.passing:
        maker = borrow(_PASSTHROUGH).Passthrough
        meter.passing = maker(meter.board.http_host, port, meter.state.journal)


def _decrypt(meter):
    """Put a framer in place that decrypts, in the memory of the plain one."""
    from binascii import unhexlify

    from p1.smarty import SmartyFramer

    encrypt = None
    key = meter.settings.get("meter.key")
    if key:
        import cryptolib

        try:
            encrypt = cryptolib.aes(unhexlify(key), 1).encrypt
        except ValueError:
            pass
    meter.framer = SmartyFramer(encrypt, twin=meter.plain)


async def search(meter):
    """Listen in each way, the present one first; leaves `meter` in the best, with its code."""
    came_with = meter.way
    await _search(meter, came_with)
    if meter.way != came_with:
        meter.state.journal.add("meter_line_found", meter.line)
    found = 0 if meter.line == "seven_bits" else meter.way
    await meter.settings.change({"meter.line_found": found}, "board")


async def _search(meter, came_with: int):
    seen = _Seen()
    meter.line = "searching"
    for i in range(-1, len(_WAYS)):
        way = came_with if i < 0 else i
        is_known = way == came_with and i >= 0
        if is_known or (_WAYS[way][_IS_ENCRYPTED] and not seen.frame and i >= 0):
            continue
        use(meter, way)
        verdict = await _listen(meter, seen)
        if verdict == _FOUND:
            meter.line = meter.way_code
            return
        if verdict == _LOCKED:
            is_keyed = bool(meter.settings.get("meter.key"))
            meter.line = "key_wrong" if is_keyed else "key_missing"
            return
        if verdict == _NOISY:
            meter.line = "noisy"
            return
        if verdict == _SILENT:
            break
    meter.line = "no_data" if verdict == _SILENT else "garbage"
    use(meter, came_with)


class _Seen:
    """What has come so far."""

    def __init__(self):
        self.frame = False  # something like the head of an encrypted frame
        self.total = 0  # bytes in the present way
        self.text = 0  # ... that are of a telegram's alphabet

    def count(self, window, n: int):
        self.total += n
        for i in range(n):
            self.text += window[i] in _ALPHABET
        at = window.find(b"\xdb\x08", 0, n)
        if at >= 0 and (at + 10 >= n or window[at + 10] == 0x82):
            self.frame = True

    def is_garbage(self) -> bool:
        return self.text * 100 < self.total * _LEAST_PCT


async def _wait_for_pause(meter):
    """Let go by what is under way, so that the next telegram or frame is heard whole."""
    view = memoryview(meter.framer.window)
    began_ms = meter.ticks_ms()
    while ticks.diff(meter.ticks_ms(), began_ms) < _PAUSE_MOST_MS:
        try:
            await asyncio.wait_for_ms(meter.port.readinto(view), _PAUSE_MS)
        except asyncio.TimeoutError:
            return


async def _listen(meter, seen: _Seen) -> int:
    """Judge the present way of listening."""
    await _wait_for_pause(meter)
    began_ms = meter.ticks_ms()
    framer = meter.framer
    telegrams = framer.telegrams
    is_encrypted = framer is not meter.plain
    seen.total = seen.text = 0
    view = memoryview(framer.window)
    while True:
        waited_ms = ticks.diff(meter.ticks_ms(), began_ms)
        if waited_ms > (_TEXT_MS if seen.total else _QUIET_MS):
            if not seen.total:
                return _SILENT
            return _GARBAGE if is_encrypted or seen.is_garbage() else _NOISY
        try:
            count = await asyncio.wait_for_ms(meter.port.readinto(view), _PIECE_MS)
        except asyncio.TimeoutError:
            continue
        seen.count(framer.window, count)
        await meter.hear(count)
        if framer.telegrams != telegrams:
            return _FOUND
        if is_encrypted:
            if framer.locked:
                return _LOCKED
        elif seen.total >= _ENOUGH and seen.is_garbage():
            return _GARBAGE
