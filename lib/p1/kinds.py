"""How the values of a telegram are written; the table of objects and the readers share these."""

from micropython import const

#: M-Bus channels of a meter.
CHANNELS = 4
#: Of a value that belongs to none of them.
NO_CHANNEL = const(15)

# How a value is written. 0 to 3: a number, kept as an integer with so many decimals of the unit
# that the object has in kilo (kWh -> Wh has 3), in m3, GJ (3), V (1), A (2) or none (0).
TEXT = const(4)  # (hexadecimal ASCII), or plain text
VERSION = const(5)  # (digits), or hexadecimal ASCII of at least three characters
CLOCK = const(6)  # (time)
PEAK = const(7)  # (time)(value), or (value)(time)
HISTORY = const(8)  # (n)(code)(code) and n times (time)(time)(value)
METERED = const(9)  # (time)(value)
METERED_OLD = const(10)  # (time)(..)(..)(..)(code)(unit)(value), the value often on its own line
TARIFF = const(11)  # (0001), or (TARIFF 1)
#: An object that stands in no table.
UNKNOWN = const(255)
