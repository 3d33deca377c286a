"""Settings of the digital meter."""

#: Title of the page, one text per language.
TITLE = ("Digitale meter", "Compteur numérique", "Digital meter")

#: Rows as declaration.py describes them.
ROWS = (
    (
        "meter.stale_s",
        "installer",
        ("int", 5, 2, 30, 1, "s", 0),
        ("Meter stil na", "Compteur muet après", "Meter silent after"),
        (
            "Komt er zo lang geen goed telegram, dan stuurt de Jullix de batterij niet meer op "
            "de meting.",
            "Sans télégramme valable pendant ce temps, le Jullix ne suit plus la mesure.",
            "Without a good telegram for so long, the Jullix no longer steers by the measurement.",
        ),
    ),
    (
        "meter.key",
        "installer",
        ("secret", "", 0, 32),
        ("Sleutel van de meter", "Clé du compteur", "Key of the meter"),
        (
            "Alleen voor Luxemburg: de 32 tekens (0-9, A-F) die de netbeheerder voor deze meter "
            "geeft. Anders leeg.",
            "Pour le Luxembourg seulement : les 32 caractères (0-9, A-F) que le gestionnaire du "
            "réseau donne pour ce compteur. Sinon vide.",
            "For Luxembourg only: the 32 characters (0-9, A-F) that the grid operator gives for "
            "this meter. Else empty.",
        ),
    ),
    (
        "meter.passthrough_port",
        "installer",
        ("int", 0, 0, 65535, 1, "", 0),
        (
            "Telegrammen doorgeven op TCP-poort",
            "Transmettre les télégrammes sur le port TCP",
            "Pass telegrams on at TCP port",
        ),
        (
            "Voor andere software die de meter wil lezen: 2001 is gebruikelijk, 0 is uit. "
            "Iedereen op het netwerk kan dan meelezen.",
            "Pour d'autres logiciels qui veulent lire le compteur : 2001 est habituel, 0 "
            "désactive. Tout le réseau peut alors lire.",
            "For other software that wants to read the meter: 2001 is usual, 0 is off. "
            "Everybody on the network can read then.",
        ),
    ),
    (
        "meter.line_found",
        "board",
        ("int", 0, 0, 99, 1, "", 0),
        ("Gevonden snelheid", "Vitesse trouvée", "Speed found"),
        (
            "Hoe de meter spreekt, door het bord zelf gevonden.",
            "Comment parle le compteur, trouvé par la carte elle-même.",
            "How the meter speaks, found by the board itself.",
        ),
    ),
    (
        "meter.peaks_kept",
        "board",
        ("text", "", 0, 250),
        ("Bewaarde maandpieken", "Pointes mensuelles gardées", "Month peaks kept"),
        (
            "Voor meters die ze zelf niet onthouden.",
            "Pour les compteurs qui ne les retiennent pas.",
            "For meters that do not remember them.",
        ),
    ),
)
