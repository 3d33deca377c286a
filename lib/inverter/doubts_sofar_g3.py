"""What is doubtful about a Sofar G3: read, compared and reported, never written.

Borrowed by firmware/commission. The doubts are those of family_sofar_g3: the layout of the BMS's
limits, the rating, the model, and figures that must agree with each other.
"""

from inverter.profile import served
from modbus.values import s16, u16, u32

_MOST_W = 30000

#: (function, first register, registers), in the order of `judge`'s answers.
READS = (
    (3, 0x0044, 1),  # protocol version, BCD
    (3, 0x0480, 4),  # mask: phases
    (3, 0x0600, 4),  # mask: batteries
    (3, 0x0604, 5),  # voltage, current, power, temperature, SoC of battery 1
    (3, 0x0644, 2),  # BMS limits, 0.01 A; before protocol V1.29 something else
    (3, 0x0667, 2),  # battery power of all inputs 0.1 kW, mean SoC
    (3, 0x066C, 4),  # BMS limits, W, protocol V1.39
    (3, 0x06ED, 1),  # rated power, 0.1 kW; 0 on many
)


def judge(answers: list, record, phases: int) -> list:
    """(code, what was read, what was expected) of everything worth telling; None: no answer."""
    version, ac_mask, battery_mask, battery, limits, total, powers, rated = answers
    found: list = []
    if version is not None:
        found.append(("doubt_protocol", f"{u16(version, 0):x}", None))
    if battery_mask is not None and served(battery_mask, 0x0604) is False:
        found.append(("doubt_no_battery", 0, 1))
    three = None if ac_mask is None else served(ac_mask, 0x0498)
    if three is not None and three != (phases == 3):
        found.append(("doubt_phases", 3 if three else 1, phases))
    rated_w = 0 if rated is None else 100 * u16(rated, 0)
    if rated_w and abs(rated_w - record.rated_w) > record.rated_w // 10:
        found.append(("doubt_rating", rated_w, record.rated_w))
    if battery is not None:
        _judge_battery(battery, total, found)
        _judge_limits(u16(battery, 0), limits, powers, found)
    if not [one for one in found if one[0] != "doubt_protocol"]:
        found.append(("model_agrees", record.serial, None))
    return found


def _judge_battery(battery: bytes, total: "bytes | None", found: list):
    power_w, by_current_w = 10 * s16(battery, 2), u16(battery, 0) * s16(battery, 1) // 1000
    if abs(power_w - by_current_w) > 100 + abs(power_w) // 10:
        found.append(("doubt_power", power_w, by_current_w))
    if total is None or not u16(battery, 0):
        return
    total_w = 100 * s16(total, 0)
    if abs(total_w - power_w) > 200 + abs(power_w) // 10:
        found.append(("doubt_total", total_w, power_w))


def _judge_limits(volt_dv: int, limits: "bytes | None", powers: "bytes | None", found: list):
    if limits is None or not volt_dv:
        return
    charge_w, discharge_w = volt_dv * u16(limits, 0) // 1000, volt_dv * u16(limits, 1) // 1000
    told_w = 0 if powers is None else u32(powers, 2)
    if max(charge_w, discharge_w) > _MOST_W:
        found.append(("doubt_limits", max(charge_w, discharge_w), _MOST_W))
    elif told_w and abs(told_w - discharge_w) > 500 + discharge_w // 5:
        found.append(("doubt_limits", told_w, discharge_w))
