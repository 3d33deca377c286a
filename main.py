"""Starts the application, and the board anew when it ends."""

import sys
import time

from firmware.board import Board

board = Board()
try:
    from firmware import app

    app.main(board)
except Exception as error:
    sys.print_exception(error)
print("main: the application has ended, restart in 5 s")
time.sleep(5)
board.restart()
