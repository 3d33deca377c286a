"""Gas, water and heat of a house, from the meters on its M-Bus channels.

What a channel measures says its medium (EN 13757-3), never its number. Of two meters for the same,
one is often the stale entry of a meter that was replaced.
"""

from micropython import const

_GAS = const(3)
_WATER = const(7)
_HEAT = (4, 12, 13)  # outlet, inlet, heat and cold


def assign(reading):
    """Set the gas, water and heat fields of `reading` from its channels."""
    gas = water = heat = None
    for channel in reading.channels:
        if channel.value is None:
            continue
        medium = channel.medium
        if medium == _GAS or (medium is None and channel.source == "24.2.3"):
            gas = _fresher(gas, channel)
        elif medium == _WATER:
            water = _fresher(water, channel)
        elif medium in _HEAT and channel.unit == "GJ":
            heat = _fresher(heat, channel)
    if gas:
        reading.gas_l, reading.gas_at_s = gas.value, gas.at_s
    if water:
        reading.water_l, reading.water_at_s = water.value, water.at_s
    if heat:
        reading.heat_mj, reading.heat_at_s = heat.value, heat.at_s


def _fresher(known, channel):
    """The one of two channels that counts: not zero, then the newer."""
    if known is None:
        return channel
    if (known.value == 0) != (channel.value == 0):
        return channel if known.value == 0 else known
    return channel if (channel.at_s or 0) > (known.at_s or 0) else known
