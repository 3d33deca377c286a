"""Inverters without a bus: which there are, what their registers mean, how they are commanded."""
