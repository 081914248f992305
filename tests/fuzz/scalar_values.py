"""One value of a scalar type at a time, as Python's own: an int, a bool, or for every float type a float that the type
holds. Written from the language's contract alone, and exact where NumPy's arrays (kernel_values.py) are not needed."""
import math
import sys
from fractions import Fraction

import numpy as np

from kernel_values import BITS, FLOATS, INTS, saturate, wrap

# fraction bits, the exponent of the smallest normal, the largest value, what overflows
FORMATS = {"f16": (10, -14, 65504.0, math.inf), "bf16": (7, -126, (2 - 2.0**-7) * 2.0**127, math.inf),
           "f32": (23, -126, (2 - 2.0**-23) * 2.0**127, math.inf), "f64": (52, -1022, sys.float_info.max, math.inf),
           "f8_e4m3": (3, -6, 448.0, math.nan), "f8_e5m2": (2, -14, 57344.0, math.inf)}
STORAGE = ("f8_e4m3", "f8_e5m2")


def bounds(ty):
    return (-(1 << (BITS[ty] - 1)), (1 << (BITS[ty] - 1)) - 1) if ty[0] == "i" else (0, (1 << BITS[ty]) - 1)


def widens(a, b):
    """Is every value of a a value of b? (the implicit conversions)"""
    if a == b or "bool" in (a, b):
        return a == b
    if b in INTS:
        return a in INTS and bounds(b)[0] <= bounds(a)[0] and bounds(a)[1] <= bounds(b)[1]
    fraction, least, largest, _ = FORMATS[b]
    if a in INTS:
        return BITS[a] - (a[0] == "i") <= fraction + 1 and b not in STORAGE
    smaller = FORMATS[a]
    return smaller[0] <= fraction and smaller[1] - smaller[0] >= least - fraction and smaller[2] <= largest


def nearest(ty, exact):
    """A fraction or an int, rounded once to the float type, ties to even."""
    fraction, least, largest, over = FORMATS[ty]
    sign, q = (-1.0, -Fraction(exact)) if exact < 0 else (1.0, Fraction(exact))
    if q == 0:
        return 0.0
    e = q.numerator.bit_length() - q.denominator.bit_length()
    e -= Fraction(2) ** e > q
    unit = Fraction(2) ** (max(e, least) - fraction)
    q = round(q / unit) * unit
    return sign * (over if q > Fraction(largest) else float(q))


def rounded(ty, x):
    """A float to the float type."""
    if x != x or x == 0 or ty == "f64":
        return x
    if math.isinf(x):
        return math.copysign(FORMATS[ty][3], x)
    return math.copysign(nearest(ty, Fraction(x)), x)


def convert(x, a, b):
    """x, of type a, as type b (written out or implicit: the same value)."""
    if a == b:
        return x
    if b == "bool":
        return x != 0
    if a == "bool" or a in INTS:
        return wrap(int(x), b) if b in INTS else nearest(b, int(x))
    return saturate(x, b) if b in INTS else rounded(b, x)


