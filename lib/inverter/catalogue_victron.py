"""Victron MultiPlus-II behind a GX, over the home network.

Sources: Victron's list of Modbus TCP registers (VIC), OpenEMS (OE), openWB (OWB). Powers are those
of the data sheets at 25 C, charging at 54 V, from memory.
"""

LINES = """\
=Hybrid;GX 1-phase;victron;100;0;502;1;LV;1;VIC OE OWB
GX MultiPlus-II 48/3000;2400;1900;2400;0;mm
GX MultiPlus-II 48/5000;4000;3800;4000;0;mm
GX MultiPlus-II 48/8000;6400;6000;6400;0;mm
GX MultiPlus-II 48/10000;8000;7600;8000;0;mm
GX MultiPlus-II 48/15000;12000;10800;12000;0;mm
=Hybrid;GX 3-phase;victron;100;0;502;3;LV;1;VIC OE OWB
GX 3x MultiPlus-II 48/3000;7200;5700;7200;0;mm
GX 3x MultiPlus-II 48/5000;12000;11400;12000;0;mm
GX 3x MultiPlus-II 48/8000;19200;18000;19200;0;mm
GX 3x MultiPlus-II 48/10000;24000;22800;24000;0;mm
GX 3x MultiPlus-II 48/15000;36000;32400;36000;0;mm
"""
