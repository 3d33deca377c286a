"""Registers of a SOFAR ESI 3K-S1 as tables: what it serves, starts with and lets be written.

Addresses and meanings follow the SOFAR Modbus protocol G3, V1.38; refusals are those recorded on a
real inverter of the family. The state is one consistent moment: discharging 1.20 kW at 57 %,
passive mode, grid at zero. Whether an ESI S1 serves exactly these registers is not proven.
"""

#: Address mask of each served page of 64 registers: the registers that this model claims to serve.
#: Word 0 covers base+30..3F, word 3 base+00..0F. None: the page is served without a mask.
PAGES = {
    0x0040: None,
    0x0400: (0x0003, 0xFFFF, 0xFFFF, 0xFFFF),
    0x0440: (0x0003, 0x0007, 0xFFFF, 0xFFEF),
    0x0480: (0x0000, 0xC000, 0x000C, 0xE17F),
    0x0500: (0x0000, 0x0000, 0x0001, 0x1CFF),
    0x0580: (0x0000, 0x0000, 0x0000, 0x03FF),
    0x05C0: (0x0000, 0x0000, 0x0000, 0x001F),
    0x0600: (0x0000, 0x0000, 0x0000, 0x07FF),
    0x0640: (0x0000, 0x0F80, 0x0000, 0x007F),
    0x0680: (0x0000, 0x0000, 0x0FFF, 0xFFFF),
    0x06C0: (0x0000, 0x2000, 0x0000, 0x000F),
    0x1000: (0x41FF, 0x63FE, 0x001E, 0xFFFF),
    0x1040: (0x0000, 0x0004, 0x0FFF, 0xFFFF),
    0x1100: (0x000F, 0xFFFF, 0xFFFF, 0x0FFF),
    0x1180: (0x0000, 0x03FF, 0xFFFF, 0xFFFF),
}

#: Addresses that refuse with "illegal function" where other unknown pages say "illegal address".
NO_FUNCTION = range(0x0A40, 0x1000)

CONFIG = 0x1000  # from here on settings, which may be read by the whole page
MOST_REALTIME = 60  # registers in one read below CONFIG
PAGE = 64

#: What the registers hold at first: (address, words). Live ones are overwritten.
START = (
    (0x0044, (0x0138,)),  # protocol version, BCD
    (0x0418, (0x0026,)),  # inside 38 C
    (0x041A, (0x0029,)),  # radiator 41 C
    (0x0420, (0x002C,)),  # module 44 C
    (0x042B, (0x04B0,)),  # insulation 1200 kohm
    (0x0445, (0x5348, 0x3130, 0x3235, 0x3030, 0x334B, 0x5830, 0x3030, 0x3030)),  # serial
    (0x044D, (0x5630, 0x3031)),  # hardware "V001"
    (0x044F, (0x3056, 0x3132, 0x3030, 0x3035)),  # COM software "0V120005"
    (0x0453, (0x3056, 0x3132, 0x3030, 0x3035)),  # master DSP
    (0x0457, (0x3056, 0x3132, 0x3030, 0x3035)),  # slave DSP
    (0x0470, (0x3030, 0x3031)),  # serial, characters 17-20
    (0x0484, (0x1388,)),  # 50.00 Hz
    (0x048D, (0x0910,)),  # L1 232.0 V
    (0x0491, (0x03E8,)),  # L1 power factor
    (0x04BD, (0x03E8,)),  # total power factor
    (0x0507, (0x1388,)),  # backup output 50.00 Hz
    (0x050A, (0x090C,)),  # backup output 231.6 V
    (0x0607, (0x0018,)),  # battery 24 C
    (0x0609, (0x0064,)),  # state of health
    (0x0669, (0x0064,)),
    (0x06ED, (0x001E,)),  # rated 3.0 kW
    (0x100B, (0x0001, 0x0001, 0x0000, 0x0000, 0x0000)),  # RS485: address, 9600, 1 stop, none
    (0x1029, (0x0001, 0x0000)),  # backup output on
    (
        0x1044,  # battery: input, address, protocol, voltages, currents, DOD, EOD, Ah, ...
        (0x0000, 0x0001, 0x000B, 0x1388, 0x0000, 0x0000, 0x01A4, 0x04E2)
        + (0x04E2, 0x0050, 0x0050, 0x0019, 0x0FA0, 0x0001, 0x000A, 0x0000),
    ),
    (0x105B, (0x0064,)),  # highest charge SoC
    (0x1060, (0x0002,)),  # grid power comes from the current transformer
    (0x1073, (0x0001,)),  # one battery input
    (0x1104, (1, 0, 1000, 1000, 0, 100, 100, 1, 0, 0)),  # remote: on, no limit
)

