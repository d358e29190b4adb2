"""Random networks over the whole language, as the text of a file.

Every expression is drawn with the shape that is wanted, from operations that can make
it; nodes are used several times, broadcast and branched. The same seed gives the same
network.
"""

import random

DIMS = {"a": 2, "b": 3, "c": 5}
SMOOTH = ["sigmoid", "tanh", "sin", "cos", "softplus", "exp", "square", "arctan", "silu", "gelu",
          "expm1", "log_sigmoid", "f", "g", "erf"]  # fmt: skip
KINKED = ["relu", "abs", "leaky_relu", "elu"]


class Generator:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.convention = self.random.choice(["row", "column"])
        self.layout = self.random.choice(["denominator", "numerator", "mixed"])
        self.names: dict[str, tuple] = {}
        self.variables: dict[str, tuple] = {}

    def shape(self) -> tuple:
        pick = self.random.choice
        return pick([(), (pick("abc"), "1"), ("1", pick("abc")), *[(pick("abc"), pick("abc"))] * 3])

    def variable(self, shape: tuple) -> str:
        name = f"V{len(self.variables)}"
        self.variables[name] = self.names[name] = shape
        return name

    def leaf(self, shape: tuple) -> str:
        known = [name for name, own in self.names.items() if own == shape]
        if known and self.random.random() < 0.7:
            return self.random.choice(known)
        turned = [n for n, own in self.names.items() if shape and own == shape[::-1]]
        if turned and self.random.random() < 0.5:
            return self.random.choice(turned) + ".T"
        if len(self.variables) < 8:
            return self.variable(shape)
        if known:
            return self.random.choice(known)
        return f"ones({shape[0]}, {shape[1]})" if shape else "2"

    def expression(self, shape: tuple, depth: int) -> str:
        if depth == 0:
            return self.leaf(shape)
        makers = [self.sum, self.product, self.entrywise, self.function, self.choice]
        if not shape:
            makers += [self.reduction, self.reduction, self.loss]
        else:
            makers += [self.matrix_product] * 3 + [self.broadcast, self.normalised, self.structure]
        return self.random.choice(makers)(shape, depth - 1)

    def sum(self, shape, depth):
        sign = self.random.choice("+-")
        return f"({self.expression(shape, depth)} {sign} {self.expression(shape, depth)})"

    def product(self, shape, depth):
        scalar = self.random.choice(["2", "0.5", "-3", "a", self.expression((), depth)])
        return f"({scalar})*({self.expression(shape, depth)})"

    def matrix_product(self, shape, depth):
        inner = self.random.choice("abc")
        left, right = (shape[0], inner), (inner, shape[1])
        return f"({self.expression(left, depth)})*({self.expression(right, depth)})"

    def entrywise(self, shape, depth):
        a, b = self.expression(shape, depth), self.expression(shape, depth)
        if not shape:
            return self.random.choice([f"({a})*({b})", f"({a})/(2 + ({b})**2)"])
        return self.random.choice(
            [f"hadamard({a}, {b})", f"divide({a}, 2 + power({b}, 2))", f"hadamard({a}, {b}, {a})"]
        )

    def function(self, shape, depth):
        name = self.random.choice(SMOOTH + KINKED)
        return f"{name}({self.expression(shape, depth)}/3)"

    def choice(self, shape, depth):
        a, b = self.expression(shape, depth), self.expression(shape, depth)
        form = self.random.choice(
            ["maximum({0}, {1})", "minimum({0}, {1})", "where({0}, {1}, {0})"]
        )
        return form.format(a, b)

    def reduction(self, shape, depth):
        kind = self.random.choice(["sum", "mean", "var", "norm", "logsumexp", "max", "inner",
                                   "trace", "logdet", "quadratic", "std"])  # fmt: skip
        full = (self.random.choice("abc"), self.random.choice("abc"))
        if kind == "inner":
            return f"inner({self.expression(full, depth)}, {self.expression(full, depth)})"
        if kind in ("trace", "logdet"):
            n = full[0]
            square = self.expression((n, n), depth)
            return f"trace({square})" if kind == "trace" else f"logdet({square}/9 + 4*eye({n}))"
        if kind == "quadratic":
            n = full[0]
            x, matrix = self.leaf((n, "1")), self.expression((n, n), depth)
            return f"({x}).T*({matrix})*({x})"
        return f"{kind}({self.expression(full, depth)})"

    def loss(self, shape, depth):
        full = (self.random.choice("abc"), self.random.choice("abc"))
        a, b = self.expression(full, depth), self.leaf(full)
        form = self.random.choice(
            ["sse({0}, {1})", "mse({0}, {1})", "softmax_cross_entropy({0}, {1})",
             "cross_entropy(sigmoid({0}), {1})", "binary_cross_entropy(sigmoid({0}), {1})"]
        )  # fmt: skip
        return form.format(a, b)

    def broadcast(self, shape, depth):
        small = self.random.choice([("1", shape[1]), (shape[0], "1"), ()])
        a, b = self.expression(shape, depth), self.expression(small, depth)
        return self.random.choice([f"({a} + ({b}))", f"hadamard({a}, {b})", f"({a} - ({b}))"])

    def normalised(self, shape, depth):
        a = self.expression(shape, depth)
        if "1" in shape:
            axis = self.random.choice([0, 1])
            other = self.random.choice("abc")
            full = (other, shape[1]) if shape[0] == "1" else (shape[0], other)
            axis = 0 if shape[0] == "1" else 1
            kind = self.random.choice(["sum", "mean", "max", "logsumexp", "norm", "var"])
            return f"{kind}({self.expression(full, depth)}, axis={axis})"
        kind = self.random.choice(["softmax({0})", "softmax({0}, axis=0)", "log_softmax({0})",
                                   "layernorm({0}, eps=0.1)", "batchnorm({0}, eps=0.1)"])  # fmt: skip
        return kind.format(a)

    def structure(self, shape, depth):
        m, n = shape
        options = [f"({self.expression((n, m), depth)}).T"]
        if m == n:
            a = self.expression(shape, depth)
            options += [f"inv({a}/9 + 4*eye({n}))", f"tril({a})", f"({a})**2",
                        f"diag({self.expression((n, '1'), depth)})"]  # fmt: skip
        if n == "1" and m != "1":
            options.append(f"diagonal({self.expression((m, m), depth)})")
        if m != "1":
            options.append(
                f"solve({self.expression((m, m), 0)}/9 + 4*eye({m}), {self.expression(shape, depth)})"
            )
        return self.random.choice(options)

    def network(self) -> str:
        lines = []
        for k in range(self.random.randint(1, 4)):
            shape = self.shape()
            text = self.expression(shape, self.random.randint(1, 3))
            lines.append(f"  N{k}: {text}")
            self.names[f"N{k}"] = shape
        lines.append(f"  L: {self.expression((), 2)}")
        declared = "\n".join(
            f"  {name}: [{', '.join(shape)}]" for name, shape in self.variables.items()
        )
        dims = ", ".join(f"{k}: {v}" for k, v in DIMS.items())
        return "\n".join(
            [f"convention: {self.convention}", f"layout: {self.layout}", f"dims: {{{dims}}}",
             "inputs:", declared, "functions: {f: abstract, g: x*sigmoid(x) + x**2/5}",
             "network:", *lines, "loss: L"]
        )  # fmt: skip


def random_network(seed: int) -> str:
    return Generator(seed).network()
