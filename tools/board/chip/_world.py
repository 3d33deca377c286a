"""What one virtual chip shares with the world outside, and between its stand-ins.

The keeper (tools/board/keeper.py) reads what is told: lines of a word and its arguments.
"""

# The real ones: this module is imported before a stand-in for them can be found.
import select as real_select  # noqa: F401 - for clock/select.py
import sys
import time as real_time

#: Level of each pin by number.
levels = {}
#: Direction pin of an RS485 transceiver -> its UART.
directed = {}
#: What has been set of radio and Ethernet, by interface.
radio = {}
#: Real time at which the chip started.
origin_us = real_time.ticks_us()
#: The timer of interpreter.py, once a wire is not there.
beat = None
# Set by the boot loader: `tell(text)` sends lines to the keeper, `hear(buf)` fills in two bytes
# (pin, level) if the keeper pushed some; the board's own time, and Unix time in us at its tick 0.
tell = hear = ticks_us = sleep_us = rtc_us = None


def given():
    """The chip's configuration, a dict made by the keeper. It is not kept."""
    import json
    import os

    return json.loads(os.getenv("CHIP"))


def seldom(module, name):
    """A function of a module whose code is dropped after use: on a chip it costs no heap."""
    found = getattr(__import__(module), name)
    del sys.modules[module]
    return found
