"""Stand-in for `network` of the ESP32 port: access point, station, Ethernet.

There is no air yet: an access point is up and nobody joins, a station finds no network, an
Ethernet port has no cable. Constants and limits are those of the chip.
"""

import _world

STA_IF, AP_IF = 0, 1

#: The other constants as text: names in a module's dictionary would cost the board heap.
_CONSTANTS = (
    "AUTH_OPEN=0 AUTH_WEP=1 AUTH_WPA_PSK=2 AUTH_WPA2_PSK=3 AUTH_WPA_WPA2_PSK=4 "
    "AUTH_WPA2_ENTERPRISE=5 AUTH_WPA3_PSK=6 AUTH_WPA2_WPA3_PSK=7 "
    "MODE_11B=1 MODE_11G=2 MODE_11N=4 MODE_LR=8 "
    "STAT_IDLE=1000 STAT_CONNECTING=1001 STAT_GOT_IP=1010 STAT_BEACON_TIMEOUT=200 "
    "STAT_NO_AP_FOUND=201 STAT_WRONG_PASSWORD=202 STAT_ASSOC_FAIL=203 "
    "STAT_HANDSHAKE_TIMEOUT=204 "
    "PHY_LAN8710=0 PHY_LAN8720=1 PHY_IP101=2 PHY_RTL8201=3 PHY_DP83848=4 "
    "ETH_INITIALIZED=0 ETH_STARTED=1 ETH_STOPPED=2 ETH_CONNECTED=3 ETH_DISCONNECTED=4 "
    "ETH_GOT_IP=5 "
)
_MAX_STATIONS = 10  # ESP_WIFI_MAX_CONN_NUM of a stock build
_NO_ADDRESS = ("0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0")
_AP_ADDRESS = ("192.168.4.1", "255.255.255.0", "192.168.4.1", "0.0.0.0")
_hostname = "mpy-esp32"
_country = "XX"


def __getattr__(name):
    start = _CONSTANTS.find(" " + name + "=")
    if start < 0 and not _CONSTANTS.startswith(name + "="):
        raise AttributeError(name)
    start += len(name) + 2
    return int(_CONSTANTS[start : _CONSTANTS.find(" ", start)])


def hostname(name=None):
    """Get or set the name that the board gives on the network, 32 characters at most."""
    global _hostname
    if name is None:
        return _hostname
    if len(name) > 32:
        raise ValueError("hostname too long")
    _hostname = name


def country(code=None):
    """Get or set the two-letter country code."""
    global _country
    if code is None:
        return _country
    if len(code) != 2:
        raise ValueError("country code must be two letters")
    _country = code


class _Interface:
    """What radio and Ethernet have in common."""

    def __init__(self):
        self._active = False
        self._address = _NO_ADDRESS

    def active(self, on=None):
        """Get or set whether the interface is up."""
        if on is None:
            return self._active
        self._active = bool(on)
        self._changed()
        return self._active

    def _changed(self):
        pass

    def isconnected(self):
        """Whether there is a link and an address."""
        return False

    def ifconfig(self, given=None):
        """Get or set (address, mask, gateway, name server)."""
        if given is None:
            return self._address
        self._address = tuple(given)


class WLAN(_Interface):
    """The radio as access point or as station; one object each."""

    IF_STA, IF_AP = 0, 1
    SEC_OPEN, SEC_WEP, SEC_WPA, SEC_WPA2, SEC_WPA_WPA2, SEC_WPA3 = 0, 1, 2, 3, 4, 6
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2
    _made = {}

    def __new__(cls, interface=STA_IF):
        """Return the one object of `interface`."""
        if interface not in (STA_IF, AP_IF):
            raise ValueError("invalid WLAN interface identifier")
        if interface not in cls._made:
            cls._made[interface] = super().__new__(cls)
        return cls._made[interface]

    def __init__(self, interface=STA_IF):
        """Take the chip's defaults, once."""
        if hasattr(self, "_settings"):
            return
        super().__init__()
        self._is_ap = interface == AP_IF
        tail = _world.config["mac"].replace(":", "")[-6:]
        ssid = "ESP_" + tail.upper() if self._is_ap else ""
        self._settings = {"ssid": ssid, "security": 0, "channel": 1, "hidden": False}
        self._settings.update({"max_clients": _MAX_STATIONS, "pm": 1, "txpower": 20})
        self._settings.update({"protocol": 7, "reconnects": -1})
        self._key = ""

    def config(self, *names, **values):
        """Get one setting by name, or set some. A password can be set, never read."""
        if names:
            name = _ALIASES.get(names[0], names[0])
            if name == "mac":
                return self._mac()
            if name not in self._settings:
                raise ValueError("unknown config param")
            return self._settings[name]
        for name, value in values.items():
            self._set(_ALIASES.get(name, name), value)
        self._changed()

    def _set(self, name, value):
        if name == "key":
            if not 8 <= len(value) <= 63:
                raise OSError("Wifi Invalid Argument")
            self._key = value
            return
        if name not in self._settings:
            raise ValueError("unknown config param")
        if name == "ssid" and not 1 <= len(value) <= 32:
            raise OSError("Wifi Invalid Argument")
        if name == "channel" and not 1 <= value <= 13:
            raise OSError("Wifi Invalid Argument")
        if name == "max_clients" and not 1 <= value <= _MAX_STATIONS:
            raise OSError("Wifi Invalid Argument")
        self._settings[name] = value

    def _mac(self):
        mac = bytearray(int(part, 16) for part in _world.config["mac"].split(":"))
        mac[5] = (mac[5] + self._is_ap) & 0xFF  # the access point's own is the next one
        return bytes(mac)

    def _changed(self):
        if not self._is_ap:
            return
        self._address = _AP_ADDRESS if self._active else _NO_ADDRESS
        if self._active:
            ssid, security = self._settings["ssid"], self._settings["security"]
            _world.tell(f"ap {ssid} {security} {self._key}")
        else:
            _world.tell("ap")

    def status(self, name=None):
        """State of the link; `stations` lists who joined the access point."""
        if name == "stations":
            return []
        if name is not None:
            raise ValueError("unknown status param")
        return 1000  # STAT_IDLE

    def connect(self, ssid=None, key=None, **more):
        """Look for a network as a station."""
        if not self._active:
            raise OSError("Wifi Internal State Error")

    def disconnect(self):
        """Leave the network."""

    def scan(self):
        """Networks in reach."""
        return []


class LAN(_Interface):
    """The Ethernet port."""

    def __init__(self, id=0, **pins):
        """See `network.LAN`."""
        super().__init__()

    def status(self):
        """State of the link."""
        return 4 if self._active else 2  # ETH_DISCONNECTED, ETH_STOPPED

    def config(self, *names, **values):
        """Get the MAC, which is the chip's base address plus three."""
        mac = bytearray(int(part, 16) for part in _world.config["mac"].split(":"))
        mac[5] = (mac[5] + 3) & 0xFF
        return bytes(mac)


_ALIASES = {"essid": "ssid", "password": "key", "authmode": "security"}
