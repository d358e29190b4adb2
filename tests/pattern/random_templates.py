"""Random networks with loops: states, shared and own weights, totals, loops up and down."""

import random

HEAD = """convention: column
dims: {N: 3, M: 2, H: 3}
inputs:
  x[0]: [H]
  s[0]: [H]
  u[n]: [H]
parameters: {%sA: [H, H], B: [H, H], c: [H], k: []}
constants:
  y: [H]
network:
"""
FORMS = (
    "tanh({matrix}*{a} + {b})",
    "{a} + {matrix}*sigmoid({b})",
    "hadamard({a}, sigmoid({b}))",
    "{a} - k*{b}/{letter}",
    "{matrix}.T*{a} + tanh({b})",
    "softmax({matrix}*{a})",
    "layernorm({a} + {b})",
)


class Maker:
    """``seed`` decides everything."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.own = []

    def text(self):
        """The file."""
        lines = self.states()
        ends = ["x[N]", "s[N]"]
        if self.random.random() < 0.5:
            lines += [f"g[M]: {self.random.choice(ends)}", "for t in M..1:"]
            lines += [f"  g[t-1]: {self.vector('t', ['g[t]', 'c', ends[0]])}"]
            ends.append("g[0]")
        terms = [f"sse({self.random.choice(ends)}, y)"]
        if self.random.random() < 0.5:
            terms.append(f"sum({self.random.choice(self.families)}[:])")
        if self.random.random() < 0.3:
            terms.append(f"k*norm({self.random.choice(ends)})/N")
        if self.random.random() < 0.4:
            known = ["x[i]", "s[i]", "sum(x[:])*c", "x[N]"]
            lines += ["for i in 1..N:", f"  q[i]: {self.vector('i', known)}"]
            terms.append("norm(q[N])*sum(q[:])" if self.random.random() < 0.5 else "sum(q[:])**2")
        lines.append(f"L: {' + '.join(terms)}")
        return HEAD % "".join(self.own) + "".join(f"  {line}\n" for line in lines)

    def states(self):
        """A loop with two states and up to three nodes before them."""
        known = ["x[n-1]", "s[n-1]", "u[n]", "c"]
        self.families = [*self.random.sample("abd", self.random.randrange(4)), "x", "s"]
        lines = ["for n in 1..N:", f"  e[n]: {self.vector('n', known[:2])} + u[n]"]
        known.append("e[n]")
        for name in self.families:
            lines.append(f"  {name}[n]: {self.vector('n', known)}")
            known.append(f"{name}[n]")
        return lines

    def vector(self, letter, known):
        """An expression of a column of H entries."""
        form = self.random.choice(FORMS)
        a, b = (self.random.choice(known) for _ in "ab")
        matrix = self.matrix(letter) if "{matrix}" in form else ""
        return form.format(matrix=matrix, a=a, b=b, letter=letter)

    def matrix(self, letter):
        """A shared weight, or one for each step."""
        if self.random.random() < 0.5:
            return self.random.choice("AB")
        name = f"W{len(self.own)}w"
        self.own.append(f"'{name}[{letter}]': [H, H], ")
        return f"{name}[{letter}]"
