"""SolarEdge's hybrid inverters, over the home network.

Sources: evcc's template solaredge-hybrid (EV), openWB (OWB: 5000 W for the most of one battery).
Which powers are sold is from memory.
"""

LINES = """\
=Hybrid;Home Hybrid 1-phase;solaredge;1;0;1502;1;HV;0;EV OWB
SE3000H-RWS;3000;5000;5000;1;ns
SE3680H-RWS;3680;5000;5000;1;ns
SE4000H-RWS;4000;5000;5000;1;ns
SE5000H-RWS;5000;5000;5000;1;ns
SE6000H-RWS;6000;5000;5000;1;ns
=Hybrid;Home Hybrid 3-phase;solaredge;1;0;1502;3;LV;0;EV OWB
SE5K-RWS;5000;5000;5000;1;ns
SE7K-RWS;7000;5000;5000;1;ns
SE8K-RWS;8000;5000;5000;1;ns
SE10K-RWS;10000;5000;5000;1;ns
"""
