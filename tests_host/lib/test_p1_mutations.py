"""Damaged telegrams: never one with a wrong CRC, and always the good one behind it."""

import p1_mutations


def test_damaged_telegrams_before_good_ones():
    accepted = p1_mutations.run(seed=1, count=600)
    assert accepted < 300  # those whose damage lies outside, or that have no CRC
