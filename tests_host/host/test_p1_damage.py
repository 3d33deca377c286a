"""Many more damaged telegrams than fit into a quick test."""

import sys

import pytest

from tools.mpytest import ROOT
from tools.p1.cipher import aes_blocks

sys.path.append(str(ROOT / "tests_host" / "lib"))

import p1_mutations
from p1_rig import text_of, vector

_KEY = bytes.fromhex("D491470F47126332B07D1923B3504188")


def _sealed(seed, count):
    text = text_of(vector("lu_enc_smarty_openhab.plain.txt"))
    frames = [(vector("lu_enc_smarty_openhab.bin"), text)]
    p1_mutations.run_sealed(seed, count, frames, aes_blocks(_KEY))


@pytest.mark.parametrize("seed", range(4))
def test_three_thousand_damaged_telegrams(seed):
    p1_mutations.run(seed=1000 + seed, count=750)


def test_two_hundred_damaged_frames():
    _sealed(1000, 200)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40))
def test_two_hundred_thousand_damaged_telegrams(seed):
    p1_mutations.run(seed=seed, count=5000)


@pytest.mark.soak
def test_ten_thousand_damaged_frames():
    _sealed(0, 10_000)
