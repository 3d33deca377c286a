"""Stand-in for `esp32`: the little that the firmware asks of it."""

HEAP_EXEC, HEAP_DATA = 1, 4


def idf_heap_info(capabilities):
    """Regions of the system's own heap: (total, free, largest free block, least free ever)."""
    return [(113840, 60000, 31744, 55000)]


def raw_temperature():
    """The chip's temperature in degrees Fahrenheit."""
    return 128
