"""What is said about each slip: its name in a few words, where it is, and why it is one.

The keys are the table's slips, the most specific first: where an answer equals several,
they are told in this order. ``where`` and ``why`` may name ``{line}`` (the equation that
the slip is in), ``{at}`` (the name it defines), ``{piece}`` (what it was made on),
``{other}`` and ``{target}``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SlipWords:
    title: str
    where: str
    why: str


IN_LINE = "It is in the step back through {line}."

WORDS: dict[str, SlipWords] = {
    "activation-missing": SlipWords(
        "the derivative of the activation is missing",
        "It is missing in the step back through {line}.",
        "What arrives at {at} is multiplied by the derivative of {piece} on its way back;"
        " without it, the gradient by {at} is passed on as it is.",
    ),
    "activation-at-output": SlipWords(
        "the derivative of the activation is taken at its output",
        "It is in the step back through {line}.",
        "The derivative belongs at what goes into the function, not at {at}, which is the"
        " function's value already.",
    ),
    "activation-at-input": SlipWords(
        "the derivative in terms of the output is taken at the input",
        "It is in the step back through {line}.",
        "The short form, as h(1 - h) for a sigmoid, is for the value {at} of the function,"
        " not for what goes into it.",
    ),
    "before-after-activation": SlipWords(
        "a value before the activation stands for the one after it, or the other way round",
        "It is {piece}, in the step back through {line}.",
        "The gradient of a product has the other factor in it, as it stands in {line}.",
    ),
    "function-for-derivative": SlipWords(
        "the function itself stands where its derivative belongs",
        "It is in the step back through {line}.",
        "The chain rule multiplies by the derivative of {piece}, not by its value.",
    ),
    "softmax-diagonal": SlipWords(
        "only the diagonal of the softmax's Jacobian is used",
        "It is in the step back through {line}.",
        "Every entry of a softmax depends on every input of its sample: besides p(1 - p)"
        " there are the terms -p q.",
    ),
    "softmax-missing": SlipWords(
        "the softmax is missing",
        "It is in the step back through {line}.",
        "The cross entropy is taken of the softmax: its gradient has the probabilities in it,"
        " not what goes into the softmax.",
    ),
    "statistics-constant": SlipWords(
        "mean and variance are treated as constants",
        "It is in the step back through {line}.",
        "The mean and the variance depend on what is normalised, and move with it.",
    ),
    "batch-sum-missing": SlipWords(
        "the sum over the batch is missing",
        "It is in the step back through {line}.",
        "{piece} is shared by all samples, so every sample adds to its gradient.",
    ),
    "batch-sum-twice": SlipWords(
        "the sum over the batch is taken twice",
        "It is in the step back through {line}.",
        "{piece} is shared by all samples; its gradient adds them up once.",
    ),
    "wrong-axis": SlipWords(
        "the sum runs over the wrong axis",
        "It is in the step back through {line}.",
        "{piece} is repeated for every sample: the sum runs over the samples.",
    ),
    "broadcast-not-undone": SlipWords(
        "the broadcast is not undone",
        "It is in the step back through {line}.",
        "Where a value is used for many entries, or many entries go into one, the way back"
        " adds up or spreads out what arrives.",
    ),
    "averaged": SlipWords(
        "an average is taken where the sum belongs",
        "It is in the step back through {line}.",
        "{piece} stands in every repetition, and what they contribute adds up; a 1/N comes"
        " from the loss alone, if it has one.",
    ),
    "branch-forgotten": SlipWords(
        "a branch of the graph is forgotten",
        "What comes back through {line} is missing.",
        "{piece} is used more than once, and what its uses contribute adds up.",
    ),
    "branch-sign": SlipWords(
        "one branch has the wrong sign",
        "It is what comes back through {line}.",
        "{piece} is used more than once; the contribution of this use has the other sign.",
    ),
    "upstream-wrong": SlipWords(
        "the upstream gradient is that of the wrong node",
        "Into the step back through {line} goes the gradient by {at}, not that by {piece}.",
        "The chain rule starts from what the step computes: from {at}.",
    ),
    "gradient-of-another": SlipWords(
        "this is the gradient by another variable",
        "It is the gradient by {piece}: are the names or indices mixed up?",
        "The gradient by {target} starts where {target} is used.",
    ),
    "wrong-name": SlipWords(
        "another variable stands where the right one belongs",
        "It is {piece}, in the step back through {line}.",
        "The factors of a gradient are those that stand beside {target} in the network, on"
        " its way to the loss.",
    ),
    "power-not-lowered": SlipWords(
        "the exponent of a power is not lowered",
        "It is in the step back through {line}.",
        "The derivative of a power p has the exponent p - 1.",
    ),
    "factor-lost": SlipWords(
        "a constant factor is lost",
        "The factor {piece} is lost in the step back through {line}.",
        "A constant factor of the function is a factor of its derivative.",
    ),
    "product-for-hadamard": SlipWords(
        "the entrywise product and the matrix product are confused",
        "It is in the step back through {line}.",
        "A matrix product in the network gives matrix products on the way back; what acts"
        " entry by entry gives entrywise ones.",
    ),
    "factors-order": SlipWords(
        "the factors are in the wrong order",
        "It is in the step back through {line}.",
        "Matrices do not commute: a factor that stood on the left comes back on the left.",
    ),
    "transpose-missing": SlipWords(
        "a transpose is missing, or one is too many",
        "It is in the step back through {line}.",
        "On the way back, the other factors of a product stand transposed.",
    ),
}
"""Every slip of the table."""
