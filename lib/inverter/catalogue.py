"""Which devices there are: Type > Group > Subgroup > Model, in the words of the installer's guide.

Each group's models are lines of text in a module of its own, `catalogue_<group>`, that is imported
for the moment of a look-up and dropped again: the whole table would not leave room for anything
else. docs/inverters.md is made from it.

A line that begins with `=` opens a subgroup and holds what its models share:

    =type;subgroup;family;address;baud;port;phases;battery;control;sources

and those after it hold one model each: what follows the group in its name, rated power on the AC
side, most charge and discharge power of the battery [W], PV inputs, and two letters that tell how
well the rated power and the battery's powers are known: `s` a source states it, `n` read off the
name, `i` inferred, `m` from memory of a data sheet, not checked, `-` does not apply.
"""

import sys

# Columns of a model.
TYPE = 0
GROUP = 1
SUBGROUP = 2
NAME = 3
FAMILY = 4  # protocol: which module of lib/inverter drives it
RATED_W = 5
MAX_CHARGE_W = 6
MAX_DISCHARGE_W = 7
PHASES = 8
ADDRESS = 9  # as it leaves the factory
BAUD = 10  # 0: no serial line
PORT = 11  # of Modbus TCP, 0: none
PV_INPUTS = 12
BATTERY = 13  # HV, LV or - for none
CONTROL = 14  # whether it can be commanded; else it is only read
MARKS = 15
SOURCES = 16

#: Types and their groups, in the order of the selector.
_GROUPS = (
    "Hybrid:Sofar,Growatt,Solis,Deye,Sunsynk,Huawei,SMA,GoodWe,SolaX,Victron,Sungrow,SolarEdge",
    "PV:Sofar,Fronius",
    "Meter:Eastron",
)


def find(name: str) -> "tuple | None":
    """The model called `name`, or None."""
    group, _, rest = name.partition(" ")
    if not rest or not _is_group(group):
        return None
    for head, line in _lines(group):
        if line and line[: line.find(";")] == rest:
            return _model(group, head.split(";"), line.split(";"))
    return None


def models():
    """All models, one after another, in the order of the selector."""
    for kind in choices():
        for group in choices(kind):
            for head, line in _lines(group):
                if line and head.startswith(kind + ";"):
                    yield _model(group, head.split(";"), line.split(";"))


def choices(*path) -> list:
    """What the selector offers below `path`: types, groups, subgroups or model names."""
    found = []
    if len(path) < 2:
        for line in _GROUPS:
            kind, _, groups = line.partition(":")
            if not path:
                found.append(kind)
            elif kind == path[0]:
                return groups.split(",")
        return found
    if path[1] not in choices(path[0]):
        return found
    for head, line in _lines(path[1]):
        kind, subgroup = head.split(";", 2)[:2]
        if kind != path[0]:
            continue
        if len(path) == 2 and not line:
            found.append(subgroup)
        elif len(path) == 3 and line and subgroup == path[2]:
            found.append(path[1] + " " + line.split(";", 1)[0])
    return found


def driver(family: str):
    """The module that drives a protocol family. Raises ValueError for an unknown one."""
    try:
        return __import__("inverter.family_" + family, None, None, ("FAMILY",))
    except ImportError:
        raise ValueError(f"family: {family}") from None


def _is_group(name: str) -> bool:
    return any(name in line.partition(":")[2].split(",") for line in _GROUPS)


def _lines(group: str):
    """Pairs of a subgroup's opening line and, one after another, "" and its models' lines."""
    name = "inverter.catalogue_" + group.lower()
    text = __import__(name, None, None, ("LINES",)).LINES
    sys.modules.pop(name, None)
    package, _, last = name.rpartition(".")
    parent = sys.modules.get(package)
    if parent is not None and hasattr(parent, last):
        delattr(parent, last)
    begin, head = 0, ""
    while begin < len(text):
        end = text.find("\n", begin)
        line = text[begin:end]
        begin = end + 1
        if line[0] == "=":
            head, line = line[1:], ""
        yield head, line


def _model(group: str, head: list, fields: list) -> tuple:
    kind, subgroup, family, address, baud, port, phases, battery, control, sources = head
    name, rated_w, charge_w, discharge_w, inputs, marks = fields
    return (
        kind,
        group,
        subgroup,
        group + " " + name,
        family,
        int(rated_w),
        int(charge_w),
        int(discharge_w),
        int(phases),
        int(address),
        int(baud),
        int(port),
        int(inputs),
        battery,
        control == "1",
        marks,
        sources,
    )
