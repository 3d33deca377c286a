"""Settings of the installation itself. The clock has none: it is Belgian time."""

#: Title of the page, one text per language.
TITLE = ("Installatie", "Installation", "Installation")

#: Rows as declaration.py describes them.
ROWS = (
    (
        "site.name",
        "owner",
        ("text", "", 0, 40),
        ("Naam", "Nom", "Name"),
        (
            "Naam van de installatie, boven elke pagina.",
            "Nom de l'installation, en haut de chaque page.",
            "Name of the installation, on top of every page.",
        ),
    ),
    (
        "site.language",
        "owner",
        ("choice", "nl", (("nl", "Nederlands"), ("fr", "Français"), ("en", "English"))),
        ("Taal", "Langue", "Language"),
        (
            "Taal als de browser er geen van de drie vraagt.",
            "Langue si le navigateur n'en demande aucune des trois.",
            "Language when the browser asks for none of the three.",
        ),
    ),
)
