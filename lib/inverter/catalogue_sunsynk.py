"""Sunsynk's hybrid inverters: Deye's under another name.

Sources: evcc's deye-storage names both (EV); davidrapan/ha-solarman's deye_hybrid and deye_p3
(DR). Powers are read off the names.
"""

LINES = """\
=Hybrid;SG LP1;deye;1;9600;0;1;LV;0;DR EV
3.6K-SG04LP1;3600;3600;3600;2;ni
5K-SG04LP1;5000;5000;5000;2;ni
8K-SG05LP1;8000;8000;8000;2;ni
=Hybrid;SG LP3;deye_3p;1;9600;0;3;LV;0;DR EV
8K-SG04LP3;8000;8000;8000;2;ni
10K-SG04LP3;10000;10000;10000;2;ni
12K-SG04LP3;12000;12000;12000;2;ni
"""
