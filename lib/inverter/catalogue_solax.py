"""SolaX's hybrid inverters of the fourth generation.

Sources: wills106/homeassistant-solax-modbus (WS), openWB (OWB), evcc's template solax (EV). Powers
are read off the names.
"""

LINES = """\
=Hybrid;X1 Hybrid G4;solax;1;19200;502;1;HV;1;WS OWB EV
X1-Hybrid-3.0-D;3000;3000;3000;2;ni
X1-Hybrid-3.7-D;3700;3700;3700;2;ni
X1-Hybrid-5.0-D;5000;5000;5000;2;ni
X1-Hybrid-6.0-D;6000;6000;6000;2;ni
X1-Hybrid-7.5-D;7500;7500;7500;2;ni
=Hybrid;X3 Hybrid G4;solax;1;19200;502;3;HV;1;WS OWB EV
X3-Hybrid-5.0-D;5000;5000;5000;2;ni
X3-Hybrid-6.0-D;6000;6000;6000;2;ni
X3-Hybrid-8.0-D;8000;8000;8000;2;ni
X3-Hybrid-10.0-D;10000;10000;10000;2;ni
X3-Hybrid-12.0-D;12000;12000;12000;2;ni
X3-Hybrid-15.0-D;15000;15000;15000;2;ni
"""
