"""Eastron's meters, as a second meter on the bus.

Sources: ilseh/Oppleo, merlokk/SmartHome (OP), evcc's templates eastron-sdm72v2_630 and
eastron-sdm220_230 (EV). The rated power is the most that the meter can carry: 100 A on each
phase of 230 V.
"""

LINES = """\
=Meter;SDM;eastron;1;9600;0;3;-;0;OP EV
SDM630;69000;0;0;0;m-
=Meter;SDM 1-phase;eastron_1p;1;9600;0;1;-;0;OP EV
SDM230;23000;0;0;0;m-
"""
