"""Which pins a board uses: rows of data, and a file on the flash that may override them.

/board.json, every field optional:

    {"profile": "wt32-eth01", "pins": {"p1_rx": 36, "led": null}, "http_port": 8080,
     "watchdog": false}

Nothing here touches hardware. How a board is added stands in docs/add-a-board.md.
"""

import json

from micropython import const

#: What a column may hold, besides None for "not there": a pin to read, a pin to drive, a switch, a
#: name, a number.
_IN = const(0)
_OUT = const(1)
_SWITCH = const(2)
_NAME = const(3)
_NUMBER = const(4)

COLUMNS = (
    ("p1_rx", _IN),  # data of the meter's P1 port
    ("p1_inverted", _SWITCH),  # the line is low when idle, as the port itself is
    ("p1_request", _OUT),  # high makes the meter send; None: wired to the supply
    ("p1_tx", _OUT),  # carries nothing: without it the chip drives GPIO10, a pin of its flash
    ("rs485_tx", _OUT),
    ("rs485_rx", _IN),
    ("rs485_direction", _OUT),  # high while we send; None: the transceiver turns by itself
    ("led", _OUT),
    ("led_inverted", _SWITCH),  # low lights it
    ("button", _IN),  # low while it is pressed
    ("eth_phy", _NAME),  # as in MicroPython's `network`; None: no Ethernet
    ("eth_address", _NUMBER),  # of the PHY on its management bus
    ("eth_mdc", _OUT),
    ("eth_mdio", _OUT),
    ("eth_power", _OUT),
    ("eth_clock", _OUT),  # the 50 MHz reference of the RMII bus
    ("eth_clock_out", _SWITCH),  # the chip makes that clock
)

_NO_ETHERNET = (None, None, None, None, None, None, False)

#: Rows by name. The Ethernet columns are wired so by the boards' makers.
PROFILES = {
    # Bare module on a carrier of your own.
    "devkit": (16, True, None, 13, 17, 18, 4, 2, False, 0) + _NO_ETHERNET,
    # Wireless-Tag WT32-ETH01 V1.4: pins TXD, RXD and 485_EN of the board; the meter on IO35.
    "wt32-eth01": (35, True, None, 4, 17, 5, 33, None, False, None)
    + ("PHY_LAN8720", 1, 23, 18, 16, 0, False),
    # Olimex ESP32-POE: RS485 on UEXT; GPIO13 has the 2.2 kOhm pull-up that a P1 line asks for.
    "esp32-poe": (13, True, None, 33, 4, 36, 5, None, False, 34)
    + ("PHY_LAN8720", 0, 23, 18, 12, 17, True),
    "jullix": (16, True, 32, 13, 17, 36, 4, 2, False, 34)
    + ("PHY_LAN8720", 1, 23, 18, 12, 0, False),
    "extender": (16, True, 32, 13, 17, 36, 4, 2, False, 34) + _NO_ETHERNET,
    # What tools/board wires.
    "virtual": (16, True, None, 13, 17, 18, None, 2, False, 0) + _NO_ETHERNET,
}

#: GPIOs that a board may use: not the console's (1, 3), not those of the flash (6 to 11). Those
#: from 34 on cannot be driven. Source: ESP32 datasheet, section 2.2.
_GPIOS = (
    b"\x00\x02\x04\x05\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x15\x16\x17\x19"
    b"\x1a\x1b\x20\x21\x22\x23\x24\x27"
)
_INPUT_ONLY_FROM = const(34)
#: GPIOs 19, 21, 22, 25, 26, 27: the RMII bus, which cannot lie elsewhere.
_RMII = b"\x13\x15\x16\x19\x1a\x1b"


def profile_of(name: str) -> dict:
    """The profile `name`, which has to be there: a value for each column and each field."""
    virtual = name == "virtual"
    profile = {"name": name, "watchdog": True}
    profile["http_port"] = 0 if virtual else 80  # 0: any that is free
    profile["http_host"] = "127.0.0.1" if virtual else "0.0.0.0"
    row = PROFILES[name]
    for i in range(len(COLUMNS)):
        profile[COLUMNS[i][0]] = row[i]
    return profile


def choose(text: "str | None", default: str) -> tuple:
    """Return (profile, refusals) for the content of /board.json, None when there is none.

    A refusal is (code, field, value). When the file or its profile makes no sense, the `default`
    profile is used and nothing of the file; a pin, port or switch that makes no sense leaves the
    profile's own.
    """
    refusals: list = []
    wish = _parsed(text, refusals)
    name = wish.get("profile", default)
    if not isinstance(name, str) or name not in PROFILES:
        refusals.append(("profile_unknown", "profile", name))
        wish, name = {}, default
    profile = profile_of(name)
    _take_pins(profile, wish.get("pins", {}), refusals)
    port = wish.get("http_port", profile["http_port"])
    if _is_int(port) and 0 <= port <= 65535:
        profile["http_port"] = port
    else:
        refusals.append(("port_range", "http_port", port))
    watchdog = wish.get("watchdog", True)
    if isinstance(watchdog, bool):
        profile["watchdog"] = watchdog
    else:
        refusals.append(("not_a_switch", "watchdog", watchdog))
    return profile, refusals


def _parsed(text: "str | None", refusals: list) -> dict:
    if text is None:
        return {}
    try:
        wish = json.loads(text)
    except ValueError:
        wish = None
    if isinstance(wish, dict):
        return wish
    refusals.append(("file_broken", "board.json", None))
    return {}


def _take_pins(profile: dict, pins, refusals: list):
    """Override single columns; a pin with two uses undoes all of them."""
    if not isinstance(pins, dict):
        refusals.append(("pins_broken", "pins", None))
        return
    left = dict(pins)
    before = {}
    for column, kind in COLUMNS:
        if column not in left:
            continue
        value = left.pop(column)
        if _fits(value, kind):
            before[column] = profile[column]
            profile[column] = value
        else:
            refusals.append(("pin_impossible", column, value))
    for field in left:
        refusals.append(("pin_unknown", field, left[field]))
    twice = used_twice(profile)
    if twice:
        refusals.append(("pin_taken", twice, profile[twice]))
        profile.update(before)


def _fits(value, kind: int) -> bool:
    if kind == _SWITCH:
        return isinstance(value, bool)
    if value is None:
        return True
    if kind == _NAME:
        return isinstance(value, str) and value.startswith("PHY_")
    if not _is_int(value):
        return False
    if kind == _NUMBER:
        return 0 <= value <= 31
    if not 0 <= value <= 39 or value not in _GPIOS:
        return False
    return kind == _IN or value < _INPUT_ONLY_FROM


def used_twice(profile: dict) -> "str | None":
    """The first column whose pin an earlier one has, or the RMII bus; None when there is none."""
    ethernet = profile["eth_phy"] is not None
    taken = list(_RMII) if ethernet else []
    for column, kind in COLUMNS:
        pin = profile[column]
        if kind > _OUT or pin is None or (column[:4] == "eth_" and not ethernet):
            continue
        if pin in taken:
            return column
        taken.append(pin)
    return None


def _is_int(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
