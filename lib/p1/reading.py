"""What one telegram says, as integers in base units; obis.py says where each comes from."""

from p1.kinds import CHANNELS
from p1.template import Template


class Channel:
    """What a meter on one M-Bus channel says; None = absent in the telegram."""

    def __init__(self):
        """Start empty."""
        self.clear()

    def clear(self):
        """Forget everything."""
        self.medium = None  # 2 electricity, 3 gas, 4/12/13 heat or cold, 6 warm water, 7 water
        self.meter_id = None
        self.ean = None
        self.valve = None  # 0 closed, 1 open, 2 ready to open
        self.relay = None  # 0 or 1: a relay of the electricity meter that bears this number
        self.value = None  # litres, MJ or Wh, as `unit` says
        self.unit = None  # "m3", "GJ" or "kWh": 1000 of `value`
        self.at_s = None  # Unix time of `value`
        self.source = None  # object of `value`: "24.2.1", "24.2.3" (gas as it flows) or "24.3.0"


class Reading:
    """One telegram. It is filled again and again; None = absent in the telegram, never 0.

    Power is as the meter prints it: import and export both >= 0; `grid_w` is import +, export -.
    """

    def __init__(self, twin: "Reading | None" = None):
        """Start empty. Two readings that are filled in turn share their memory: pass the first."""
        self.template = twin.template if twin else Template()
        self.generation = 0  # of the template that filled it last
        self.news = 0
        self.channels = tuple([Channel() for _ in range(CHANNELS)])
        self.clear()

    def clear(self):
        """Forget everything."""
        self.header = None  # text of the first line without the "/"
        self.meter_id = None  # serial number, decoded where it is hexadecimal ASCII
        self.ean = None  # of the connection
        self.dsmr_version = None  # text: "50217" (Belgium), "42", "50" (Netherlands, Luxembourg)
        self.time_s = None  # Unix time of the telegram
        self.utc_offset_s = None  # of the meter's local time: 3600 or 7200
        self.tariff = None  # as numbered by the meter, see country.py for what it means
        self.nominal_v = None  # 230 (three phases without neutral) or 400
        self.breaker = None  # 0 open, 1 closed, 2 ready to close
        self.limiter_w = None  # 99999 and from 999000 on mean: no limit
        self.fuse_ca = None  # 0.01 A per phase; from 99900 on: no supervision
        self.message = None
        self.quarter_average_w = None  # energy imported since the quarter began, over 900 s
        #: Closed months, oldest first: (year * 12 + month - 1, end of its peak or None, W).
        self.peak_history = None
        self._clear_energy()
        self._clear_power()
        self.clear_rest()

    def _clear_energy(self):
        self.import_wh = None  # all tariffs together
        self.import_t1_wh = self.import_t2_wh = self.import_t3_wh = None
        self.import_t4_wh = self.import_t5_wh = None
        self.export_wh = None
        self.export_t1_wh = self.export_t2_wh = self.export_t3_wh = None
        self.export_t4_wh = self.export_t5_wh = None

    def _clear_power(self):
        self.import_w = self.export_w = self.grid_w = None
        self.l1_import_w = self.l2_import_w = self.l3_import_w = None
        self.l1_export_w = self.l2_export_w = self.l3_export_w = None
        self.l1_dv = self.l2_dv = self.l3_dv = None  # 0.1 V
        self.l1_ca = self.l2_ca = self.l3_ca = None  # 0.01 A, without sign

    def clear_rest(self):
        """Forget the peak, the channels and what follows from them."""
        self.month_peak_w = None  # highest quarter of the running month
        self.month_peak_at_s = None  # end of that quarter
        self.gas_l = self.gas_at_s = None
        self.water_l = self.water_at_s = None
        self.heat_mj = self.heat_at_s = None
        for channel in self.channels:
            channel.clear()
