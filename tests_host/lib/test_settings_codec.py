"""Settings as bytes: whole or refused, and lifted from older versions."""

from settings.codec import FILE_MAX, decode, encode
from settings.migrate import migrate, rename

_VALUES = {"control.desired_peak_w": 3000, "site.name": "Café", "control.enabled": False}

# The CRC was found with gzip: `printf %s BODY | gzip -c | tail -c8 | head -c4`, low byte first.
_FILE = b'{"version":1,"sequence":7,"values":{"a.b":5}}\ncrc32:70934758\n'


def test_a_file_made_elsewhere_is_read():
    assert decode(_FILE) == (None, 1, 7, {"a.b": 5})


def test_what_was_encoded_is_decoded():
    assert decode(encode(3, 12, _VALUES)) == (None, 3, 12, _VALUES)
    assert decode(encode(1, 0, {})) == (None, 1, 0, {})


def test_a_file_cut_at_any_byte_is_refused():
    raw = encode(1, 5, _VALUES)
    for length in range(len(raw)):
        code, _, _, values = decode(raw[:length])
        assert values is None, length
        assert code == ("file_empty" if length == 0 else "file_torn"), (length, code)


def test_a_flipped_bit_anywhere_is_refused():
    raw = bytearray(encode(1, 5, _VALUES))
    for position in range(len(raw)):
        for bit in range(8):
            raw[position] ^= 1 << bit
            assert decode(bytes(raw))[3] is None, (position, bit)
            raw[position] ^= 1 << bit
    assert decode(bytes(raw))[0] is None


def _sealed(body):
    """A file with a right CRC around any body."""
    from binascii import crc32

    return body + f"\ncrc32:{crc32(body) & 0xFFFFFFFF:08x}\n".encode()


def test_whole_files_that_are_not_ours_are_refused():
    for body, code in (
        (b"", "file_torn"),
        (b"x", "file_json"),
        (b"{", "file_json"),
        (b'{"version":1,"sequence":7,"values":{"a":"\xff"}}', "file_json"),
        (b"[" * 200, "file_json"),
        (b"[]", "file_shape"),
        (b"7", "file_shape"),
        (b'{"version":1,"sequence":7}', "file_shape"),
        (b'{"version":1,"sequence":7,"values":[]}', "file_shape"),
        (b'{"version":"1","sequence":7,"values":{}}', "file_shape"),
        (b'{"version":1,"sequence":true,"values":{}}', "file_shape"),
        (b'{"version":1,"sequence":-1,"values":{}}', "file_shape"),
        (b'{"version":1,"sequence":1.5,"values":{}}', "file_shape"),
        (b'{"version":1,"sequence":99999999999,"values":{}}', "file_shape"),
    ):
        assert decode(_sealed(body))[0] == code, body[:40]


def test_a_file_of_another_kind_is_refused():
    for raw, code in (
        (b"\x00" * 4096, "file_torn"),
        (b"\xff" * 64, "file_torn"),
        (b'{"version":1,"sequence":7,"values":{"a.b":5}}', "file_torn"),
        (b'{"version":1,"sequence":7,"values":{"a.b":6}}\ncrc32:70934758\n', "file_crc"),
        (b" " * (FILE_MAX + 1), "file_size"),
    ):
        assert decode(raw)[0] == code, raw[:40]


def _split(values):
    rename(values, "old.name", "new.name")


def _add(values):
    values.setdefault("new.more", 1)


_STEPS = ((2, _split), (3, _add))


def test_steps_above_the_version_are_applied():
    for version, before, after in (
        (1, {"old.name": 5}, {"new.name": 5, "new.more": 1}),
        (2, {"old.name": 5}, {"old.name": 5, "new.more": 1}),
        (3, {"old.name": 5}, {"old.name": 5}),
        (9, {"old.name": 5}, {"old.name": 5}),
    ):
        assert migrate(version, before, _STEPS) == after, version


def test_a_step_does_not_undo_its_own_work():
    once = migrate(1, {"old.name": 5, "new.more": 3}, _STEPS)
    assert migrate(1, dict(once), _STEPS) == once == {"new.name": 5, "new.more": 3}
    assert migrate(1, {"old.name": 4, "new.name": 6}, _STEPS)["new.name"] == 6


def test_version_1_needs_no_step():
    assert migrate(1, {"a": 1}) == {"a": 1}
