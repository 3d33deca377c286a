"""How several batteries share one set-point: by capacity and state of charge, within limits.

The fuller battery discharges more and charges less, so that they come together; all of them work
in the same direction, so that none charges another. Pure.
"""


def split(total_w: int, batteries: list) -> list:
    """Share `total_w` (discharge +) out; one power [W] for each of `batteries`.

    A battery is (capacity [Wh], SoC [%] or None, most charge [W], most discharge [W]). The shares
    have the sign of `total_w` and add up to it, or to all that the batteries can do.
    """
    shares = [0] * len(batteries)
    left_w, sign = abs(total_w), -1 if total_w < 0 else 1
    rooms = [max(0, battery[2 if sign < 0 else 3]) for battery in batteries]
    weights = [_weight(battery, sign) for battery in batteries]
    while left_w > 0:
        open_ones = [i for i in range(len(batteries)) if shares[i] < rooms[i]]
        if not open_ones:
            break
        weight = sum([weights[i] for i in open_ones])
        given_w = 0
        for i in open_ones:
            share_w = min(left_w * weights[i] // weight, rooms[i] - shares[i])
            shares[i] += share_w
            given_w += share_w
        if not given_w:  # what is left is less than one watt each
            best = max(open_ones, key=lambda i: weights[i])
            given_w = min(left_w, rooms[best] - shares[best])
            shares[best] += given_w
        left_w -= given_w
    return [sign * share_w for share_w in shares]


def _weight(battery: tuple, sign: int) -> int:
    """How much a battery has to give, or to take; squared, so that unequal ones come together."""
    soc_pct = 50 if battery[1] is None else battery[1]
    part = 1 + (soc_pct if sign > 0 else 100 - soc_pct)
    return max(1, battery[0] // 100) * part * part


def mean_soc_pct(batteries: list) -> "int | None":
    """State of charge of all together, by capacity; None when that of one is unknown."""
    total_wh = sum([battery[0] for battery in batteries])
    if not total_wh or None in [battery[1] for battery in batteries]:
        return None
    return sum([battery[0] * battery[1] for battery in batteries]) // total_wh
