"""Fronius's PV inverters by SunSpec, integers with scale factors, over the home network.

Sources: Fronius's register map (FR), SunSpec models 103 and 123. Powers are read off the names.
"""

LINES = """\
=PV;SunSpec Symo;sunspec;1;0;502;3;-;0;FR
Symo 3.0-3-M;3000;0;0;2;n-
Symo 3.7-3-M;3700;0;0;2;n-
Symo 4.5-3-M;4500;0;0;2;n-
Symo 5.0-3-M;5000;0;0;2;n-
Symo 6.0-3-M;6000;0;0;2;n-
Symo 7.0-3-M;7000;0;0;2;n-
Symo 8.2-3-M;8200;0;0;2;n-
Symo 10.0-3-M;10000;0;0;2;n-
Symo 12.5-3-M;12500;0;0;2;n-
Symo 15.0-3-M;15000;0;0;2;n-
Symo 20.0-3-M;20000;0;0;2;n-
=PV;SunSpec Primo;sunspec;1;0;502;1;-;0;FR
Primo 3.0-1;3000;0;0;2;n-
Primo 3.6-1;3600;0;0;2;n-
Primo 4.0-1;4000;0;0;2;n-
Primo 4.6-1;4600;0;0;2;n-
Primo 5.0-1;5000;0;0;2;n-
Primo 6.0-1;6000;0;0;2;n-
Primo 8.2-1;8200;0;0;2;n-
"""
