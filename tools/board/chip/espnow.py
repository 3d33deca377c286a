"""Stand-in for `espnow` of the ESP32 port: peers and limits, but no air to hear anything."""

MAX_DATA_LEN = 250  # ESP-NOW 1.0; newer builds allow more between themselves
KEY_LEN, ADDR_LEN = 16, 6
MAX_TOTAL_PEER_NUM, MAX_ENCRYPT_PEER_NUM = 20, 6


class ESPNow:
    """One radio's ESP-NOW."""

    def __init__(self):
        """Start inactive and without peers."""
        self._active = False
        self._peers = {}

    def active(self, on=None):
        """Get or set whether frames can pass."""
        if on is not None:
            self._active = bool(on)
        return self._active

    def config(self, *names, **values):
        """Accept receive buffer, timeout and rate."""

    def add_peer(self, mac, lmk=None, *more, **named):
        """Register the receiver of frames; 20 at most."""
        self._need_active()
        if len(mac) != ADDR_LEN or (lmk is not None and len(lmk) != KEY_LEN):
            raise ValueError("ESPNow: bytes or bytearray wrong length")
        if mac in self._peers:
            raise OSError(-12395, "ESP_ERR_ESPNOW_EXIST")
        if len(self._peers) >= MAX_TOTAL_PEER_NUM:
            raise OSError(-12392, "ESP_ERR_ESPNOW_FULL")
        self._peers[bytes(mac)] = lmk

    def del_peer(self, mac):
        """Forget a receiver."""
        if self._peers.pop(bytes(mac), 0) == 0:
            raise OSError(-12393, "ESP_ERR_ESPNOW_NOT_FOUND")

    def get_peers(self):
        """The peers as tuples (mac, key, channel, interface, encrypt)."""
        return tuple((mac, key, 0, 0, key is not None) for mac, key in self._peers.items())

    def send(self, mac, message=None, sync=True):
        """Send one frame; True when the peer took it, which without air it never does."""
        self._need_active()
        if len(message) > MAX_DATA_LEN:
            raise ValueError("ESPNow: bytes or bytearray wrong length")
        if mac not in self._peers:
            raise OSError(-12393, "ESP_ERR_ESPNOW_NOT_FOUND")
        return not sync

    def any(self):
        """Whether a frame waits."""
        return False

    def irecv(self, timeout_ms=0):
        """The next frame, or (None, None)."""
        return None, None

    def stats(self):
        """Packets sent, answered, unanswered, received, dropped."""
        return 0, 0, 0, 0, 0

    def _need_active(self):
        if not self._active:
            raise OSError(-12389, "ESP_ERR_ESPNOW_NOT_INIT")
