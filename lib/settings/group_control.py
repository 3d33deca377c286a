"""Settings of the energy control, the page "Sturing" of the installer's guide."""

#: Title of the page, one text per language.
TITLE = ("Sturing", "Régulation", "Energy control")

#: Rows as declaration.py describes them.
ROWS = (
    (
        "control.enabled",
        "owner",
        ("bool", True),
        ("Energieregeling aan", "Régulation d'énergie active", "Energy control on"),
        (
            "Uit: de Jullix geeft de batterij geen opdrachten meer.",
            "Désactivée : le Jullix ne donne plus d'ordres à la batterie.",
            "Off: the Jullix gives the battery no more orders.",
        ),
    ),
    (
        "control.desired_peak_w",
        "owner",
        ("int", 2500, 500, 50000, 100, "W", 0),
        ("Gewenste verbruikspiek", "Pointe de consommation souhaitée", "Desired peak"),
        (
            "Vermogen dat van het net mag komen om de batterij bij te laden of een EV in TURBO "
            "te laden. In Vlaanderen bepaalt de piek het capaciteitstarief, met 2500 W als "
            "minimum.",
            "Puissance que le réseau peut fournir pour recharger la batterie ou un VE en mode "
            "TURBO. En Flandre, la pointe détermine le tarif capacitaire, avec un minimum de "
            "2500 W.",
            "Power that the grid may supply to recharge the battery or an EV in TURBO mode. In "
            "Flanders the peak sets the capacity tariff, with 2500 W as the least.",
        ),
    ),
    (
        "control.min_soc_pct",
        "owner",
        ("int", 25, 10, 90, 1, "%", 0),
        ("Minimale SoC", "SoC minimal", "Minimum SoC"),
        (
            "Onder dit niveau wordt de batterij altijd bijgeladen. Kies het hoger dan de "
            "minimale SoC van de omvormer of het BMS: die staat vaak op 20 %, vandaar 25 %.",
            "Sous ce niveau, la batterie est toujours rechargée. Choisissez plus que le SoC "
            "minimal de l'onduleur ou du BMS : il est souvent de 20 %, d'où 25 %.",
            "Below this level the battery is always recharged. Choose it above the minimum SoC "
            "of the inverter or BMS: that is often 20 %, hence 25 %.",
        ),
    ),
    (
        "control.peak_buffer_pct",
        "owner",
        ("int", 30, 0, 80, 1, "%", 0),
        ("Buffer piekverbruik", "Réserve pour les pointes", "Peak buffer"),
        (
            "Deel van de batterij boven de minimale SoC dat bewaard wordt om verbruikspieken te "
            "scheren. Samen met de minimale SoC hoogstens 100 %.",
            "Part de la batterie au-dessus du SoC minimal, gardée pour écrêter les pointes. "
            "Avec le SoC minimal, au plus 100 %.",
            "Part of the battery above the minimum SoC that is kept for shaving peaks. Together "
            "with the minimum SoC at most 100 %.",
        ),
    ),
    (
        "control.month_guard",
        "owner",
        ("bool", True),
        ("Bewaking bij maandbegin", "Protection en début de mois", "Month-start guard"),
        (
            "Laat in de eerste dagen van een maand, als de maandpiek weer van nul begint, geen "
            "onnodige nieuwe piek toe.",
            "Évite une nouvelle pointe inutile pendant les premiers jours du mois, quand la "
            "pointe mensuelle repart de zéro.",
            "Lets no needless new peak through in the first days of a month, when the month "
            "peak starts from zero again.",
        ),
    ),
    (
        "control.deadband_w",
        "installer",
        ("int", 20, 0, 200, 5, "W", 0),
        ("Dode zone", "Zone morte", "Dead band"),
        (
            "Kleinere afwijkingen aan de meter veranderen het batterijvermogen niet.",
            "Les écarts plus petits au compteur ne changent pas la puissance de la batterie.",
            "Smaller deviations at the meter do not change the battery power.",
        ),
    ),
)
