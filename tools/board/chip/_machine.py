"""What `machine` is asked once or seldom. Loaded for the moment, see `_world.seldom`."""

import socket

import _world

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5

_INPUT_ONLY = (34, 35, 36, 37, 38, 39)
_ABSENT = (20, 24, 28, 29, 30, 31)
_OUTPUTS = (3, 7)
_PULLS = (1, 2)
_PULL_UP = 2


def unique_id():
    """The chip's own MAC address, 6 bytes."""
    return bytes(int(part, 16) for part in _world.given()["mac"].split(":"))


def reset_cause():
    """Why the chip started."""
    return _world.given()["reset_cause"]


def reset():
    """Restart the chip as its reset line does; nothing after this call runs."""
    _world.tell("reset\n")
    halt()


def soft_reset():
    """Restart the interpreter."""
    _world.tell("soft\n")
    halt()


def halt():
    """Do nothing for ever: the keeper ends or restarts the chip."""
    while True:
        _world.real_time.sleep(3600)


def check_pin(number, mode, pull):
    """Whether the pin is an output; raises ValueError for what the chip cannot do."""
    if not 0 <= number <= 39 or number in _ABSENT:
        raise ValueError("invalid pin")
    if mode in _OUTPUTS and number in _INPUT_ONLY:
        raise ValueError("pin can only be input")
    if pull in _PULLS and number in _INPUT_ONLY:
        raise ValueError("pins 34-39 do not have pull-up or pull-down circuitry")
    _world.levels.setdefault(number, int(pull == _PULL_UP))
    return mode in _OUTPUTS


def on(pin):
    """Set the level to 1."""
    pin(1)


def off(pin):
    """Set the level to 0."""
    pin(0)


def watch(number, timeout):
    """Start the watchdog."""
    if number != 0:
        raise ValueError("WDT id must be 0")
    if timeout < 1000:
        raise ValueError("WDT timeout too short")
    _world.tell(f"wdt {timeout}\n")


def set_clock(fields):
    """Set the clock, which runs on over a restart."""
    year, month, day, _, hour, minute, second, us = fields
    date = (year, month, day, hour, minute, second, 0, 0, 0)
    unix_us = int(_world.real_time.mktime(date)) * 1000000 + us
    _world.rtc_us = unix_us - _world.ticks_us()
    _world.tell(f"rtc {unix_us}\n")


def setup(uart, number, baudrate=115200, bits=8, parity=None, stop=1, **more):
    """Prepare a UART."""
    if not 0 <= number <= 2:
        raise ValueError(f"UART({number}) does not exist")
    if number == 1 and "tx" not in more:
        _world.tell("fault UART(1) without tx drives GPIO10, a pin of the flash\n")
    rxbuf = more.get("rxbuf", 256)
    if rxbuf <= 128:
        raise ValueError("rxbuf must exceed the hardware buffer of 128 bytes")
    wire = _world.given()["wires"].get(str(number)) or {}
    address = wire.get("address")
    uart.address = address and socket.getaddrinfo(*address)[0][-1]
    uart.socket = uart.tried_ms = uart.drives = None
    _set_line(uart, (baudrate, bits, parity, stop), more)
    uart.buffer = _driver_memory(number, rxbuf)
    uart.count = uart.sent_us = 0
    direction = wire.get("direction")
    if direction is not None:
        uart.drives = _world.levels.get(direction, 0)
        _world.directed[direction] = uart


def init(uart, baudrate=0, bits=0, parity=-1, stop=0, **more):
    """Set a UART anew: what is left out stays, but for timeout and inversion, which are 0 then.

    Nothing that was heard before is lost, unless a buffer is asked for (it keeps its size here).
    """
    line = [int(word) for word in uart.line.split()[:4]]
    if line[2] < 0:
        line[2] = None
    if parity != -1:
        line[2] = parity
    _set_line(uart, (baudrate or line[0], bits or line[1], line[2], stop or line[3]), more)
    if "rxbuf" in more or "txbuf" in more:
        uart.fill(0)
        uart.count = 0


def _set_line(uart, line, more):
    """Take what says how the line is read, and tell the far end."""
    baudrate, bits, parity, stop = line
    if bits not in (5, 6, 7, 8) or stop not in (1, 2) or parity not in (None, 0, 1):
        raise ValueError("invalid data bits, parity or stop bits")
    inverted = bool(more.get("invert", 0) & uart.INV_RX)
    checked = parity is not None
    parity = parity if checked else -1
    uart.line = b"%d %d %d %d %d" % (baudrate, bits, parity, stop, inverted)
    uart.byte_ns = (1 + bits + checked + stop) * 1000000000 // baudrate
    uart.timeout_us = more.get("timeout", 0) * 1000
    if uart.address:
        uart.tell_line()


def _driver_memory(number, size):
    """The receive buffer of a UART, which is not MicroPython's but its driver's memory."""
    import uctypes

    given = _world.given()
    most = given["driver_size"] // 3
    if size > most:
        raise MemoryError("rxbuf")
    return uctypes.bytearray_at(given["driver"] + number * most, size)


def read(uart, size=-1):
    """Up to `size` bytes, or all; waits no longer than the UART's timeout, then None."""
    if size == 0:
        return b""
    uart.fill(0)
    if uart.timeout_us:
        wait(uart, size if size > 0 else 1)
    size = uart.count if size < 0 else min(size, uart.count)
    found = bytearray(size)
    return bytes(found) if size and uart.readinto(found) else None


def wait(uart, size):
    """Wait for `size` bytes, no longer than the UART's own timeout."""
    end = _world.ticks_us() + uart.timeout_us
    while uart.count < size and _world.ticks_us() < end:
        _world.sleep_us(1000)
        uart.fill(0)


def flush(uart):
    """Block until the last byte written has left."""
    while not uart.txdone():
        _world.sleep_us(100)


def deinit(uart):
    """Let go of the wire."""
    hang_up(uart)
    uart.address = None


def hang_up(uart):
    """Close a UART's connection."""
    if uart.socket:
        uart.socket.close()
        uart.socket = None


def drive(uart, level):
    """The direction pin changed: 1 means that this end drives the line."""
    if uart.drives and not level:
        if not uart.txdone():
            left = uart.sent_us - _world.ticks_us()
            _world.tell(f"fault line let go {left} us before the last byte\n")
        uart.drives = 0
        while uart.receive(uart.buffer):  # arrived while nobody listened
            pass
        uart.count = 0
    uart.drives = level
