"""One virtual board: the unmodified firmware on the real MicroPython interpreter.

from tools.board import VirtualBoard

async with VirtualBoard(p1=p1_port, rs485=bus_port) as board:
    await board.wait_http()
"""

from tools.board.virtual import VirtualBoard

__all__ = ["VirtualBoard"]
