"""Each family of the catalogue against docs/add-an-inverter.md."""

import pytest

from inverter import catalogue
from inverter.profile import Block
from inverter.record import InverterState

FAMILIES = sorted({model[catalogue.FAMILY] for model in catalogue.models()})
WIDTHS = (1, 1, 2, 2, 2, 2, 2, 2)  # registers, by kind


@pytest.fixture(params=FAMILIES)
def driver(request):
    return catalogue.driver(request.param)


def blocks_of(driver):
    return (driver.LAST, *driver.FAST, *driver.SLOW)


def commanded(driver):
    if not hasattr(driver, "command"):
        pytest.skip("read-only")
    return driver


def record_of():
    record = InverterState()
    record.rated_w = record.max_charge_w = record.max_discharge_w = 3000
    record.battery_dv = 4000
    return record


def words_of(writes):
    for function, address, words in writes:
        assert function in (0x06, 0x10, 0x42, 0x49)
        assert all(0 <= word <= 0xFFFF for word in words)
        assert function == 0x10 or len(words) == 1
        yield function, address, len(words)


def test_what_is_read(driver):
    assert driver.GAP_MS >= 0
    for function, address, count in driver.IDENTITY:
        assert function in (3, 4) and 0 < count <= 125 and address + count <= 0x10000
    for page, register in driver.NEEDED:
        assert page <= register < page + 64
        assert driver.is_served(b"\xff" * 8, register)


def test_blocks_hold_their_rows_and_the_record_their_fields(driver):
    record = InverterState()
    for block in blocks_of(driver):
        assert isinstance(block, Block)
        assert block.function in (3, 4) and 0 < block.count <= 125 and block.period_ms >= 1000
        assert hasattr(record, block.stamp)
        for register, kind, factor, field, lowest, highest in block.rows:
            assert factor and lowest < highest and hasattr(record, field), field
            assert block.address <= register
            assert register + WIDTHS[kind & 7] <= block.address + block.count, field


def test_blocks_differ_in_length(driver):
    shapes = [(block.function, block.count) for block in blocks_of(driver)]
    assert len(set(shapes)) == len(shapes)


def test_stamps_are_each_of_one_block(driver):
    stamps = [block.stamp for block in blocks_of(driver)]
    assert len(set(stamps)) == len(stamps)


def test_answers_of_all_kinds_are_digested(driver):
    for fill in (b"\x00", b"\xff", b"\x80", b"\x7f"):
        record = record_of()
        for i, (_, _, count) in enumerate(driver.IDENTITY):
            driver.identify(i, fill * 2 * count, record)
        for block in blocks_of(driver):
            driver.derive(block, fill * 2 * block.count, record)
        driver.limits(record)


def test_commands_stay_within_what_may_be_written(driver):
    commanded(driver)
    for battery_w in (-3000, -1, 0, 1, 3000):
        writes = list(words_of(driver.command(battery_w, record_of())))
        assert writes
        for write in writes:
            assert write in driver.WRITABLE
    for mode in (None, getattr(driver, "HOME_MODE", None)):
        for write in words_of(driver.hand_back(mode, record_of())):
            assert write in driver.WRITABLE
    for write in words_of(driver.KEEP_ALIVE):
        assert write in driver.WRITABLE
    with pytest.raises(ValueError, match="battery_w"):
        driver.command(1 << 30, record_of())


def test_what_is_stored_is_among_what_may_be_written(driver):
    commanded(driver)
    assert set(driver.STORED) <= {address for _, address, _ in driver.WRITABLE}


def test_stored_setpoints_are_not_refreshed(driver):
    commanded(driver)
    stored = [a for _, a, _ in driver.command(100, record_of()) if a in driver.STORED]
    assert not stored or (driver.REFRESH_MS == 0 and driver.STEP_W > 0)


def test_guards(driver):
    commanded(driver)
    assert driver.DEADMAN_S is None or driver.DEADMAN_S >= 0
    if driver.DEADMAN_S is None:
        assert set(driver.ACTIONS) == {"standby", "previous_mode"}
        assert driver.READ_BACK in blocks_of(driver)
        for action in driver.ACTIONS.values():
            for write in words_of(driver.arm(30, action)):
                assert write in driver.WRITABLE
    elif driver.DEADMAN_S:
        fresh_ms = 9000 if driver.KEEP_ALIVE else driver.REFRESH_MS
        assert 0 < 2 * fresh_ms < driver.DEADMAN_S * 1000


def test_modes(driver):
    commanded(driver)
    if driver.OBEYING:
        assert driver.MODE in blocks_of(driver)
        assert driver.HOME_MODE not in driver.OBEYING
        for write in words_of(driver.take(record_of())):
            assert write in driver.WRITABLE
    assert not hasattr(driver, "STATUS") or driver.STATUS in blocks_of(driver)
    assert isinstance(driver.FAULT_STATES, tuple)
