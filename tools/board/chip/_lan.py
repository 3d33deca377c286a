"""Stand-in for `network.LAN`; there is no cable in it."""

import _world


class LAN:
    """The Ethernet port."""

    def __init__(self, id=0, **pins):
        """See `network.LAN`."""
        self._active = False
        self._address = ("0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0")

    def active(self, on=None):
        """Get or set whether the interface is up."""
        if on is not None:
            self._active = bool(on)
        return self._active

    def isconnected(self):
        """Whether there is a link and an address."""
        return False

    def ifconfig(self, given=None):
        """Get or set (address, mask, gateway, name server)."""
        if given is None:
            return self._address
        self._address = tuple(given)

    def status(self):
        """State of the link."""
        return 4 if self._active else 2  # ETH_DISCONNECTED, ETH_STOPPED

    def config(self, *names, **values):
        """Get the MAC, which is the chip's base address plus three."""
        mac = bytearray(int(part, 16) for part in _world.given()["mac"].split(":"))
        mac[5] = (mac[5] + 3) & 0xFF
        return bytes(mac)
