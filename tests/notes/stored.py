"""The stored networks of the course notes, and means to compare results with a claim."""

from pathlib import Path

import numpy as np

from derivations.write import Stored
from derivations.write import stored as all_stored
from matcalc.checking.run import find_point
from matcalc.declaration import load, parse
from matcalc.derivation import derive
from matcalc.derivation.tensor import entries
from matcalc.expressions.build import gradient
from matcalc.expressions.expr import write_shape
from matcalc.facade import codegen
from matcalc.layout.layout import as_preset
from matcalc.numeric.evaluate import evaluate
from matcalc.numeric.sampling import distinct_sizes
from matcalc.printing.language import write
from matcalc.printing.unicode import UnicodePrinter

FOLDER = Path(__file__).parents[2] / "derivations"


def stored(preset, name):
    """The derivation of a stored network, in the notes' own convention and layout."""
    d = derive(load(FOLDER / preset / f"{name}.yaml"))
    assert d.layout == as_preset(preset).layout
    return d


def shape(partial):
    return write_shape(partial.shape)


def text(d, e):
    return write(e, d.network.convention)


def point(d, sizes=None):
    """Values of all variables and nodes at pairwise different sizes (or as the file gives
    them), those of the given upstream gradients, and the environment."""
    network = d.network
    reference = find_point(network, sizes or distinct_sizes(network), np.random.default_rng(5))
    upstream = {gradient(network.symbol(k)): v for k, v in reference.upstream.items()}
    return {**reference.point, **upstream}, reference.env


def value(d, e, sizes=None):
    """The value of an expression, or of a text in the names of the network.

    grad(node) in it has the value of the derivation's own closed form.
    """
    values, env = point(d, sizes)
    e = parse(e, d.network) if isinstance(e, str) else e
    for symbol in e.free - set(values):
        values[symbol] = evaluate(d.closed_form(symbol.name), values, env)
    return evaluate(e, values, env)


def agree(d, e, claim, sizes=None):
    """Whether the expression and the claim, a text, have one shape and the same values."""
    claimed = parse(claim, d.network)
    found, expected = value(d, e, sizes), value(d, claimed, sizes)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    return e.shape == claimed.shape


def entry_texts(d, e, sizes=None):
    """An expression at concrete sizes, as a list of rows of texts."""
    found = entries(parse(e, d.network) if isinstance(e, str) else e, sizes or d.network.dims)
    return [[text(d, entry) for entry in row] for row in found]


def same_entries(d, one, other, sizes):
    """Whether two expressions are the same, entry by entry, as expressions."""
    first, second = (entries(parse(e, d.network), sizes) for e in (one, other))
    return first.shape == second.shape and bool((first == second).all())


def generated(d):
    """The functions of the NumPy module that is generated for the network."""
    module = {"__name__": "generated"}
    exec(codegen(d.network), module)
    return module


def argued(preset, name, way=""):
    """The derivation as it is stored, argued in the notes' own way or in a further one."""
    one = Stored(FOLDER / preset / f"{name}.yaml", way)
    assert one in all_stored(), "it is not stored"
    return one.derivation


def claims(d, about):
    """What the steps for a gradient claim, as a reader sees it: texts with their rules."""
    (top,) = (step for step in d.steps if step.kind == "accumulate" and step.about == about)
    found = []
    for step in top.substeps:
        found += step.substeps if step.kind == "pullback" else [step]
    return written(d, found)


def local_claims(d, of, wrt):
    """What is said of a local Jacobian beside its form."""
    return written(d, d.jacobian(of, wrt).steps)


def written(d, steps):
    """The steps as the terminal prints them: "lhs = rhs" by rule, in order."""
    printer = UnicodePrinter(d.network.convention, d.of)
    sides = ([printer.text(d.shown_claim(side)) for side in s.claim] for s in steps)
    return [(s.rule, " = ".join(pair)) for s, pair in zip(steps, sides, strict=True)]
