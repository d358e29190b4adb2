"""Modules with loops: equal to the unrolled ones, at any depth, lists in and lists out."""

import inspect

import numpy as np
import pytest

from matcalc.declaration import loads
from matcalc.depth.index import numbered, unrolled_name
from matcalc.errors import CannotDerive
from matcalc.generation import codegen
from matcalc.generation.library import run
from matcalc.generation.loop_parts import argument
from matcalc.generation.loops import codegen_loops
from matcalc.numeric.sampling import sample_variable
from tests.generation.running import Generated
from tests.pattern.networks import NETWORKS

WITH_LOSS = [name for name in NETWORKS if name != "outputs"]


class Looped(Generated):
    """A module with loops, in a file."""

    def __init__(self, text, folder):
        self.template = loads(text).template
        super().__init__(text, folder)
        source = codegen_loops(self.template)
        self.path.write_text(source, encoding="utf-8")
        self.loops = run(source)


def arguments(template, depths, seed=0, dtype=float):
    """Random arguments by name: for the module with loops, and for the unrolled one."""
    rng = np.random.default_rng(seed)
    network = template.unrolled(depths)
    values = {
        v.name: np.asarray(sample_variable(v, network.dims, rng, "unit", network.convention))
        .reshape([d.size(network.dims) for d in v.shape])
        .astype(dtype)
        for v in network.variables
    }
    looped = {}
    for d in template.declared:
        if d.letter:
            span = range(d.first.number(depths), d.last.number(depths) + 1)
            looped[argument(d)] = [values[unrolled_name(d.family, k)] for k in span]
        else:
            looped[argument(d)] = values[numbered(depths).name(d.variable.name)]
    return looped, values


def flat(template, depths, grads):
    """Gradients by the names of the unrolled network."""
    found = {}
    for d in template.declared:
        own = grads.get(argument(d))
        if own is None:
            continue
        if d.letter:
            first = d.first.number(depths)
            found |= {unrolled_name(d.family, k): g for k, g in enumerate(own, first)}
        else:
            found[numbered(depths).name(d.variable.name)] = own
    return found


@pytest.mark.parametrize("depth", [1, 4])
@pytest.mark.parametrize("name", WITH_LOSS)
def test_the_gradients_are_those_of_the_unrolled_module(name, depth):
    template = loads(NETWORKS[name]).template
    depths = {n: depth + k for k, n in enumerate(template.depths)}
    looped, values = arguments(template, depths)
    module = run(codegen_loops(template))
    asked = inspect.signature(module["forward"]).parameters
    looped |= {n: size for n, size in depths.items() if n in asked}
    loss, grads = module["loss_and_grads"](**looped)
    unrolled = run(codegen(template.unrolled(depths)))["loss_and_grads"]
    expected, other = unrolled(**values)
    np.testing.assert_allclose(loss, expected, rtol=1e-13)
    found = flat(template, depths, grads)
    assert set(found) == set(other)
    for key, gradient in found.items():
        np.testing.assert_allclose(gradient, other[key], rtol=1e-11, atol=1e-13, err_msg=key)
        assert np.shape(gradient) == np.shape(values[key])


@pytest.mark.parametrize("name", ["recurrent", "tied", "penalty", "encoder"])
def test_a_module_checks_itself(name, tmp_path):
    assert Looped(NETWORKS[name], tmp_path).check() < 1e-8


def test_single_precision_stays(tmp_path):
    module = Looped(NETWORKS["residual"], tmp_path)
    looped, _ = arguments(module.template, {"N": 3}, dtype=np.float32)
    loss, grads = module.loops["loss_and_grads"](**looped)
    assert loss.dtype == np.float32
    assert all(g.dtype == np.float32 for g in [*grads["W"], *grads["V"], grads["x0"]])


def test_the_cache_has_one_entry_for_each_step(tmp_path):
    module = Looped(NETWORKS["layers"], tmp_path)
    for depth in (2, 20):
        looped, _ = arguments(module.template, {"N": depth})
        _, cache = module.loops["forward"](**looped)
        assert sum(isinstance(key, tuple) for key in cache) == 2 * depth


def test_a_training_step_goes_downhill(tmp_path):
    module = Looped(NETWORKS["recurrent"], tmp_path)
    looped, _ = arguments(module.template, {"T": 6})
    losses = []
    for _ in range(20):
        loss, new = module.loops["train_step"](**looped, learning_rate=0.02)
        losses.append(float(loss))
        looped |= new
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.8 * losses[0]


