"""What the capacity tariff bills, and how month peaks are kept over a restart. Seldom needed.

The Flemish capacity tariff bills the mean of twelve month peaks, each at least 2.5 kW. Source:
tariff regulation of the Flemish regulator for 2023 and later.
"""

from micropython import const

from control.months import month_of

_LEAST_BILLED_W = const(2500)
_MONTHS_BILLED = const(12)


def reckon(history: "tuple | None", months, rate_ct: int) -> tuple:
    """(billed average [W], its cost a year [cents]) of `months` (a `months.Months`).

    `history` is that of the meter, `Reading.peak_history`; None for the months closed here. The
    rate is in cents per kW and year.
    """
    closed = months.closed if history is None else history
    average_w = billed_average_w(closed, months.month, months.peak_w)
    return average_w, (average_w * rate_ct + 500) // 1000


def billed_average_w(closed_months, month: int, running_peak_w) -> int:
    """Mean [W] of up to twelve month peaks, each counted as 2.5 kW at least.

    `closed_months` are rows (month, Unix time or None, W) as in `Reading.peak_history`; those that
    lie more than eleven months before `month` do not count, and those without a peak neither.
    `running_peak_w` is the peak of `month` so far, or None.
    """
    total_w = max(running_peak_w or 0, _LEAST_BILLED_W)
    months = 1
    for row in closed_months:
        if month - _MONTHS_BILLED < row[0] < month and not _is_placeholder(row):
            total_w += max(row[2], _LEAST_BILLED_W)
            months += 1
    return total_w // months


def _is_placeholder(row):
    """Whether a meter wrote a row for a month in which it was not yet there."""
    month, at_s, peak_w = row
    return not peak_w and (at_s is None or month_of(at_s - 1) != month)


def pack(meter_id: str, months) -> str:
    """The own peaks of `months` (a `months.Months`) as a text to keep.

    `<meter>;<month> <W> <time>;...`, the running month last. At most some 250 characters.
    """
    rows = [f"{month} {peak_w}" for month, _, peak_w in months.closed[-_MONTHS_BILLED:]]
    if months.month is not None and months.own_peak_w is not None:
        rows.append(f"{months.month} {months.own_peak_w} {months.own_peak_at_s}")
    return ";".join([(meter_id or "").replace(";", " ")] + rows)


def unpack(text: str, meter_id: str, months) -> bool:
    """Put what `pack` made back into `months`; False when it is of another meter or no such text.

    To be called when the running month is known.
    """
    kept_id, *rows = text.split(";")
    if kept_id != (meter_id or "").replace(";", " ") or months.month is None:
        return False
    closed = []
    try:
        for row in rows:
            numbers = [int(part) for part in row.split(" ")]
            if numbers[0] < months.month:
                at_s = numbers[2] if len(numbers) > 2 else None
                closed.append((numbers[0], at_s, max(numbers[1], 1)))
            elif numbers[0] == months.month and numbers[1] > (months.own_peak_w or 0):
                months.own_peak_w, months.own_peak_at_s = numbers[1], numbers[2]
    except (ValueError, IndexError):
        return False
    months.closed = tuple(closed[-_MONTHS_BILLED:])
    return True
