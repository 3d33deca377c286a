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
)
