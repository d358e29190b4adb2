"""How fast matcalc and what it writes are, beside others; see ``python -m benchmarks``."""
