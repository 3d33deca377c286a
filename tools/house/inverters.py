"""Which virtual inverters there are, by the name of a model.

Written apart from lib/inverter and its catalogue, so that one can judge the other.
"""

from tools.house.inverter_goodwe import GoodWe
from tools.house.inverter_growatt import Growatt
from tools.house.inverter_huawei import Huawei
from tools.house.inverter_sma import SunnyBoyStorage, TripowerSE
from tools.house.inverter_sofar_es import SofarES
from tools.house.inverter_solax import SolaX
from tools.house.inverter_solis import Solis
from tools.house.inverter_sungrow import Sungrow
from tools.house.inverter_victron import VictronGX
from tools.house.sofar import Sofar

#: Beginning of a model's name, and the inverter that answers for it.
BEGINNINGS = (
    ("Sofar", Sofar),
    ("Growatt MOD", Growatt),
    ("Growatt MIN", Growatt),
    ("Solis S", Solis),
    ("Huawei", Huawei),
    ("SMA STP", TripowerSE),
    ("SMA SBS", SunnyBoyStorage),
    ("GoodWe", GoodWe),
    ("SolaX", SolaX),
    ("Victron", VictronGX),
    ("Sungrow", Sungrow),
)


def find(name: str) -> type:
    """The class that answers for the model called `name`. Raises ValueError for an unknown one."""
    if name.startswith("Sofar") and name.endswith(("-ES", "ME3000SP")):
        return SofarES
    for beginning, kind in BEGINNINGS:
        if name.startswith(beginning):
            return kind
    known = ", ".join(beginning for beginning, _ in BEGINNINGS)
    raise ValueError(f"inverter {name!r}: begins with one of {known}")
