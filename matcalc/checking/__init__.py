"""The check: everything that is claimed, against numbers that no rule had a hand in."""

from matcalc.checking.report import Report, Row
from matcalc.checking.run import check

__all__ = ["Report", "Row", "check"]
