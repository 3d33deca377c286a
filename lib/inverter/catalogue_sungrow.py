"""Sungrow's hybrid inverters.

Sources: device type codes in mkaiser/Sungrow-SHx-Inverter-Modbus-Home-Assistant (MK), evcc's
template sungrow-hybrid (EV), openWB (OWB), which takes 5000 W for the most of the forced power.
Rated powers are read off the names.
"""

LINES = """\
=Hybrid;SH RS;sungrow;1;9600;502;1;HV;1;MK EV OWB
SH3.0RS;3000;3000;3000;2;ns
SH3.6RS;3600;3600;3600;2;ns
SH4.0RS;4000;4000;4000;2;ns
SH5.0RS;5000;5000;5000;2;ns
SH6.0RS;6000;5000;5000;2;ns
SH8.0RS;8000;5000;5000;2;ns
SH10RS;10000;5000;5000;2;ns
=Hybrid;SH RT;sungrow;1;9600;502;3;HV;1;MK EV OWB
SH5.0RT;5000;5000;5000;2;ns
SH6.0RT;6000;5000;5000;2;ns
SH8.0RT;8000;5000;5000;2;ns
SH10RT;10000;5000;5000;2;ns
=Hybrid;SH T;sungrow;1;9600;502;3;HV;1;MK EV OWB
SH5T;5000;5000;5000;3;ns
SH6T;6000;5000;5000;3;ns
SH8T;8000;5000;5000;3;ns
SH10T;10000;5000;5000;3;ns
SH12T;12000;5000;5000;3;ns
SH15T;15000;5000;5000;3;ns
SH20T;20000;5000;5000;3;ns
SH25T;25000;5000;5000;3;ns
"""
