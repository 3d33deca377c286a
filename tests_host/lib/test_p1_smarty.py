"""Encrypted telegrams of Luxembourg: the frame of the vectors, and frames made here."""

import struct
from binascii import unhexlify

from p1_rig import aes, drain, fed, telegram, text_of, vector

from p1 import gcm
from p1.decode import decode
from p1.framer import CRC_ERROR, WAIT
from p1.reading import Reading
from p1.smarty import NO_KEY, WRONG_KEY, SmartyFramer

_KEY = unhexlify("D491470F47126332B07D1923B3504188")
_FIXED = unhexlify("3000112233445566778899AABBCCDDEEFF")
_FRAME = vector("lu_enc_smarty_openhab.bin")
_PLAIN = text_of(vector("lu_enc_smarty_openhab.plain.txt"))


def _frame(text, counter=1, key=_KEY):
    encrypt = aes(key)
    title = b"SAGgp\x01\xbdT"
    iv = title + struct.pack(">I", counter)
    sealed = bytearray(text)
    gcm.decrypt(encrypt, iv, sealed, 0, len(sealed))  # counter mode is its own inverse
    ghash = gcm.Ghash(gcm.hash_key(encrypt))
    ghash.update(_FIXED, 0, len(_FIXED))
    ghash.update(sealed, 0, len(sealed))
    ghash.update(gcm.lengths_block(len(_FIXED), len(sealed)), 0, 16)
    tag = gcm.tag(encrypt, iv, ghash.digest())[:12]
    head = b"\xdb\x08" + title + b"\x82" + struct.pack(">H", 17 + len(sealed)) + b"\x30"
    return head + struct.pack(">I", counter) + sealed + tag


_GOOD = telegram()
_GOOD_TEXT = text_of(_GOOD)
_SMALL = _frame(_GOOD)


def _framer(key=_KEY):
    return SmartyFramer(aes(key) if key else None)


def _results(stream, size=256, framer=None):
    framer = framer or _framer()
    results = fed(framer, stream, size)
    drain(framer, results, framer.flush)
    return results


def test_frame_of_a_real_meter():
    framer = _framer()
    assert _results(_FRAME, framer=framer) == [_PLAIN]
    assert framer.crc_errors == 1  # the suite changed the text after the CRC was made
    reading = Reading()
    assert decode(_PLAIN, len(_PLAIN), reading) is None
    assert (reading.import_wh, reading.export_wh, reading.limiter_w) == (6695, 25, 77376)
    assert reading.time_s == 1517304082


def test_any_pieces():
    for size in (1, 7, 100):
        assert _results(_SMALL, size) == [_GOOD_TEXT], size


def test_frames_one_after_the_other():
    framer = _framer()
    assert fed(framer, _SMALL + _frame(_GOOD, 2) + _FRAME) == [_GOOD_TEXT, _GOOD_TEXT, _PLAIN]
    assert (framer.telegrams, framer.noise_bytes) == (3, 0)


def test_noise_between_frames():
    framer = _framer()
    noise = b"\x00\xff\xdb\xdb\x08\x01\r\n"
    assert fed(framer, noise + _SMALL + noise + _SMALL) == [_GOOD_TEXT, _GOOD_TEXT]
    assert framer.noise_bytes == 12


def test_wrong_key():
    framer = _framer(bytes(16))
    assert _results(_SMALL, framer=framer) == [WRONG_KEY]
    assert framer.wrong_keys == 1


def test_no_key():
    assert _results(_SMALL + _SMALL, framer=_framer(None)) == [NO_KEY, NO_KEY]


def test_every_damaged_byte_is_noticed_and_the_next_frame_found():
    for i in range(0, len(_SMALL), 3):
        bad = bytearray(_SMALL)
        bad[i] ^= 0x11
        results = _results(bytes(bad) + _SMALL)
        assert results[-1:] == [_GOOD_TEXT], i
        assert _GOOD_TEXT not in results[:-1], i


def test_frame_cut_off_then_the_next():
    for cut in range(1, len(_SMALL), 7):
        assert _results(_SMALL[:cut] + _SMALL)[-1:] == [_GOOD_TEXT], cut


def test_silence_ends_a_frame_whose_length_was_damaged():
    framer = _framer()
    longer = bytearray(_SMALL)
    longer[11] = 0x0A
    assert fed(framer, bytes(longer) + _SMALL, now_ms=0) == []
    assert framer.idle(499) == WAIT
    results = []
    drain(framer, results, lambda: framer.idle(500))
    assert results == [_GOOD_TEXT]


def test_frame_that_holds_no_telegram():
    for text in (b"nothing of the kind", b"nothing!1234", b"/no end"):
        framer = _framer()
        assert _results(_frame(text), framer=framer) == [CRC_ERROR], text
        assert framer.crc_errors == 1


def test_text_whose_crc_differs_is_counted_though_the_tag_proves_it():
    framer = _framer()
    for text in (_GOOD, _GOOD[:-6] + b"0000\r\n", _GOOD_TEXT, _GOOD_TEXT + b"XXXX"):
        assert _results(_frame(text), framer=framer) == [_GOOD_TEXT]
    assert framer.crc_errors == 3


def test_frame_longer_than_the_buffer_is_skipped():
    framer = SmartyFramer(aes(_KEY), 600)
    assert _results(_frame(_GOOD * 3) + _SMALL, framer=framer)[-1:] == [_GOOD_TEXT]


def test_feeding_more_than_the_window_is_a_wrong_program():
    try:
        _framer().feed(bytes(300), 300, 0)
    except ValueError as error:
        assert str(error) == "n"
    else:
        raise AssertionError("took 300 bytes")
