"""A small data set to train on: digits of 8×8 pixels, drawn with a pen that trembles.

Each digit is a few strokes; every sample shifts, slants and scales them, moves their
corners a little, and adds noise. Run as a program, this trains the classifier of
gatech-4644 with the generated train_step:

    python -m derivations.digits
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

STROKES = {
    0: [[(0.3, 0.1), (0.7, 0.1), (0.8, 0.5), (0.7, 0.9), (0.3, 0.9), (0.2, 0.5), (0.3, 0.1)]],
    1: [[(0.3, 0.3), (0.55, 0.1), (0.55, 0.9)]],
    2: [[(0.2, 0.25), (0.5, 0.1), (0.8, 0.3), (0.2, 0.9), (0.8, 0.9)]],
    3: [[(0.2, 0.1), (0.75, 0.1), (0.45, 0.45), (0.8, 0.65), (0.6, 0.9), (0.2, 0.85)]],
    4: [[(0.65, 0.9), (0.65, 0.1), (0.2, 0.6), (0.85, 0.6)]],
    5: [[(0.8, 0.1), (0.25, 0.1), (0.25, 0.45), (0.7, 0.45), (0.75, 0.75), (0.5, 0.9),
         (0.2, 0.85)]],
    6: [[(0.7, 0.1), (0.3, 0.45), (0.25, 0.8), (0.55, 0.9), (0.8, 0.7), (0.55, 0.5), (0.3, 0.6)]],
    7: [[(0.2, 0.1), (0.8, 0.1), (0.45, 0.9)]],
    8: [[(0.5, 0.5), (0.25, 0.3), (0.5, 0.1), (0.75, 0.3), (0.5, 0.5)],
        [(0.5, 0.5), (0.2, 0.7), (0.5, 0.9), (0.8, 0.7), (0.5, 0.5)]],
    9: [[(0.7, 0.4), (0.45, 0.5), (0.25, 0.3), (0.5, 0.1), (0.75, 0.3), (0.65, 0.9)]],
}  # fmt: skip
"Corners of each digit's strokes, x to the right and y down, within a unit square."
SIZE = 8
PEN = 0.07


def digits(count: int, seed: int) -> tuple[Any, Any]:
    """``count`` digits as columns: pixels (64, count) from 0 to 1, and one-hot labels
    (10, count), all ten equally often."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % 10)
    pixels = np.stack([_drawn(int(label), rng) for label in labels], axis=1)
    return pixels, np.eye(10)[:, labels]


def _drawn(digit: int, rng: np.random.Generator) -> Any:
    """The 64 pixels of one digit."""
    slant, turn = rng.normal(0, 0.12), rng.normal(0, 0.08)
    scale, shift = rng.uniform(0.8, 1.1, 2), rng.normal(0, 0.04, 2)
    centres = (np.arange(SIZE) + 0.5) / SIZE
    grid = np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)
    nearest = np.full(SIZE * SIZE, np.inf)
    for stroke in STROKES[digit]:
        corners = np.array(stroke) - 0.5 + rng.normal(0, 0.02, (len(stroke), 2))
        corners = corners * scale @ np.array([[1.0, turn], [-slant - turn, 1.0]]) + 0.5 + shift
        for start, end in pairwise(corners):
            nearest = np.minimum(nearest, _distance(grid, start, end))
    ink = np.exp(-((nearest / PEN) ** 2) / 2)
    return np.clip(ink + rng.normal(0, 0.08, ink.shape), 0, 1)


def _distance(points: Any, start: Any, end: Any) -> Any:
    """How far each point is from the line between two corners."""
    along = end - start
    part = np.clip((points - start) @ along / max(along @ along, 1e-12), 0, 1)
    return np.linalg.norm(points - start - part[:, None] * along, axis=1)


def weights(hidden: int, seed: int) -> dict[str, Any]:
    """Parameters to start from, for the network of gatech-4644/training.yaml."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(hidden, SIZE * SIZE)) * np.sqrt(2 / SIZE**2)
    second = rng.normal(size=(10, hidden)) * np.sqrt(2 / hidden)
    return {"W1": first, "b1": np.zeros((hidden, 1)), "W2": second, "b2": np.zeros((10, 1))}


def accuracy(pixels: Any, labels: Any, parameters: dict[str, Any]) -> float:
    """The share of samples whose largest score is that of their label."""
    first, second = (parameters[f"W{k}"] for k in (1, 2))
    hidden = np.maximum(first @ pixels + parameters["b1"], 0)
    scores = second @ hidden + parameters["b2"]
    return float(np.mean(np.argmax(scores, axis=0) == np.argmax(labels, axis=0)))


def main() -> None:
    from matcalc.declaration import load
    from matcalc.generation.kernels import load_module

    network = load(str(Path(__file__).parent / "gatech-4644" / "training.yaml"))
    step = load_module(network)["train_step"]
    (X, Y), unseen = digits(600, seed=0), digits(400, seed=1)
    parameters = weights(32, seed=2)
    for k in range(301):
        loss, after = step(X, **parameters, Y=Y, learning_rate=0.3)
        if k % 50 == 0:
            seen, new = accuracy(X, Y, parameters), accuracy(*unseen, parameters)
            print(f"step {k:3}  loss {loss:.4f}  right {seen:6.1%}, of unseen ones {new:6.1%}")
        parameters = after


if __name__ == "__main__":
    main()
