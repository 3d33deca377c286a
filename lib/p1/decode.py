"""One telegram to a Reading: one pass over the buffer, allocating only for what has changed.

The telegram has to be complete and checked (framer.py). Whatever its lines hold, nothing raises:
an object that cannot be read is absent.
"""

from p1 import fluids
from p1.template import EMPTY


def decode(buf, length: int, reading, lend=None) -> "str | None":
    """Fill `reading` from the telegram `buf[:length]`, which begins with "/" and ends with "!".

    For a telegram of another structure more code is loaded: `lend(name)` is called before each
    such module, when the one before is needed no more.
    Returns None, or why the telegram is refused (DUPLICATE or EMPTY of template.py): then
    `reading` is empty.
    """
    template = reading.template
    if not template.fill(buf, length, reading):
        _learn(template, buf, length, lend)
        if template.fault:
            reading.clear()
            return template.fault
    if reading.generation != template.generation:
        reading.clear()
        reading.generation = template.generation
        template.fill(buf, length, reading)
        reading.header = template.header
        reading.news = -1
    if reading.news != template.news:
        reading.news = template.news
        reading.clear_rest()
        template.give_rest(reading)
        fluids.assign(reading)
    _conclude(reading)
    return None


def _learn(template, buf, length, lend):
    """Take a telegram of another structure apart; that needs more code, for the moment."""
    if buf[length - 1] != 33:  # !
        template.forget(EMPTY)
        return
    if lend:
        lend("p1.obis")
    from p1.obis import survey

    known_lines = survey(buf, length)
    survey = None
    if lend:
        lend("p1.learn")
    from p1.learn import learn

    learn(template, buf, length, known_lines)


def _conclude(reading):
    """Fields that follow from others."""
    if reading.import_w is not None and reading.export_w is not None:
        reading.grid_w = reading.import_w - reading.export_w
    if not reading.template.has_import:
        reading.import_wh = _total(
            reading.import_t1_wh,
            reading.import_t2_wh,
            reading.import_t3_wh,
            reading.import_t4_wh,
            reading.import_t5_wh,
        )
    if not reading.template.has_export:
        reading.export_wh = _total(
            reading.export_t1_wh,
            reading.export_t2_wh,
            reading.export_t3_wh,
            reading.export_t4_wh,
            reading.export_t5_wh,
        )


def _total(t1, t2, t3, t4, t5):
    if t1 is None:
        return None
    return t1 + (t2 or 0) + (t3 or 0) + (t4 or 0) + (t5 or 0)
