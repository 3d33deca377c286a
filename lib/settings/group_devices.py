"""Settings of further devices on the RS485 bus, besides the inverter of the page Modbus RTU."""

#: Title of the page, one text per language.
TITLE = ("Andere toestellen", "Autres appareils", "Other devices")

_SHAPE = ("text", "", 0, 70)
_HELP = (
    "Model uit de catalogus;adres;seconden tussen metingen;capaciteit in Wh. Voorbeeld: "
    "Sofar ESI 3K-S1;2;1;10000. Leeg: geen toestel.",
    "Modèle du catalogue;adresse;secondes entre mesures;capacité en Wh. Exemple : "
    "Sofar ESI 3K-S1;2;1;10000. Vide : pas d'appareil.",
    "Model of the catalogue;address;seconds between readings;capacity in Wh. Example: "
    "Sofar ESI 3K-S1;2;1;10000. Empty: no device.",
)


def _row(number: int) -> tuple:
    n = str(number)
    label = ("Toestel " + n, "Appareil " + n, "Device " + n)
    return ("devices.d" + n, "installer", _SHAPE, label, _HELP)


#: Rows as declaration.py describes them.
ROWS = tuple([_row(number) for number in range(2, 9)])
