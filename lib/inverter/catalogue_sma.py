"""SMA's hybrid and battery inverters, over the home network.

Sources: SMA Modbus Interface, Technical Information 1.5 (TI), evcc's templates sma-hybrid and
sma-sbs-modbus (EV), OpenEMS (OE), openWB (OWB). Powers are read off the names.
"""

LINES = """\
=Hybrid;STP SE;sma;3;0;502;3;HV;1;TI OE OWB
STP5.0-3SE-40;5000;5000;5000;2;ni
STP6.0-3SE-40;6000;6000;6000;2;ni
STP8.0-3SE-40;8000;8000;8000;2;ni
STP10.0-3SE-40;10000;10000;10000;2;ni
=Hybrid;SBS;sma_sbs;3;0;502;1;HV;1;TI EV
SBS3.7-10;3700;3700;3700;0;ni
SBS5.0-10;5000;5000;5000;0;ni
SBS6.0-10;6000;6000;6000;0;ni
"""
