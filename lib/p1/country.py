"""What differs from country to country in a telegram that is otherwise alike."""

BELGIUM = "BE"
NETHERLANDS = "NL"
LUXEMBOURG = "LU"

DAY = "day"
NIGHT = "night"


def country_of(reading) -> "str | None":
    """Country of the meter, from its version and its first line; None when they do not tell."""
    header = reading.header or ""
    version = reading.dsmr_version or ""
    if header.startswith("Lux"):
        return LUXEMBOURG
    # Fluvius and others print e-MUCS versions; Iskra IE meters of Wallonia print none, or 21110.
    if header.startswith("FLU") or version.startswith("502") or header.find("MIE5") > 0:
        return BELGIUM
    if reading.fuse_ca is not None:
        return BELGIUM  # supervises a fuse, as no Dutch meter does; Sibelga's version is blank
    if version in ("40", "42", "50") and not header.startswith("EST"):  # Austria writes 50 too
        return NETHERLANDS
    if not version and reading.time_s is None and reading.import_t1_wh is not None:
        return NETHERLANDS  # DSMR 2.2 and 3.0 have neither version nor clock
    return None


def tariff_of(reading) -> "str | None":
    """DAY or NIGHT while the meter says which tariff runs, None where that is not known.

    Belgium counts 1 = day, 2 = night; the Netherlands 1 = low (night), 2 = normal (day). Source:
    e-MUCS P1 1.7.1 table 5 and DSMR P1 5.0.2 table 6-4. More than two tariffs have no such name.
    """
    country = country_of(reading)
    if reading.tariff not in (1, 2) or country not in (BELGIUM, NETHERLANDS):
        return None
    return DAY if (reading.tariff == 1) == (country == BELGIUM) else NIGHT
