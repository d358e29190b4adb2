"""The check: everything that is claimed, against numbers that no rule had a hand in."""

from matcalc.check.report import Report, Row
from matcalc.check.run import check

__all__ = ["Report", "Row", "check"]
