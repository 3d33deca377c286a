"""What the month peaks of this house cost. Reckoned anew when one has changed, by `bill`."""

from firmware.overlay import borrow, give_back

_BILL = "control.bill"


class Capacity:
    """The bill for the peaks of `months`."""

    def __init__(self, months, state, settings):
        """Watch `months` (a `control.months.Months`) and the meter's own history in `state`."""
        self.billed_w = None  # mean of up to twelve months, None before the month is known
        self.cost_ct = None  # a year
        self.months = months
        self._meter = state.meter
        self._settings = settings
        self._is_loaded = False  # what was kept of own peaks
        self._seq = None

    async def follow(self):
        """Bring the figures up to date; to be called every second or so, costs little."""
        seq = self.months.seq + self._settings.seq
        if seq == self._seq or self.months.month is None:
            return
        self._seq = seq
        reading, kept, settings = self._meter.value, None, self._settings
        bill = borrow(_BILL)
        if reading.peak_history is None:
            if not self._is_loaded:
                bill.unpack(settings.get("meter.peaks_kept"), reading.meter_id, self.months)
            self._is_loaded = True
            kept = bill.pack(reading.meter_id, self.months)
        rate_ct = settings.get("tariff.capacity_cents_per_kw_year")
        self.billed_w, self.cost_ct = bill.reckon(reading.peak_history, self.months, rate_ct)
        bill = None
        give_back(_BILL)
        if kept is not None:
            await settings.change({"meter.peaks_kept": kept}, "board")
