"""What is known of one inverter."""


class InverterState:
    """One record for each inverter, reused: its driver fills it, everybody else reads it.

    Integers; None = unknown. Signs: battery discharge +, grid import +, inverter output +, pv >=
    0. Each group carries the tick at which it was read, `<group>_at_ms`.
    """

    def __init__(self):
        """Nothing is known."""
        # Identity
        self.model = None  # name in the catalogue, as configured
        self.model_read = None  # what the machine says it is
        self.serial = None
        self.hardware = None
        self.software = None
        # Power that the catalogue and the installer allow [W], filled by firmware/inverter.py
        self.rated_w = 0
        self.phases = 1
        self.max_charge_w = 0
        self.max_discharge_w = 0
        # Control, filled by firmware/inverter.py
        self.phase = "identify"
        self.problem = "starting"  # why it is not ready; None when it is
        self.ready = False  # stands in the mode in which it does what it is told, dead-man armed
        self.written_w = None  # last set-point that it acknowledged; None when that is not sure
        self.forget()

    def forget(self):
        """Make all that is measured or read back unknown: the inverter no longer answers."""
        self._forget_power()
        self._forget_status()

    def _forget_power(self):
        self.battery_w = None
        self.battery_dv = None  # 0.1 V
        self.battery_ca = None  # 0.01 A, discharge +
        self.battery_temp_c = None
        self.soc_pct = None
        self.soh_pct = None
        self.cycles = None
        self.battery_at_ms = None
        self.battery2_dv = None  # of a second input, counted in above
        self.battery2_w = None
        self.soc2_pct = None
        self.battery2_at_ms = None
        self.inverter_w = None  # AC side, out +
        self.pcc_w = None  # the inverter's own grid meter, import +
        self.pcc_at_ms = None  # where it is read apart from the AC side
        self.grid_mhz = None
        self.l1_dv = None  # 0.1 V
        self.l1_ca = None  # 0.01 A, inverter output +
        self.ac_at_ms = None
        self.pv_w = None  # all inputs together
        self.pv1_w = None
        self.pv2_w = None
        self.pv1_dv = None
        self.pv2_dv = None
        self.pv_at_ms = None

        self._forget_energy()

    def _forget_energy(self):
        """Counters since the device was new."""
        self.pv_wh = None
        self.charged_wh = None
        self.discharged_wh = None
        self.import_wh = None
        self.export_wh = None
        self.energy_at_ms = None

    def _forget_status(self):
        self.charge_limit_ca = None  # 0.01 A, from the BMS
        self.discharge_limit_ca = None
        self.limits_at_ms = None
        self.charge_limit_w = None  # from the BMS, newest protocol only
        self.discharge_limit_w = None
        self.power_limits_at_ms = None
        self.battery_max_charge_w = None  # least of model, installer and BMS
        self.battery_max_discharge_w = None
        self.export_limit_w = None  # most that the house may feed into the grid; -1 = no limit
        self.export_at_ms = None
        self.running_state = None  # the maker's number
        self.faults = ()  # the maker's fault numbers, smallest first
        self.inverter_temp_c = None
        self.heatsink_temp_c = None
        self.module_temp_c = None
        self.status_at_ms = None
        self.temperatures_at_ms = None
        self.mode = None  # the maker's number
        self.mode_at_ms = None
        self.setpoint_w = None  # as read back
        self.timeout_s = None  # the inverter's own dead-man; 0 = off
        self.timeout_action = None  # the maker's number
        self.read_back_at_ms = None
