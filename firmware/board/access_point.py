"""The board's own Wi-Fi network: WPA2, http://192.168.4.1, ten stations at most."""

import network

ADDRESS = "192.168.4.1"
_MAX_STATIONS = 10  # what a stock build allows


class AccessPoint:
    """The radio as access point."""

    def __init__(self, name: str, password: str):
        """Prepare the network `name`; nothing is sent yet."""
        self.name = name
        self._password = password
        self._wlan = network.WLAN(network.AP_IF)

    def start(self):
        """Bring the network up. Raises OSError when the radio refuses."""
        try:
            self._configure()  # first, so that no open network ever shows
        except OSError:
            pass  # builds that refuse settings while the radio is off
        self._wlan.active(True)
        if self._wlan.config("ssid") != self.name or not self._is_closed():
            self._configure()
        if self._wlan.ifconfig()[0] != ADDRESS:
            self._wlan.ifconfig((ADDRESS, "255.255.255.0", ADDRESS, ADDRESS))

    def stop(self):
        """Take the network down."""
        self._wlan.active(False)

    def active(self) -> bool:
        """Whether the network is up."""
        return self._wlan.active()

    def stations(self) -> int:
        """How many have joined."""
        if not self._wlan.active():
            return 0
        return len(self._wlan.status("stations"))  # type: ignore[arg-type] # a list; the stub errs

    def _configure(self):
        self._wlan.config(
            ssid=self.name,
            key=self._password,
            security=network.AUTH_WPA2_PSK,
            max_clients=_MAX_STATIONS,
        )

    def _is_closed(self) -> bool:
        return self._wlan.config("security") == network.AUTH_WPA2_PSK
