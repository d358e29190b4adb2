"""What a generated module does with its arguments; copied into each of them.

Names start with an underscore, which no name of a network does.
"""

# mypy: ignore-errors
# ruff: noqa: B905
import numpy as np


def _checked(shapes, /, **values):
    """The values as arrays of one floating type, or a ValueError where shapes do not fit.

    float32 stays float32 where all arrays are; integers count as float64; numbers and
    lists follow the arrays.
    """
    arrays, types = {}, []
    for name, value in values.items():
        if value is None:
            raise TypeError(f"forward() needs a value for {name}")
        arrays[name] = array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise ValueError(f"{name} must hold real numbers, not {array.dtype}")
        if hasattr(value, "dtype"):
            types.append(array.dtype if array.dtype.kind == "f" else np.dtype(float))
    dtype = np.result_type(*types) if types else np.dtype(float)
    sizes = _sizes(shapes, arrays)
    for name, array in arrays.items():
        _expect(name, array.shape, shapes[name], [sizes.get(d, d) for d in shapes[name]])
    return [array.astype(dtype, copy=False)[()] for array in arrays.values()]


def _sizes(shapes, arrays):
    """The size of each dimension: what most arrays say, else what the first one says."""
    said = {}
    for name, array in arrays.items():
        if array.ndim == len(shapes[name]):
            for dimension, size in zip(shapes[name], array.shape):
                said.setdefault(dimension, []).append(size)
    known = {d: max(sizes, key=sizes.count) for d, sizes in said.items()}
    return {d: size for d, size in known.items() if str(d).isidentifier()}


def _expect(name, given, shape, sizes):
    """Refuse an array of another shape; a size that is no number yet fits anything."""
    fits = len(given) == len(sizes) and all(
        have == want or isinstance(want, str) for have, want in zip(given, sizes)
    )
    if not fits:
        symbols = f"({', '.join(map(str, shape))})"
        numbers = f"({', '.join(map(str, sizes))})"
        wanted = symbols if symbols == numbers else f"{symbols} = {numbers}"
        raise ValueError(f"{name} must have shape {wanted}, not {given}")


def _upstream(name, value, shape, dtype):
    """The gradient that arrives at an output, as an array of its shape and type."""
    array = np.asarray(value, dtype)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {array.shape}")
    return array[()]
