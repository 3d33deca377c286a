"""Settings of the tariff."""

#: Title of the page, one text per language.
TITLE = ("Tarief", "Tarif", "Tariff")

#: Rows as declaration.py describes them.
ROWS = (
    (
        # 52.37 EUR/kW/year: Fluvius Antwerpen 2026 with 6 % VAT. A start value only: it
        # differs per area and year.
        "tariff.capacity_cents_per_kw_year",
        "owner",
        ("int", 5237, 0, 50000, 1, "€/kW", 2),
        (
            "Capaciteitstarief per kW per jaar",
            "Tarif capacitaire par kW et par an",
            "Capacity tariff per kW per year",
        ),
        (
            "Verschilt per netgebied en per jaar: neem het van de energiefactuur. 52,37 is "
            "Fluvius Antwerpen 2026, btw inbegrepen; buiten Vlaanderen 0.",
            "Diffère selon la zone et l'année : reprenez-le de la facture d'énergie. 52,37 vaut "
            "pour Fluvius Antwerpen 2026, TVA comprise ; hors de Flandre, 0.",
            "Differs per grid area and year: take it from the energy bill. 52.37 is Fluvius "
            "Antwerpen 2026, VAT included; outside Flanders 0.",
        ),
    ),
)
