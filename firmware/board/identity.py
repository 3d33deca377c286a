"""Who a board is: its name, its role, and the password of its access point.

/identity.json is written when a board is provisioned: {"password", "pop", "role"}. A board
without a password makes one, once, and keeps it there. The password leaves this folder only
through the radio and, when the board made it itself, on the console.
"""

import json
import os

PATH = "/identity.json"
ROLES = ("jullix", "extender")
#: Letters and digits that are not taken for one another on a sticker.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 12


def identity(mac: bytes, path: str = PATH) -> tuple:
    """Return (name, role, password, whether the board made that itself).

    The file at `path` is written when the password had to be made.
    """
    name = "JULLIX_" + "".join([f"{byte:02X}" for byte in mac[-3:]])
    stored = _read(path)
    role = stored.get("role")
    if role not in ROLES:
        role = ROLES[0]
    if not is_password(stored.get("password")):
        stored["password"] = make_password(os.urandom)
        stored["made_by_board"] = True
        _write(path, stored)
    return name, role, stored["password"], stored.get("made_by_board") is True


def is_password(value) -> bool:
    """Whether `value` can be a WPA2 passphrase: 8 to 63 printable ASCII characters (802.11i)."""
    if not isinstance(value, str) or not 8 <= len(value) <= 63:
        return False
    return all(" " <= letter <= "~" for letter in value)


def make_password(random) -> str:
    """Twelve letters (59 bits) from `random(count) -> bytes`, each equally likely."""
    even = 256 // len(_LETTERS) * len(_LETTERS)
    password = ""
    while len(password) < _LENGTH:
        byte = random(1)[0]
        if byte < even:
            password += _LETTERS[byte % len(_LETTERS)]
    return password


def _read(path: str) -> dict:
    try:
        with open(path) as file:
            stored = json.load(file)
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _write(path: str, stored: dict):
    """Replace the file as a whole. On a full flash the password lasts until the next start."""
    try:
        with open(path + ".new", "w") as file:
            json.dump(stored, file)
        os.rename(path + ".new", path)
    except OSError:
        print("identity: not stored, the flash is full or broken")
