"""Many more damaged telegrams than fit into a quick test."""

import sys

import pytest

from tools.mpytest import ROOT

sys.path.append(str(ROOT / "tests_host" / "lib"))

import p1_mutations


@pytest.mark.parametrize("seed", range(4))
def test_three_thousand_damaged_telegrams(seed):
    p1_mutations.run(seed=1000 + seed, count=750)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40))
def test_two_hundred_thousand_damaged_telegrams(seed):
    p1_mutations.run(seed=seed, count=5000)
