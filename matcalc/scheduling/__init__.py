"""Schedules: networks as lists of primitive instructions, and the code made from them."""

from matcalc.scheduling.workspace import workspace_module

__all__ = ["workspace_module"]
