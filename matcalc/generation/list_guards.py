"""What a generated module with loops does with lists of arrays; copied into each of them.

A list stands for the members of a family; inside of functions it is a dictionary by index.
Names start with an underscore, which no name of a network does.
"""

# mypy: ignore-errors
# ruff: noqa: B905, F821
import numpy as np


def _checked_lists(shapes, depths, /, **values):
    """The values as arrays of one floating type, each list as a dictionary by index.

    ``shapes`` has, for each name, the first and the last index of a list (or None) and the
    sizes; one that depends on an index is (family, depth or "*", shift). A ValueError says
    which list has another length and which array another shape.
    """
    flat, flat_shapes = {}, {}
    for name, value in values.items():
        first, last, sizes = shapes[name]
        if first is None:
            flat[name], flat_shapes[name] = value, _sizes_at(sizes, depths, 0)
            continue
        span = range(_index(first, depths), _index(last, depths) + 1)
        if len(value) != len(span):
            raise ValueError(f"{name} must hold {len(span)} arrays, not {len(value)}")
        for k, array in zip(span, value):
            flat[f"{name}[{k}]"] = array
            flat_shapes[f"{name}[{k}]"] = _sizes_at(sizes, depths, k)
    arrays = dict(zip(flat, _checked(flat_shapes, **flat)))
    found = []
    for name in values:
        first, last, _ = shapes[name]
        if first is None:
            found.append(arrays[name])
        else:
            span = range(_index(first, depths), _index(last, depths) + 1)
            found.append({k: arrays[f"{name}[{k}]"] for k in span})
    return found


def _index(end, depths):
    """An index from (depth or "", shift)."""
    base, shift = end
    return depths.get(base, 0) + shift


def _sizes_at(sizes, depths, k):
    """The sizes of the member k: m of (m, "*", -1) is m_4 at k = 5."""
    return tuple(
        f"{s[0]}_{(k if s[1] == '*' else depths.get(s[1], 0)) + s[2]}"
        if isinstance(s, tuple)
        else s
        for s in sizes
    )


def _depth(name, **counts):
    """The depth, from each list that shows it: they have to agree."""
    found = set(counts.values())
    if len(found) > 1 or min(found) < 1:
        said = ", ".join(f"{n} says {name} = {count}" for n, count in counts.items())
        raise ValueError(f"the lists do not fit each other: {said}")
    return found.pop()


def _add(grad, parts, *places):
    """Put gradients in their places, added to what has arrived there."""
    for part, place in zip(parts if len(places) > 1 else (parts,), places):
        grad[place] = grad[place] + part if place in grad else part


def _found(grad, place, given, dtype):
    """What has arrived at a variable, in its shape; zero where nothing has."""
    value = np.asarray(grad[place] if place in grad else np.zeros(np.shape(given)), dtype)
    return value.reshape(np.shape(given))[()]


def _found_list(grad, family, first, given, dtype):
    """What has arrived at the members of a list, from the index ``first`` on."""
    return [_found(grad, (family, k), array, dtype) for k, array in enumerate(given, first)]


def _regrouped(values, names, lists):
    """Arrays by name as arguments: W[1], W[2], ... as one list."""
    return [
        [a for key, a in values.items() if key.startswith(f"{name}[")]
        if name in lists
        else values[name]
        for name in names
    ]


def _spread(found, starts):
    """Lists as single arrays by name, each list from its first index on."""
    flat = {}
    for name, value in found.items():
        if name in starts:
            flat.update({f"{name}[{k}]": a for k, a in enumerate(value, starts[name])})
        else:
            flat[name] = value
    return flat
