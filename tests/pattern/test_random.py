"""Random networks with loops: pattern against numbers, code against the unrolled code."""

import inspect

import numpy as np
import pytest

from matcalc.checking.patterns import check_pattern
from matcalc.declaration import loads
from matcalc.depth.pattern import derive_pattern
from matcalc.generation import codegen
from matcalc.generation.library import run
from matcalc.generation.loops import codegen_loops
from matcalc.layout.layout import LAYOUTS
from matcalc.printing.network_yaml import template_yaml
from tests.pattern.random_templates import Maker
from tests.pattern.test_loops_in_code import arguments, flat

STYLES = ("differential", "chain", "index", "vec")


@pytest.mark.parametrize("seed", range(12))
def test_pattern_and_code(seed):
    template = loads(Maker(seed).text()).template
    assert loads(template_yaml(template)).template == template
    layout = LAYOUTS[("denominator", "numerator", "mixed")[seed % 3]]
    turned = template.convert(template.convention.other) if seed % 2 else template
    found = derive_pattern(turned, layout, style=STYLES[seed % 4])
    report = check_pattern(found, depths=(1, 2))
    assert report.ok, report.failed

    depths = {name: 3 + k for k, name in enumerate(template.depths)}
    looped, values = arguments(template, depths)
    module = run(codegen_loops(template))
    asked = inspect.signature(module["forward"]).parameters
    looped |= {name: size for name, size in depths.items() if name in asked}
    loss, grads = module["loss_and_grads"](**looped)
    expected, other = run(codegen(template.unrolled(depths)))["loss_and_grads"](**values)
    np.testing.assert_allclose(loss, expected, rtol=1e-12)
    for name, gradient in flat(template, depths, grads).items():
        np.testing.assert_allclose(gradient, other[name], rtol=1e-9, atol=1e-12)