def test_lists_of_parameters_come_back_as_lists(tmp_path):
    module = Looped(NETWORKS["layers"], tmp_path)
    looped, _ = arguments(module.template, {"N": 4})
    _, new = module.loops["train_step"](**looped)
    assert [w.shape for w in new["W"]] == [w.shape for w in looped["W"]]


def test_outputs_take_the_gradient_that_arrives():
    template = loads(NETWORKS["outputs"]).template
    module = run(codegen_loops(template))
    looped, values = arguments(template, {"N": 3})
    (x,), cache = module["forward"](**looped)
    upstream = np.random.default_rng(1).normal(size=x.shape)
    grads = module["backward"](cache, upstream)
    other = run(codegen(template.unrolled({"N": 3})))
    _, cache = other["forward"](**values)
    expected = other["backward"](cache, upstream)
    for k, gradient in enumerate(grads["W"], 1):
        np.testing.assert_allclose(gradient, expected[f"W{k}"], rtol=1e-11)


def test_a_variable_that_nothing_rests_on_has_a_zero_gradient():
    text = NETWORKS["layers"].replace("  L: sse", "  r: sum(x[1]*0)\n  L: sse")
    text = text.replace("sse(x[N], y)", "sse(x[0], y0)").replace("y: [m[N]", "y0: [m[0]")
    template = loads(text).template
    looped, _ = arguments(template, {"N": 2})
    _, grads = run(codegen_loops(template))["loss_and_grads"](**looped)
    assert all(not g.any() for g in grads["W"])
    assert grads["x0"].any()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a["W"].pop(), "W says N = 2, b says N = 3"),
        (lambda a: a["W"].__setitem__(1, np.ones((7, 7))), "W[2] must have shape"),
        (lambda a: a.__setitem__("y", np.ones((1, 1))), "y must have shape (m_3, 1)"),
        (lambda a: a["b"].__setitem__(0, "text"), "b[1] must hold real numbers"),
    ],
)
def test_wrong_lists_are_refused(change, words):
    template = loads(NETWORKS["layers"]).template
    looped, _ = arguments(template, {"N": 3})
    change(looped)
    with pytest.raises(ValueError, match=None) as caught:
        run(codegen_loops(template))["forward"](**looped)
    assert words in str(caught.value)


def test_abstract_functions_have_no_code():
    text = NETWORKS["layers"].replace("tanh", "f") + "functions: {f: abstract}\n"
    with pytest.raises(CannotDerive, match="abstract"):
        codegen_loops(loads(text).template)


def test_a_depth_that_no_list_shows_is_an_argument():
    text = NETWORKS["shared"]
    module = run(codegen_loops(loads(text).template))
    rng = np.random.default_rng(0)
    arrays = {"x0": rng.normal(size=(3, 1)), "W": rng.normal(size=(3, 3)), "y": np.ones((3, 1))}
    shallow, _ = module["loss_and_grads"](**arrays, N=1)
    deep, _ = module["loss_and_grads"](**arrays, N=9)
    assert shallow != deep


AWKWARD = """
name: Names that code has a use for itself
convention: column
dims: {k: 3, D: 2}
inputs: {"value[0]": [D], given: [D]}
parameters: {"grad_[i]": [D, D], parts: [D, D], dtype: []}
constants: {cache: [D]}
network:
  for i in 1..k:
    value[i]: tanh(grad_[i]*value[i-1]) + dtype*given
  for list in 1..k:
    gradients[list]: parts*value[list] + sum(value[:])*given
  L: sse(value[k], cache) + sum(gradients[:])
"""


def test_names_that_code_uses_itself_and_sums_of_vectors(tmp_path):
    module = Looped(AWKWARD, tmp_path)
    assert module.check() < 1e-7
    looped, values = arguments(module.template, {"k": 4})
    loss, grads = module.loops["loss_and_grads"](**looped)
    expected, other = run(codegen(module.template.unrolled({"k": 4})))["loss_and_grads"](**values)
    np.testing.assert_allclose(loss, expected, rtol=1e-13)
    np.testing.assert_allclose(grads["grad_"][2], other["grad_3"], rtol=1e-11)
    np.testing.assert_allclose(grads["value0"], other["value0"], rtol=1e-11)
    _, new = module.loops["train_step"](**looped)
    np.testing.assert_allclose(new["parts"], values["parts"] - 0.1 * other["parts"], rtol=1e-11)


def test_a_name_that_would_hide_a_function_is_refused():
    with pytest.raises(CannotDerive, match="a name forward of its own"):
        codegen_loops(loads(AWKWARD.replace("parts", "forward")).template)
