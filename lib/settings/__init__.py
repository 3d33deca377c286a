"""Settings: what there is to set, whether a value may stand, and how values are kept as bytes.

One module `group_<name>` declares the settings of one page; `declaration` lists the groups and
says how a row reads. `check` judges values, `migrate` lifts old files, `codec` turns values into
bytes and back, `form` describes a setting to a page. Nothing here touches a file or a clock:
firmware/settings.py does.
"""
