"""The arithmetic of Weft's scalar types on NumPy arrays, written from the language's contract alone.

A value of type "bf16" is held as float32 that bfloat16 can hold; every other type as NumPy's own. Each rule here is
the contract's sentence, not the compiler's method: what both the interpreter and the generated code get wrong (they
share the front end and its folder) differs from this."""
import ctypes
import ctypes.util

import numpy as np

INTS = ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64")
FLOATS = ("f16", "bf16", "f32", "f64")
DTYPE = {"i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64, "u8": np.uint8, "u16": np.uint16,
         "u32": np.uint32, "u64": np.uint64, "f16": np.float16, "bf16": np.float32, "f32": np.float32,
         "f64": np.float64, "bool": np.bool_}
BITS = {ty: int(ty[1:]) for ty in INTS}

libm = ctypes.CDLL(ctypes.util.find_library("m"))
libm.fmaf.restype, libm.fmaf.argtypes = ctypes.c_float, [ctypes.c_float] * 3
libm.fma.restype, libm.fma.argtypes = ctypes.c_double, [ctypes.c_double] * 3

np.seterr(all="ignore")


def widens(a, b):
    """Is every value of a a value of b? (the implicit conversions)"""
    if a == b:
        return True
    if a in INTS and b in INTS:
        if a[0] == b[0]:
            return BITS[a] < BITS[b]
        return a[0] == "u" and BITS[a] < BITS[b]
    if a in INTS and b in FLOATS:
        significant = BITS[a] - (a[0] == "i")
        return significant <= {"f16": 11, "bf16": 8, "f32": 24, "f64": 53}[b]
    return (a, b) in (("f16", "f32"), ("f16", "f64"), ("bf16", "f32"), ("bf16", "f64"), ("f32", "f64"))


def round_bf16(x):
    """float32 values to the nearest bfloat16, ties to even."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32).astype(np.uint64)
    rounded = ((bits + 0x7FFF + ((bits >> np.uint64(16)) & np.uint64(1))) & np.uint64(0xFFFF0000)).astype(np.uint32)
    return np.where(np.isnan(x), np.float32(np.nan), rounded.view(np.float32)).astype(np.float32)


def to_odd(x):
    """float64 values to float32, rounded to odd, so that a second rounding to fewer bits is right."""
    x = np.asarray(x, np.float64)
    y = x.astype(np.float32)
    toward_zero = np.where(np.abs(y.astype(np.float64)) > np.abs(x), np.nextafter(y, np.float32(0)), y)
    inexact = (toward_zero.astype(np.float64) != x) & np.isfinite(x)
    bits = np.ascontiguousarray(toward_zero, np.float32).view(np.uint32) | inexact.astype(np.uint32)
    return np.where(np.isnan(x), np.float32(np.nan), bits.view(np.float32)).astype(np.float32)


def int_to_odd(n):
    """A Python int as a float64 rounded to odd."""
    sign, n = (-1.0, -n) if n < 0 else (1.0, n)
    excess = max(n.bit_length() - 53, 0)
    m = n >> excess
    if m << excess != n:
        m |= 1
    return sign * float(m << excess)


def each(f, out, *arrays):
    """f over Python values, element by element."""
    arrays = np.broadcast_arrays(*arrays)
    flat = [f(*v) for v in zip(*(a.reshape(-1).tolist() for a in arrays))]
    return np.array(flat, dtype=out).reshape(arrays[0].shape)


def wrap(n, ty):
    n &= (1 << BITS[ty]) - 1
    return n - (1 << BITS[ty]) if ty[0] == "i" and n >> (BITS[ty] - 1) else n


def saturate(x, ty):
    if x != x:
        return 0
    low, high = (-(1 << (BITS[ty] - 1)), (1 << (BITS[ty] - 1)) - 1) if ty[0] == "i" else (0, (1 << BITS[ty]) - 1)
    return low if x <= low else high if x >= high else int(x)


def convert(x, a, b):
    """x, of type a, as type b (written out or implicit: the same value)."""
    if a == b:
        return x
    if b == "bool":
        return x != 0
    if a == "bool":
        return x.astype(DTYPE[b])
    if a in INTS and b in INTS:
        return x.astype(DTYPE[b])
    if a in INTS:
        if b in ("f32", "f64"):
            return x.astype(DTYPE[b])
        odd = to_odd(each(int_to_odd, np.float64, x))
        return round_bf16(odd) if b == "bf16" else odd.astype(np.float16)
    if b in INTS:
        return each(lambda v: saturate(v, b), DTYPE[b], x)
    if b == "bf16":
        return round_bf16(to_odd(x.astype(np.float64)))
    return x.astype(DTYPE[b])


def fma(a, b, c, ty):
    """a * b + c, rounded once."""
    if ty == "f32":
        return each(libm.fmaf, np.float32, a, b, c)
    if ty == "f64":
        return each(libm.fma, np.float64, a, b, c)
    # The product of two halves is exact in f64; the sum is made exact by rounding it to odd.
    p, c = a.astype(np.float64) * b.astype(np.float64), c.astype(np.float64)
    s = p + c
    bb = s - p
    err = (p - (s - bb)) + (c - bb)
    even = np.isfinite(s) & (err != 0) & ((np.ascontiguousarray(s).view(np.uint64) & np.uint64(1)) == 0)
    toward = np.where(err > 0, np.inf, -np.inf)
    s = np.where(even, np.nextafter(s, toward), s)
    odd = to_odd(s)
    return round_bf16(odd) if ty == "bf16" else odd.astype(np.float16)


def shift(a, count, ty, left):
    def one(x, n):
        if n < 0 or n >= BITS[ty]:
            return -1 if not left and x < 0 else 0
        return wrap(x << n, ty) if left else x >> n
    return each(one, DTYPE[ty], a, count)


def float_mod(a, b, ty):
    r = np.fmod(a, b)
    return np.where((r != 0) & (np.signbit(r) != np.signbit(b)), r + b, r).astype(DTYPE[ty])


def arithmetic(op, a, b, ty):
    """a op b, both of type ty."""
    if ty in INTS:
        if op == "//":
            return each(lambda x, y: 0 if y == 0 else wrap(x // y, ty), DTYPE[ty], a, b)
        if op == "%":
            return each(lambda x, y: 0 if y == 0 else wrap(x % y, ty), DTYPE[ty], a, b)
        return {"+": np.add, "-": np.subtract, "*": np.multiply, "&": np.bitwise_and, "|": np.bitwise_or,
                "^": np.bitwise_xor}[op](a, b).astype(DTYPE[ty])
    if ty == "bool":
        return {"&": np.logical_and, "|": np.logical_or, "^": np.logical_xor}[op](a, b)
    if op == "%":
        return float_mod(a, b, ty)
    r = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}[op](a, b)
    return round_bf16(r) if ty == "bf16" else r.astype(DTYPE[ty])


def compare(op, a, b):
    return {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal,
            "!=": np.not_equal}[op](a, b)


def minimum(a, b):
    return np.where(b < a, b, a)


def maximum(a, b):
    return np.where(b > a, b, a)


def combine(name, a, b, ty):
    """One step of a reduction: a is the lower lane's."""
    if name == "min":
        return minimum(a, b)
    if name == "max":
        return maximum(a, b)
    return arithmetic("*" if name == "prod" else "+", a, b, ty)
