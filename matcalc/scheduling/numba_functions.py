"""The functions that a compiled module brings along, as source.

Those of numbers have neither branches nor calls, so that a loop over them is vectorised.
"""

from __future__ import annotations

import re

IMPORT = """\
try:
    from numba import carray, njit, types
    from numba.extending import intrinsic
except ImportError:
    raise ImportError("this module needs numba and SciPy: pip install numba scipy") from None

_compiled = njit(error_model="numpy", fastmath={"contract"})
"""
POINTER = '''\
@intrinsic
def _pointer(typing, address, like):
    """An address as a pointer to numbers of the type of like."""

    def written(context, builder, signature, args):
        return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

    return types.CPointer(like)(address, like), written


@_compiled
def _array(address, m, n, like):
    """The array at an address, of numbers of the type of like."""
    return carray(_pointer(address, like), (m, n))
'''
PRODUCT = '''\
@_compiled
def _product(a, b, out):
    """a times b, into out: by loops where it is small."""
    m, k = a.shape
    n = b.shape[1]
    if m * k * n > 8192:
        np.dot(a, b, out)
        return
    for i in range(m):
        for j in range(n):
            out[i, j] = 0
        for p in range(k):
            for j in range(n):
                out[i, j] += a[i, p] * b[p, j]
'''
PLUS = '''\
@njit(fastmath={"reassoc", "contract"})
def _plus(a, b):
    """a + b in a sum whose terms may be added in any order."""
    return a + b
'''
RANK = '''\
_LEAST = -(2**63)


@_compiled
def _rank(x):
    """An integer by which numbers are in order; that of nan is the greatest."""
    bits = np.float64(x).view(np.int64)
    return (bits ^ ((bits >> 63) & 0x7FFFFFFFFFFFFFFF)) if x == x else 0x7FFFFFFFFFFFFFFF


@_compiled
def _ranked(rank):
    """The number that has this rank."""
    return np.int64(rank ^ ((rank >> 63) & 0x7FFFFFFFFFFFFFFF)).view(np.float64)
'''
SCALE = '''\
_ROUND = 1.5 * 2.0**52
"Added to a number below 2**51, it leaves the nearest integer in the last bits."
_LOG2E = 1.4426950408889634
_LN2 = (0.6931471803691238, 1.9082149292705877e-10)
"ln 2 as a number of 32 bits, whose product with an exponent is exact, and the rest."


@_compiled
def _power_of_two(rounded):
    """2**k for rounded = k + _ROUND, with -1022 <= k <= 1023."""
    return np.int64((np.float64(rounded).view(np.int64) + 1023) << 52).view(np.float64)
'''
EXP = '''\
@_compiled
def _exp(x):
    """e**x, to one unit in the last place: 2**k * e**r with |r| <= ln(2)/2.

    e**r is its series to r**13; the rest is below 5e-18. 2**k is multiplied in two halves,
    so that results may overflow or lose bits, as they should, in the last step alone.
    """
    x = 710.0 if x > 710.0 else x
    x = -746.0 if x < -746.0 else x
    k = x * _LOG2E + _ROUND - _ROUND
    r = x - k * _LN2[0] - k * _LN2[1]
    q = 1 / 6227020800
    q = q * r + 1 / 479001600
    q = q * r + 1 / 39916800
    q = q * r + 1 / 3628800
    q = q * r + 1 / 362880
    q = q * r + 1 / 40320
    q = q * r + 1 / 5040
    q = q * r + 1 / 720
    q = q * r + 1 / 120
    q = q * r + 1 / 24
    q = q * r + 1 / 6
    q = q * r + 1 / 2
    half = k * 0.5 + _ROUND
    rest = k - (half - _ROUND) + _ROUND
    return (q * (r * r) + r + 1) * _power_of_two(half) * _power_of_two(rest)
'''
TANH = '''\
@_compiled
def _tanh(x):
    """tanh x, to two units in the last place: e / (e + 2) for e = expm1(2 |x|).

    e = 2**k * expm1(r) + (2**k - 1) with 0 <= r <= ln(2), so that nothing cancels; expm1(r)
    is its series to r**16; the rest is below 1e-17 of it. From 25 on the result is 1.
    """
    a = 2.0 * abs(x)
    a = 50.0 if a > 50.0 else a
    rounded = a * _LOG2E - 0.5 + _ROUND
    k = rounded - _ROUND
    r = a - k * _LN2[0] - k * _LN2[1]
    q = 1 / 20922789888000
    q = q * r + 1 / 1307674368000
    q = q * r + 1 / 87178291200
    q = q * r + 1 / 6227020800
    q = q * r + 1 / 479001600
    q = q * r + 1 / 39916800
    q = q * r + 1 / 3628800
    q = q * r + 1 / 362880
    q = q * r + 1 / 40320
    q = q * r + 1 / 5040
    q = q * r + 1 / 720
    q = q * r + 1 / 120
    q = q * r + 1 / 24
    q = q * r + 1 / 6
    q = q * r + 1 / 2
    two_to_k = _power_of_two(rounded)
    e = two_to_k * (q * (r * r) + r) + (two_to_k - 1)
    return np.copysign(e / (e + 2), np.float64(x))
'''
PARTS = '''\
def _parts(dtype, shapes, wanted):
    """One array with room for these shapes, each from a new cache line on: the array, the
    addresses of the parts, and the parts that are wanted."""
    starts = [0]
    for m, n in shapes:
        starts.append(starts[-1] + m * n // 16 * 16 + 32)
    whole = np.empty(starts[-1] + 16, dtype)
    address, size = whole.ctypes.data, whole.itemsize
    first = -address % 64 // size
    parts = [whole[first + starts[k] :][: m * n].reshape(m, n) for k, m, n in wanted]
    return [whole, [address + size * (first + start) for start in starts], *parts]
'''
READ = '''\
def _read(dtype, *values):
    """The addresses of values as arrays without gaps; then these arrays, which have to stay,
    and the pairs of a copy and the array that it was made of, to be renewed in each call."""
    if dtype not in (np.float32, np.float64):
        raise TypeError(f"compiled code has float32 and float64, not {dtype}")
    read, renewed = [], []
    for value in values:
        array = own = np.asarray(value, dtype)
        if not (array.flags.c_contiguous and array.flags.aligned):
            own = array.copy("C")
            renewed.append((own, array))
        read.append(own)
    return [*(array.ctypes.data for array in read), read, renewed]
'''

OURS = {"exp": "_exp", "tanh": "_tanh"}
"The functions of numbers that are ours instead of NumPy's."
_TEXTS = {
    "_array": POINTER,
    "_product": PRODUCT,
    "_plus": PLUS,
    "_rank": RANK,
    "_power_of_two": SCALE,
    "_exp": EXP,
    "_tanh": TANH,
}


def functions_in(source: str) -> list[str]:
    """The functions that a source calls, with those that they call, in order."""
    wanted: set[str] = set()
    texts = [source]
    while texts:
        found = {n for n in _TEXTS if re.search(rf"\b{n}\(", texts[0])} - wanted
        wanted |= found
        texts = [*texts[1:], *(_TEXTS[n] for n in found)]
    return [text for name, text in _TEXTS.items() if name in wanted]
