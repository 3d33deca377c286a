"""What a person may ask of the board besides settings. Borrowed by the web server for the moment.

An order comes by `POST /api/v1/do/<token>/<order>`. It is taken only over the board's own Wi-Fi,
which has a password, and with the token that the status shows since the start: the page of another
site can send a request from the installer's phone, but it cannot read the token.
"""

import asyncio
import os

from modbus.rtu import ModbusError

_TRIALS = ("scan", "baud", "test")
_ENDS = ("restart", "factory_reset")
_PATIENCE_MS = 5000  # for the inverter to be handed back


def judge(site, path: str, is_near: bool) -> str:
    """The status line that answers the order in `path`; "202 Accepted" when it may be done."""
    token, _, order = path.partition("/")
    if not is_near or token != site.token:
        return "403 Forbidden"
    if order in _ENDS:
        return "202 Accepted"
    if order not in _TRIALS or site.inverter is None:
        return "404 Not Found"
    trial = site.inverter.state.trial
    return "202 Accepted" if trial is None or trial["over"] else "409 Conflict"


async def carry_out(site, path: str):
    """Do the order in `path`, which has been judged. An end of the board does not return."""
    order = path.partition("/")[2]
    if order in _TRIALS:
        site.inverter.try_out(order)
        return
    if site.inverter:
        site.inverter.is_paused = True
        try:
            await asyncio.wait_for_ms(_hand_back(site.inverter), _PATIENCE_MS)
        except (ModbusError, asyncio.TimeoutError):
            pass  # its own time-out does it
    try:
        if order == "factory_reset":
            _forget(site.data)
        else:
            await site.settings.save()
    finally:
        site.board.restart()


def _forget(folder: str):
    for name in os.listdir(folder):
        os.remove(folder + "/" + name)


async def _hand_back(inverter):
    await inverter.idle()
    if inverter.fleet:
        await inverter.fleet.hand_back()
    await inverter.hand_back()
