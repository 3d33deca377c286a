"""Settings of the inverter, the page "Modbus RTU" of the installer's guide."""

#: Title of the page, one text per language.
TITLE = ("Omvormer", "Onduleur", "Inverter")

#: Rows as declaration.py describes them.
ROWS = (
    (
        "inverter.model",
        "installer",
        ("text", "Sofar ESI 3K-S1", 1, 40),
        ("Model", "Modèle", "Model"),
        (
            "Naam uit de catalogus: Type, Group, Subgroup en Model leiden ernaartoe.",
            "Nom du catalogue : Type, Group, Subgroup et Model y mènent.",
            "Name from the catalogue: Type, Group, Subgroup and Model lead to it.",
        ),
    ),
    (
        "inverter.address",
        "installer",
        ("int", 1, 1, 247, 1, "", 0),
        ("Modbus-adres", "Adresse Modbus", "Modbus address"),
        (
            "Het adres dat in de omvormer is ingesteld; meestal 1.",
            "L'adresse réglée dans l'onduleur ; le plus souvent 1.",
            "The address that is set in the inverter; most often 1.",
        ),
    ),
    (
        "inverter.baud",
        "installer",
        (
            "choice",
            9600,
            (
                (4800, "4800"),
                (9600, "9600"),
                (19200, "19200"),
                (38400, "38400"),
                (57600, "57600"),
                (115200, "115200"),
            ),
        ),
        ("Snelheid van RS485 (bps)", "Vitesse du RS485 (bps)", "RS485 speed (bps)"),
        (
            "Moet gelijk zijn aan de instelling in de omvormer; meestal 9600.",
            "Doit être égale au réglage de l'onduleur ; le plus souvent 9600.",
            "Must equal the setting in the inverter; most often 9600.",
        ),
    ),
    (
        "inverter.link",
        "installer",
        ("choice", "rtu", (("rtu", "RS485 (Modbus RTU)"), ("tcp", "Modbus TCP"))),
        ("Verbinding", "Liaison", "Connection"),
        (
            "RS485 met een kabel, of Modbus TCP over het thuisnetwerk.",
            "RS485 par câble, ou Modbus TCP par le réseau domestique.",
            "RS485 by cable, or Modbus TCP over the home network.",
        ),
    ),
    (
        "inverter.host",
        "installer",
        ("text", "", 0, 15),
        ("IP-adres", "Adresse IP", "IP address"),
        (
            "Voor Modbus TCP, in cijfers: 192.168.1.50.",
            "Pour Modbus TCP, en chiffres : 192.168.1.50.",
            "For Modbus TCP, in figures: 192.168.1.50.",
        ),
    ),
    (
        "inverter.port",
        "installer",
        ("int", 502, 1, 65535, 1, "", 0),
        ("TCP-poort", "Port TCP", "TCP port"),
        (
            "Voor Modbus TCP; meestal 502.",
            "Pour Modbus TCP ; le plus souvent 502.",
            "For Modbus TCP; most often 502.",
        ),
    ),
    (
        "inverter.max_charge_w",
        "installer",
        ("int", 0, 0, 20000, 100, "W", 0),
        ("Grootste laadvermogen", "Puissance de charge maximale", "Largest charging power"),
        (
            "Grens voor deze batterij; 0 neemt de grens van het model.",
            "Limite pour cette batterie ; 0 prend la limite du modèle.",
            "Limit for this battery; 0 takes the limit of the model.",
        ),
    ),
    (
        "inverter.max_discharge_w",
        "installer",
        ("int", 0, 0, 20000, 100, "W", 0),
        (
            "Grootste ontlaadvermogen",
            "Puissance de décharge maximale",
            "Largest discharging power",
        ),
        (
            "Grens voor deze batterij; 0 neemt de grens van het model.",
            "Limite pour cette batterie ; 0 prend la limite du modèle.",
            "Limit for this battery; 0 takes the limit of the model.",
        ),
    ),
    (
        "inverter.set_passive",
        "installer",
        ("bool", True),
        (
            "Passive Mode zelf aanzetten",
            "Activer le Passive Mode automatiquement",
            "Switch on Passive Mode by itself",
        ),
        (
            "Staat de omvormer niet in Passive Mode, dan zet de Jullix hem erin.",
            "Si l'onduleur n'est pas en Passive Mode, le Jullix l'y met.",
            "If the inverter does not stand in Passive Mode, the Jullix puts it there.",
        ),
    ),
    (
        "inverter.timeout_s",
        "installer",
        ("int", 30, 10, 300, 5, "s", 0),
        (
            "Time-out van de omvormer",
            "Délai de sécurité de l'onduleur",
            "Time-out of the inverter",
        ),
        (
            "Hoort de omvormer zo lang niets van de Jullix, dan handelt hij zelf.",
            "Sans message du Jullix pendant ce temps, l'onduleur agit de lui-même.",
            "When the inverter hears nothing from the Jullix for so long, it acts by itself.",
        ),
    ),
    (
        "inverter.timeout_action",
        "installer",
        (
            "choice",
            "previous_mode",
            (
                (
                    "previous_mode",
                    (
                        "Terug naar de vorige modus",
                        "Retour au mode précédent",
                        "Back to the mode before",
                    ),
                ),
                ("standby", ("Stand-by", "Veille", "Standby")),
            ),
        ),
        ("Na de time-out", "Après ce délai", "After the time-out"),
        (
            "Wat de omvormer doet als de Jullix zwijgt.",
            "Ce que fait l'onduleur quand le Jullix se tait.",
            "What the inverter does when the Jullix is silent.",
        ),
    ),
    (
        "inverter.no_export",
        "installer",
        ("bool", False),
        ("Geen injectie", "Pas d'injection", "No feed-in"),
        (
            "De omvormer laat zelf niets naar het net gaan; daarvoor moet zijn eigen meter of CT "
            "aangesloten zijn. Uit: zijn instelling blijft zoals ze is.",
            "L'onduleur n'injecte lui-même rien ; son propre compteur ou CT doit être raccordé. "
            "Désactivé : son réglage reste tel quel.",
            "The inverter itself lets nothing go to the grid; its own meter or CT must be "
            "connected for that. Off: its setting stays as it is.",
        ),
    ),
    (
        "inverter.accept_no_deadman",
        "installer",
        ("bool", False),
        (
            "Sturen zonder eigen time-out",
            "Commander sans délai de sécurité",
            "Control without a time-out",
        ),
        (
            "Alleen voor modellen zonder eigen time-out: valt de Jullix uit, dan blijft de "
            "laatste opdracht gelden tot iemand ingrijpt.",
            "Seulement pour les modèles sans délai de sécurité propre : si le Jullix tombe en "
            "panne, le dernier ordre reste en vigueur jusqu'à une intervention.",
            "Only for models without a time-out of their own: if the Jullix fails, the last "
            "order stays in force until somebody steps in.",
        ),
    ),
)
