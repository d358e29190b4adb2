"""The last part of a generated module: values to try, and the check of its gradients."""

from __future__ import annotations

from matcalc.expressions.expr import Shape, postorder
from matcalc.generation.body import indented
from matcalc.generation.entrance import Entrance
from matcalc.generation.scope import Scope
from matcalc.generation.wording import listed
from matcalc.network.network import Convention, Kind, Network, Variable

ORDER = (
    "positive row_stochastic column_stochastic one_hot symmetric antisymmetric"
    " positive_definite diagonal orthogonal"
)
SPARE = (2, 3, 5, 7, 4, 6)
"Sizes for dimensions that the file has no number for."


def check_section(network: Network, entrance: Entrance) -> list[str]:
    """Functions that draw values and run the module, and the call that compares."""
    held = held_back(network)
    upstream = "".join(f', values["grad {name}"]' for name in network.outputs)
    body = ["_, cache = forward(*(values[name] for name in _SHAPES))"]
    body += compared(f"backward(cache{upstream})", held)
    return [
        *draw_section(network, entrance),
        "",
        "",
        *_loss(network),
        "",
        "",
        "def _gradients(values):",
        *indented(body),
        *main_lines(held),
    ]


def held_back(network: Network) -> list[str]:
    """The variables whose gradient differences of the loss do not show, because
    stop_gradient holds back a part of what they do."""
    under: set[str] = set()
    for equation in reversed(network.equations):
        for node in postorder(equation.expr):
            if node.op.name == "stop_gradient":
                under |= {symbol.name for symbol in node.free}
        if equation.name in under:
            under |= {symbol.name for symbol in equation.expr.free}
    return [v.name for v in network.differentiable if v.name in under]


def compared(gradients: str, held: list[str]) -> list[str]:
    """The lines that return the gradients, without those that cannot be compared."""
    if not held:
        return [f"return {gradients}"]
    names = ", ".join(f'"{name}"' for name in held)
    return [
        f"gradients = {gradients}",
        f"return {{name: gradients[name] for name in gradients if name not in [{names}]}}",
    ]


def main_lines(held: list[str]) -> list[str]:
    """What is done where the module is run as a program."""
    note = f"not compared, since stop_gradient holds back a part: {listed(held)}"
    return [
        "",
        "",
        'if __name__ == "__main__":',
        *([f'    print("{note}")'] if held else []),
        "    raise SystemExit(_check_gradients(_draw, _loss, _gradients))",
    ]


def draw_section(network: Network, entrance: Entrance) -> list[str]:
    """The function that draws values."""
    sizes = dict(network.dims)
    for k, name in enumerate(n for n in entrance.sizes if n not in sizes):
        sizes[name] = SPARE[k % len(SPARE)]
    scope = Scope({}, entrance.sizes)
    rows = [f'"{v.name}": {_value(v, network.convention, scope)},' for v in network.variables]
    rows += [
        f'"grad {name}": rng.normal(size={_shape(network.equation[name].shape, scope)}),'
        for name in network.outputs
    ]
    body = [f"{entrance.sizes[n]} = {sizes[n]}" for n in _used(network)]
    body += ["return {", *(f"    {row}" for row in rows), "}"]
    head = ["def _draw(rng, attempt):", '    """Values at the sizes of the file."""']
    return [*head, *indented(body)]


def _used(network: Network) -> list[str]:
    shapes = [v.shape for v in network.variables if v.value is None]
    shapes += [network.equation[name].shape for name in network.outputs]
    return list(dict.fromkeys(n for shape in shapes for d in shape for n in sorted(d.names)))


def _shape(shape: Shape, scope: Scope) -> str:
    return scope.shape(shape)


def _value(v: Variable, convention: Convention, scope: Scope) -> str:
    if v.value is not None:
        given = f'_VALUES["{v.name}"]' if v.shape else repr(float(v.value))
        free = v.kind is not Kind.CONSTANT and not v.assume
        return f"_given(rng, {given}, {'attempt' if free else 0})"
    text = f"_sample(rng, {_shape(v.shape, scope)}, attempt)"
    for assumption in ORDER.split():
        if assumption in v.assume:
            ending = ""
            if assumption == "one_hot":
                ending = "_rows" if convention is Convention.ROW else "_columns"
            text = f"_{assumption}{ending}({text})"
    return text


def _loss(network: Network) -> list[str]:
    head = ["def _loss(values):"]
    if network.loss:
        return [*head, "    return forward(*(values[name] for name in _SHAPES))[0]"]
    words = '    """The outputs, weighted with their upstream gradients."""'
    body = ["outputs, _ = forward(*(values[name] for name in _SHAPES))"]
    weights = ", ".join(f'values["grad {name}"]' for name in network.outputs)
    comma = "," if len(network.outputs) == 1 else ""
    body += [
        f"weights = ({weights}{comma})",
        "return sum(np.sum(output * weight) for output, weight in zip(outputs, weights))",
    ]
    return [*head, words, *indented(body)]
