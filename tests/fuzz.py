"""``make fuzz``: random networks for as long as wanted, derived and checked.

    python -m tests.fuzz --start 500 --count 5000

Prints each seed that fails, and exits with 1 if one did.
"""

import argparse
import sys

from matcalc.checking import check
from matcalc.declaration import loads
from matcalc.derivation import derive
from tests.random_networks import random_network


def trial(seed: int) -> str:
    """What went wrong with the network of a seed, or nothing."""
    try:
        report = check(derive(loads(random_network(seed))), points=1, seed=seed)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "" if report.ok else str(report.failed[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=int, default=500)
    parser.add_argument("--count", type=int, default=5000)
    asked = parser.parse_args()
    failures = 0
    for k, seed in enumerate(range(asked.start, asked.start + asked.count), 1):
        wrong = trial(seed)
        if wrong:
            failures += 1
            print(f"seed {seed}: {wrong}")
        if sys.stderr.isatty():
            print(f"\r{k} networks, {failures} failures", end="", file=sys.stderr)
    print(f"{asked.count} networks, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
