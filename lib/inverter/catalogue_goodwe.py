"""GoodWe's hybrid inverters.

Sources: OpenEMS's list of types (OE: GW5K-ET, GW8K-ET, GW10K-ET, 25 A), marcelblijleven/goodwe
(GW), evcc's template goodwe-hybrid (EV). Other powers are read off the names.
"""

LINES = """\
=Hybrid;ET;goodwe;247;9600;502;3;HV;1;OE GW EV
GW5K-ET;5000;5000;5000;2;si
GW6.5K-ET;6500;6500;6500;2;ni
GW8K-ET;8000;8000;8000;2;si
GW10K-ET;10000;10000;10000;2;si
=Hybrid;EH;goodwe;247;9600;502;1;HV;1;GW EV
GW3600-EH;3600;3600;3600;2;ni
GW5000-EH;5000;5000;5000;2;ni
GW6000-EH;6000;6000;6000;2;ni
"""
