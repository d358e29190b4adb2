"""Wide nodes: a use among many costs what it is itself, not what all of them are."""

from matcalc.declaration import loads
from matcalc.derivation import derive
from matcalc.expressions import work


def taken(terms):
    names = [f"of{terms}_{k}" for k in range(terms)]  # their own: what is known costs nothing
    variables = ", ".join(f"{name}: []" for name in names)
    loss = "+".join(f"{name}**2" for name in names)
    network = loads(f"inputs: {{{variables}}}\nnetwork:\n  L: {loss}")
    work.allow(work.UNBOUNDED)
    d = derive(network)
    assert str(d[names[7]]) == f"2*{names[7]}" and d.steps
    return work.used()


def test_the_work_grows_with_the_terms_and_no_faster():
    assert taken(800) < 2.2 * taken(400)
