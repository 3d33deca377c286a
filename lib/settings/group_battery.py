"""Settings of the battery."""

#: Title of the page, one text per language.
TITLE = ("Batterij", "Batterie", "Battery")

#: Rows as declaration.py describes them.
ROWS = (
    (
        "battery.capacity_wh",
        "installer",
        ("int", 10000, 1000, 200000, 100, "kWh", 3),
        ("Capaciteit van de batterij", "Capacité de la batterie", "Battery capacity"),
        (
            "Totale capaciteit van alle modules samen, zoals op de datasheet.",
            "Capacité totale de tous les modules, selon la fiche technique.",
            "Total capacity of all modules together, as on the data sheet.",
        ),
    ),
    (
        "battery.cost_eur_per_mwh",
        "owner",
        ("int", 90, 0, 2000, 1, "€/kWh", 3),
        ("Kost van de batterij per kWh", "Coût de la batterie par kWh", "Battery cost per kWh"),
        (
            "Kostprijs / (laadcycli x capaciteit x DOD); 0,09 €/kWh is realistisch. Bepaalt "
            "wanneer laden en ontladen voor de prijs de moeite is.",
            "Prix / (cycles de charge x capacité x DOD) ; 0,09 €/kWh est réaliste. Détermine "
            "quand il vaut la peine de charger et de décharger pour le prix.",
            "Price / (charge cycles x capacity x DOD); 0.09 €/kWh is realistic. Decides when "
            "charging and discharging for the price is worth it.",
        ),
    ),
)
