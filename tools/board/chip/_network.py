"""What `network` can do. Loaded for the moment, see `_world.seldom`.

Constants and limits are those of the chip. An interface is 0 for a station, 1 for the access
point.
"""

import _world

#: As text: names would stay in the board's tables.
_CONSTANTS = (
    " STA_IF=0 AP_IF=1 AUTH_OPEN=0 AUTH_WEP=1 AUTH_WPA_PSK=2 AUTH_WPA2_PSK=3 AUTH_WPA_WPA2_PSK=4 "
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
_ALIASES = {"essid": "ssid", "password": "key", "authmode": "security"}


def find(name):
    """A name of `network` that is not there."""
    if name == "LAN":
        return __import__("_lan").LAN
    start = _CONSTANTS.find(" " + name + "=")
    if start < 0:
        raise AttributeError(name)
    start += len(name) + 2
    return int(_CONSTANTS[start : _CONSTANTS.find(" ", start)])


def _state(interface):
    """What is set, the chip's defaults at first."""
    if interface not in _world.radio:
        tail = _world.given()["mac"].replace(":", "")[-6:]
        _world.radio[interface] = {
            "ssid": "ESP_" + tail.upper() if interface else "",
            "security": 0,
            "channel": 1,
            "hidden": False,
            "max_clients": _MAX_STATIONS,
            "pm": 1,
            "txpower": 20,
            "protocol": 7,
            "reconnects": -1,
            None: (False, _NO_ADDRESS, ""),  # whether it is up, its address, its password
        }
    return _world.radio[interface]


def active(interface, on=None):
    """Get or set whether the interface is up."""
    state = _state(interface)
    is_up, address, key = state[None]
    if on is None:
        return is_up
    if interface:
        address = _AP_ADDRESS if on else _NO_ADDRESS
    state[None] = (bool(on), address, key)
    _changed(interface, state)
    return bool(on)


def _changed(interface, state):
    if interface:
        is_up, _, key = state[None]
        _world.tell(f"ap {state['ssid']} {state['security']} {key}\n" if is_up else "ap\n")


def isconnected(interface):
    """Whether there is a link and an address."""
    return False


def ifconfig(interface, given=None):
    """Get or set (address, mask, gateway, name server)."""
    state = _state(interface)
    is_up, address, key = state[None]
    if given is None:
        return address
    state[None] = (is_up, tuple(given), key)


def config(interface, *names, **values):
    """Get one setting by name, or set some. A password can be set, never read."""
    state = _state(interface)
    if names:
        name = _ALIASES.get(names[0], names[0])
        if name == "mac":
            return _mac(interface)
        if name not in state:
            raise ValueError("unknown config param")
        return state[name]
    for name, value in values.items():
        _set(state, _ALIASES.get(name, name), value)
    _changed(interface, state)


def _set(state, name, value):
    if name == "key":
        if not 8 <= len(value) <= 63:
            raise OSError("Wifi Invalid Argument")
        state[None] = state[None][:2] + (value,)
        return
    if name not in state:
        raise ValueError("unknown config param")
    if name == "ssid" and not 1 <= len(value) <= 32:
        raise OSError("Wifi Invalid Argument")
    if name == "channel" and not 1 <= value <= 13:
        raise OSError("Wifi Invalid Argument")
    if name == "max_clients" and not 1 <= value <= _MAX_STATIONS:
        raise OSError("Wifi Invalid Argument")
    state[name] = value


def _mac(interface):
    mac = bytearray(int(part, 16) for part in _world.given()["mac"].split(":"))
    mac[5] = (mac[5] + interface) & 0xFF  # the access point's own is the next one
    return bytes(mac)


def status(interface, name=None):
    """State of the link; `stations` lists who joined the access point."""
    if name == "stations":
        return []
    if name is not None:
        raise ValueError("unknown status param")
    return 1000  # STAT_IDLE


def connect(interface, ssid=None, key=None, **more):
    """Look for a network as a station."""
    if not active(interface):
        raise OSError("Wifi Internal State Error")


def disconnect(interface):
    """Leave the network."""


def scan(interface):
    """Networks in reach."""
    return []
