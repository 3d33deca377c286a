"""How batteries share a set-point, on CPython and MicroPython; properties: test_bus_devices."""

from inverter.share import mean_soc_pct, split


def test_shares_that_are_known():
    full, empty = (10000, 80, 3000, 3000), (10000, 20, 3000, 3000)
    assert split(0, [full, empty]) == [0, 0]
    assert split(700, [full]) == [700]
    assert split(9000, [full, empty]) == [3000, 3000]
    assert split(1, [full, empty]) == [1, 0]
    assert split(-1, [full, empty]) == [0, -1]
    gives = split(1000, [full, empty])
    assert gives == [938, 62]
    assert split(-1000, [full, empty]) == [-62, -938]
    assert split(1000, [(10000, 50, 0, 0), empty]) == [0, 1000]
    assert mean_soc_pct([full, (30000, 40, 1, 1)]) == 50
    assert mean_soc_pct([full, (30000, None, 1, 1)]) is None


def test_nothing_to_share_and_nobody_to_share_with():
    assert split(500, []) == []
    assert split(500, [(10000, 50, 0, 0)]) == [0]
    assert split(-500, [(10000, None, 300, 0), (0, 0, 900, 0)])[0] < 0
    assert mean_soc_pct([]) is None


def test_large_batteries_do_not_overflow():
    big = (200000, 100, 20000, 20000)
    assert split(40000, [big, big]) == [20000, 20000]
    assert sum(split(-39999, [big, big])) == -39999