def ieee(op, a, b):
    a, b = np.float64(a), np.float64(b)
    return float({"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}[op](a, b))


def float_mod(a, b, ty):
    r = float(np.fmod(np.float64(a), np.float64(b)))
    if r != r or r == 0 or (r < 0) == (b < 0):
        return r
    return b if math.isinf(b) else nearest(ty, Fraction(r) + Fraction(b))


def float_floor_div(a, b, ty):
    """The floor of the exact quotient, rounded once; of a finite number by an infinite one it is 0 or, below, -1."""
    if a != a or b != b or math.isinf(a) or b == 0 or a == 0:
        return ieee("/", a, b)
    if math.isinf(b):
        return -1.0 if (a < 0) != (b < 0) else 0.0
    return nearest(ty, math.floor(Fraction(a) / Fraction(b)))


def integer(op, a, b, ty):
    if op in ("//", "%"):
        return 0 if b == 0 else wrap(a // b if op == "//" else a % b, ty)
    return wrap({"+": a + b, "-": a - b, "*": a * b, "&": a & b, "|": a | b, "^": a ^ b}[op], ty)


def arithmetic(op, a, b, ty):
    """a op b, both of type ty."""
    if ty == "bool":
        return {"&": a and b, "|": a or b, "^": a != b}[op]
    if ty in INTS:
        return integer(op, a, b, ty)
    if op in ("//", "%"):
        return (float_floor_div if op == "//" else float_mod)(a, b, ty)
    return rounded(ty, ieee(op, a, b))      # f64 has more than twice the digits of the others: the second rounding is right


def shift(op, a, count, ty):
    if count < 0 or count >= BITS[ty]:
        return -1 if op == ">>" and a < 0 else 0
    return wrap(a << count, ty) if op == "<<" else a >> count


def power(x, n, ty):
    """By squaring, each product rounded; ty None is an integer without a type."""
    if ty not in FLOATS:
        value = 0 if n < 0 else x ** n if ty is None else pow(x, n, 1 << 64)
        return value if ty is None else wrap(value, ty)
    product, square = None, x
    for bit in reversed(f"{abs(n):b}"):
        if bit == "1":
            product = square if product is None else arithmetic("*", product, square, ty)
        square = arithmetic("*", square, square, ty)
    product = 1.0 if product is None else product
    return arithmetic("/", 1.0, product, ty) if n < 0 else product


def fma(a, b, c, ty):
    """a * b + c, rounded once."""
    if not all(map(math.isfinite, (a, b, c))) or a == 0 or b == 0:
        return rounded(ty, c if math.isfinite(a) and math.isfinite(b) and a != 0 and b != 0 else ieee("+", ieee("*", a, b), c))
    return nearest(ty, Fraction(a) * Fraction(b) + Fraction(c))


def to_integral(name, x):
    if not math.isfinite(x):
        return x
    return math.copysign(float({"floor": math.floor, "ceil": math.ceil, "trunc": math.trunc, "round": round}[name](x)), x)


def call(name, v, ty):
    if name == "abs":
        return wrap(abs(v[0]), ty) if ty in INTS else abs(v[0])
    if name in ("min", "max"):
        return v[1] if (v[1] < v[0] if name == "min" else v[1] > v[0]) else v[0]
    if name == "ceildiv":
        return 0 if v[1] == 0 else wrap(-(-v[0] // v[1]), ty)
    if name == "sqrt":
        return rounded(ty, float(np.sqrt(np.float64(v[0]))))
    return fma(*v, ty) if name == "fma" else to_integral(name, v[0])


def shortest(x, ty):
    """The fewest digits that read back as x, of these the nearest, then the even; and the exponent of the first."""
    q = Fraction(x)
    e = math.floor(math.log10(x))
    e += (Fraction(10) ** (e + 1) <= q) - (Fraction(10) ** e > q)
    for count in range(1, 18):
        unit = Fraction(10) ** (e - count + 1)
        low = math.floor(q / unit)
        reading = [m for m in (low, low + 1) if nearest(ty, m * unit) == x]
        if reading:
            digits = str(min(reading, key=lambda m: (abs(m * unit - q), m % 2)))
            return digits.rstrip("0"), e + len(digits) - count


def text(x, ty):
    """What print says: Python's formats."""
    if ty not in FORMATS or x == 0 or not math.isfinite(x):
        return str(x)
    digits, e = shortest(abs(x), ty)
    sign = "-" if x < 0 else ""
    if not -4 <= e < 16:
        return f"{sign}{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{'-' if e < 0 else '+'}{abs(e):02}"
    digits = "0" * -e + digits if e < 0 else digits.ljust(e + 1, "0")
    whole = max(e, 0) + 1
    return f"{sign}{digits[:whole]}.{digits[whole:] or '0'}"
