"""Damaged telegrams: never one with a wrong CRC, and always the good one behind it."""

from binascii import unhexlify

import p1_mutations
from p1_rig import aes, text_of, vector

_KEY = unhexlify("D491470F47126332B07D1923B3504188")
_FRAME = vector("lu_enc_smarty_openhab.bin")
_TEXT = text_of(vector("lu_enc_smarty_openhab.plain.txt"))


def test_damaged_telegrams_before_good_ones():
    accepted = p1_mutations.run(seed=1, count=600)
    assert accepted < 300  # those whose damage lies outside, or that have no CRC


def test_damaged_frames_of_a_meter_that_encrypts():
    accepted = p1_mutations.run_sealed(1, 60, [(_FRAME, _TEXT)], aes(_KEY))
    assert accepted < 30


def test_every_kind_of_damage_is_damage():
    telegrams = p1_mutations.sources()
    for damage in p1_mutations.KINDS:
        random = p1_mutations.Random(1)
        changed = [text for text in telegrams if damage(random, text) != text]
        assert len(changed) > len(telegrams) * 3 // 4, damage