#: Registers that forget their value when power fails, with the value they start with.
VOLATILE = (
    (0x1104, (1, 0, 1000, 1000, 0, 100, 100, 1, 0, 0)),
    (0x1187, (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
)

#: Energies at the start: plant counter, address and value of "today" [10 Wh], of "total" [100 Wh].
ENERGIES = (
    ("pv", 0x0684, 742, 0x0686, 53214),
    ("load", 0x0688, 985, 0x068A, 53903),
    ("import", 0x068C, 112, 0x068E, 18330),
    ("export", 0x0690, 35, 0x0692, 15027),
    ("charge", 0x0694, 260, 0x0696, 12448),
    ("discharge", 0x0698, 456, 0x069A, 11301),
)

_FUNCTION, _ADDRESS, _VALUE = 1, 2, 3

#: What may be written, in one frame of function 0x10: (start, counts, exception for another count,
#: exception for a start inside, kept in EEPROM). Measured refusals: 1187 and 1189 alone 01, 118B,
#: 1185, 1024 and 102A alone 02, 1184 and clock registers alone 03; the others are alike.
WRITABLE = (
    (0x1004, (7,), _VALUE, _VALUE, False),  # clock
    (0x100B, (5,), _VALUE, _ADDRESS, True),  # RS485
    (0x1023, (2,), _VALUE, _ADDRESS, True),  # feed-in limit
    (0x1029, (2,), _VALUE, _ADDRESS, True),  # backup output
    (0x102B, (1, 2), _VALUE, _ADDRESS, True),  # battery activation
    (0x1044, (1, 16), _VALUE, _ADDRESS, True),  # battery
    (0x105B, (1,), _VALUE, _ADDRESS, True),  # highest charge SoC
    (0x1060, (1,), _VALUE, _ADDRESS, True),  # where grid power is measured
    (0x1104, (1,), _FUNCTION, _ADDRESS, False),  # remote on / off
    (0x1105, (3, 8), _FUNCTION, _ADDRESS, False),  # power limits
    (0x1110, (1,), _FUNCTION, _ADDRESS, True),  # storage mode
    (0x1111, (15,), _VALUE, _ADDRESS, True),  # timed charge
    (0x1120, (16,), _VALUE, _ADDRESS, True),  # time of use
    (0x1184, (2,), _VALUE, _ADDRESS, True),  # passive time-out and its action
    (0x1187, (6, 10), _FUNCTION, _ADDRESS, False),  # passive set-points
    (0x1189, (4,), _FUNCTION, _ADDRESS, False),  # passive, battery alone
)

#: Last register of a block that applies it: address, accepted words. It reads back as the result.
APPLY = {
    0x100A: (1,),
    0x100F: (1,),
    0x1053: (1, 2),
    0x111F: (1,),
    0x112F: (1,),
}

#: Settings with a range: address, lowest, highest.
RANGES = {
    0x1023: (0, 4),
    0x1029: (0, 2),
    0x104D: (1, 90),
    0x104E: (1, 90),
    0x105B: (60, 100),
    0x1060: (1, 4),
    0x1104: (0, 1),
    0x1106: (0, 1100),
    0x1107: (0, 1100),
    0x1110: (0, 6),
    0x1185: (0, 1),
}


def rule_for(start: int) -> tuple | None:
    """The row of `WRITABLE` whose block `start` begins, or lies in; None for none."""
    for row in WRITABLE:
        if row[0] == start:
            return row
    for row in WRITABLE:
        if row[0] < start < row[0] + max(row[1]):
            return row
    return None
