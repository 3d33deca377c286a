"""What a telegram asks for seldom: the board's clock, and the name of the tariff."""

from micropython import const

from p1.country import tariff_of

_CLOCK_OFF_S = const(5)


def follow(meter, reading):
    """Name the tariff; let the meter set the board's clock when nothing better has."""
    meter.tariff = tariff_of(reading)
    time_s, board_s = reading.time_s, meter.board.unix_s()
    if time_s is None or (board_s is not None and abs(board_s - time_s) <= _CLOCK_OFF_S):
        return
    try:
        meter.board.set_unix_s(time_s)
        meter.state.journal.add("clock_from_meter", time_s)
    except ValueError:
        meter.state.journal.add("clock_refused", time_s)
