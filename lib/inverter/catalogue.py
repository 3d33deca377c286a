"""Which inverters there are: Type > Group > Subgroup > Model, in the words of the installer's
guide.

Rated powers of the ESI S1 up to 6 kW are the maker's; those of 8 kW and more are read off their
names. The battery's powers are taken equal to the rated power (inferred: no data sheet could be
read); a stack of one module gives less, which the BMS's limit and the installer's setting know.
"""

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
BAUD = 10

_S1 = ("Hybrid", "Sofar", "ESI S1")
_G3 = "sofar_g3"

#: All models, in the order of the selector.
MODELS = (
    _S1 + ("Sofar ESI 3K-S1", _G3, 3000, 3000, 3000, 1, 1, 9600),
    _S1 + ("Sofar ESI 3.68K-S1", _G3, 3680, 3680, 3680, 1, 1, 9600),
    _S1 + ("Sofar ESI 4K-S1", _G3, 4000, 4000, 4000, 1, 1, 9600),
    _S1 + ("Sofar ESI 4.6K-S1", _G3, 4600, 4600, 4600, 1, 1, 9600),
    _S1 + ("Sofar ESI 5K-S1", _G3, 5000, 5000, 5000, 1, 1, 9600),
    _S1 + ("Sofar ESI 5K-S1-A", _G3, 5000, 5000, 5000, 1, 1, 9600),
    _S1 + ("Sofar ESI 6K-S1", _G3, 6000, 6000, 6000, 1, 1, 9600),
    _S1 + ("Sofar ESI 8K-S1", _G3, 8000, 8000, 8000, 1, 1, 9600),
    _S1 + ("Sofar ESI 9.99K-S1", _G3, 9990, 9990, 9990, 1, 1, 9600),
    _S1 + ("Sofar ESI 10K-S1", _G3, 10000, 10000, 10000, 1, 1, 9600),
    _S1 + ("Sofar ESI 12K-S1", _G3, 12000, 12000, 12000, 1, 1, 9600),
)


def find(name: str) -> "tuple | None":
    """The model called `name`, or None."""
    for model in MODELS:
        if model[NAME] == name:
            return model
    return None


def choices(*path) -> list:
    """What the selector offers below `path`: types, groups, subgroups or model names."""
    found = []
    for model in MODELS:
        if model[: len(path)] == path and model[len(path)] not in found:
            found.append(model[len(path)])
    return found


def driver(family: str):
    """The module that drives a protocol family. Raises ValueError for an unknown one."""
    try:
        return __import__("inverter.family_" + family, None, None, ("FAMILY",))
    except ImportError:
        raise ValueError(f"family: {family}") from None
