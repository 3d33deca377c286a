"""What is done once, when a board starts: who it is, which pins it has, its serial ports.

Nothing that outlives the start may come from here: it would keep all of this in memory.
"""

import sys

import machine
from micropython import const

from firmware.board import identity, profiles

_PATH = "/board.json"
_UART_P1 = const(1)
_UART_RS485 = const(2)
_WATCHDOG_MS = const(8000)  # the application's import takes a few seconds of it on the chip
_P1_BUFFER = const(2048)  # 178 ms at 115200 baud
_RS485_BUFFER = const(512)  # twice the longest Modbus frame
_PULL_UP_BELOW = const(34)  # the GPIOs from here on have none

_CAUSES = ("unknown", "power", "restart", "watchdog", "sleep", "soft")


def prepare(board):
    """Fill in the attributes of a `Board`, its pins and its watchdog."""
    profile, board.refusals = _profile()
    for code, field, value in board.refusals:
        print("board.json:", code, field, value)
    board.mac = machine.unique_id()
    board.name, board.role, board.password, board.made_password = identity.identity(board.mac)
    board.profile = profile["name"]
    board.http_host = profile["http_host"]
    board.http_port = profile["http_port"]
    board.led_inverted = profile["led_inverted"]
    board.led_pin = _pin(profile["led"], int(board.led_inverted))
    board.button_pin = _button(profile["button"])
    board.watchdog = machine.WDT(timeout=_WATCHDOG_MS) if profile["watchdog"] else None
    cause = machine.reset_cause()
    board.reset_cause = _CAUSES[cause] if 0 <= cause < len(_CAUSES) else _CAUSES[0]
    print("board", board.name, "profile", board.profile, "start", board.reset_cause)


def p1_port(baud: int, bits: int, parity: "int | None") -> "tuple | None":
    """What the meter's `Port` is made of, or None."""
    profile = _profile()[0]
    if profile["p1_rx"] is None or profile["p1_tx"] is None:
        return None
    _pin(profile["p1_request"], 1)
    uart = machine.UART(
        _UART_P1,
        baud,
        bits,
        parity,
        1,
        tx=profile["p1_tx"],
        rx=profile["p1_rx"],
        rxbuf=_P1_BUFFER,
        invert=machine.UART.INV_RX if profile["p1_inverted"] else 0,
    )
    return uart, _byte_us(baud, bits, parity), None, not profile["p1_inverted"]


def rs485_port(baud: int, bits: int, parity: "int | None") -> "tuple | None":
    """What the `Port` of the inverter's bus is made of, or None."""
    profile = _profile()[0]
    if profile["rs485_tx"] is None or profile["rs485_rx"] is None:
        return None
    direction = _pin(profile["rs485_direction"], 0)
    uart = machine.UART(
        _UART_RS485,
        baud,
        bits,
        parity,
        1,
        tx=profile["rs485_tx"],
        rx=profile["rs485_rx"],
        rxbuf=_RS485_BUFFER,
        txbuf=_RS485_BUFFER,
    )
    return uart, _byte_us(baud, bits, parity), direction


def _profile() -> tuple:
    default = "virtual" if sys.platform == "linux" else "devkit"
    return profiles.choose(_content(_PATH), default)


def _content(path: str) -> "str | None":
    try:
        with open(path) as file:
            return file.read()
    except (OSError, ValueError):
        return None


def _pin(number: "int | None", level: int):
    """An output that starts at `level`, or None."""
    return None if number is None else machine.Pin(number, machine.Pin.OUT, value=level)


def _button(number: "int | None"):
    """A pin that is low while pressed; pins 34 to 39 need a pull-up on the board."""
    if number is None:
        return None
    if number >= _PULL_UP_BELOW:
        return machine.Pin(number, machine.Pin.IN)
    return machine.Pin(number, machine.Pin.IN, machine.Pin.PULL_UP)


def _byte_us(baud: int, bits: int, parity: "int | None") -> int:
    return (2 + bits + (parity is not None)) * 1000000 // baud
