"""Stand-in for `network` of the ESP32 port: access point, station, Ethernet.

There is no air yet: an access point is up and nobody joins, a station finds no network, an
Ethernet port has no cable. What it does lies in `_network.py` and `_lan.py`.
"""

import _world


def __getattr__(name):
    return _world.seldom("_network", "find")(name)


class WLAN:
    """The radio as access point or as station; what is set is common to all objects."""

    def __init__(self, interface=0):
        """See `network.WLAN`."""
        if interface not in (0, 1):
            raise ValueError("invalid WLAN interface identifier")
        self._interface = interface

    def __getattr__(self, name):
        """Find a method in `_network.py`."""
        function = _world.seldom("_network", name)
        return lambda *args, **named: function(self._interface, *args, **named)
