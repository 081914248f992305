#!/usr/bin/env python3
"""The polynomials of std.math: minimax fits by Remez' exchange, in 60 digits.

    minimax.py [NAME ...]     prints each as the nested fma() calls that stand in stdlib/std/math/*.weft

A row says which function is fitted on which interval, to what weight (the error that is made small is
weight * (p - f)), of what degree, and the type in which the coefficients are rounded: the lowest first, and the
rest fitted again to what is left, so that the rounding costs next to nothing. The last line of each shows the
largest weighted error as a power of two. Needs mpmath."""
import struct, sys

from mpmath import mp, mpf, cos, pi, exp, log, log1p, sin, sqrt, asin, atan, tanh, erf, erfc, expm1, matrix, lu_solve, cbrt

mp.dps = 60


def fit(f, weight, low, high, powers):
    """Coefficients c so that the largest weight(x) * |sum c[i] x**powers[i] - f(x)| is least."""
    n = len(powers)
    points = [(low + high) / 2 + (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * n + 2)) for i in range(n + 1)]
    points.sort()
    points = [x + (high - low) / 1009 * (1 - (x - low) / (high - low)) * (x > low) for x in points]
    grid = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / (40 * n)) for i in range(40 * n + 1)]
    values = [(x, f(x), weight(x)) for x in grid]
    for turn in range(12):
        a = matrix(n + 1, n + 1)
        b = matrix(n + 1, 1)
        for row, x in enumerate(points):
            for column, power in enumerate(powers):
                a[row, column] = x ** power
            a[row, n] = (-1) ** row / weight(x)
            b[row] = f(x)
        solution = lu_solve(a, b)
        c = [solution[i] for i in range(n)]
        errors = [(w * (sum(k * x ** p for k, p in zip(c, powers)) - y), x) for x, y, w in values]
        runs = [[errors[0]]]
        for e in errors[1:]:
            if (e[0] > 0) == (runs[-1][-1][0] > 0):
                runs[-1].append(e)
            else:
                runs.append([e])
        peaks = [max(run, key=lambda e: abs(e[0])) for run in runs]
        while len(peaks) > n + 1:
            peaks.pop(0 if abs(peaks[0][0]) < abs(peaks[-1][0]) else -1)
        if len(peaks) < n + 1:
            break
        points = [x for _, x in peaks]
        if abs(peaks[0][0]) and max(abs(p[0]) for p in peaks) < mpf("1.01") * min(abs(p[0]) for p in peaks):
            break
    return c, max(abs(e[0]) for e in errors)


def rounded(value, kind):
    if kind == "f64":
        return mpf(float(value))
    return mpf(struct.unpack("f", struct.pack("f", float(value)))[0])


def shortest(value, kind):
    if kind == "f64":
        return repr(float(value))
    for digits in range(6, 12):
        text = f"{float(value):.{digits}g}"
        if rounded(mpf(text), kind) == value:
            return text


def coefficients(f, weight, low, high, degree, kind):
    known = []
    for power in range(2 if low >= 0 else 1):
        left = lambda x: f(x) - sum(c * x ** i for i, c in enumerate(known))
        c, error = fit(left, weight, low, high, list(range(power, degree + 1)))
        known.append(rounded(c[0], kind))
    known += [rounded(v, kind) for v in c[1:]]
    grid = [low + (high - low) * i / 500 for i in range(501)]
    error = max(abs(weight(x) * (sum(c * x ** i for i, c in enumerate(known)) - f(x))) for x in grid)
    return known, error


def near(f):
    """f, with its value at 0 taken beside it, where it is 0 / 0."""
    return lambda x: f(x if abs(x) > mpf(10) ** -18 else mpf(10) ** -18)


HALF_LN2 = log(mpf(2)) / 2 * mpf("1.003")
QUARTER_PI = pi / 4 * mpf("1.003")
SQRT2 = sqrt(mpf(2))
ONE = lambda x: mpf(1)
IDENTITY = lambda x: x


def log_series(z):
    s = sqrt(z)
    return (log((1 + s) / (1 - s)) / s - 2) / z


def erfcx_bent(t, k=mpf(4)):
    """erfc(a) * exp(a*a) * (1 + 2*a) at a = k * (1+t) / (1-t)."""
    a = k * (1 + t) / (1 - t)
    return erfc(a) * exp(a * a) * (1 + 2 * a)


ROWS = {
    # name: function, weight, from, to, degree, type
    "exp_f32": (near(lambda r: (expm1(r) - r) / r**2), lambda r: abs(r), -HALF_LN2, HALF_LN2, 5, "f32"),
    "exp_f64": (near(lambda r: (expm1(r) - r) / r**2), lambda r: abs(r), -HALF_LN2, HALF_LN2, 10, "f64"),
    "expm1_f32": (near(lambda r: (expm1(r) - r) / r**2), lambda r: abs(r), mpf("-0.501"), mpf("0.501"), 6, "f32"),
    "expm1_f64": (near(lambda r: (expm1(r) - r) / r**2), lambda r: abs(r), mpf("-0.501"), mpf("0.501"), 12, "f64"),
    "exp2_f32": (near(lambda r: expm1(r * log(mpf(2))) / r), ONE, mpf("-0.501"), mpf("0.501"), 5, "f32"),
    "exp2_wide": (near(lambda r: expm1(r * log(mpf(2))) / r), ONE, mpf("-0.501"), mpf("0.501"), 7, "f64"),
    "exp2_f64": (near(lambda r: expm1(r * log(mpf(2))) / r), ONE, mpf("-0.501"), mpf("0.501"), 11, "f64"),
    "log_f32": (near(lambda f: (log1p(f) - f + f * f / 2) / f**3), lambda f: f * f, 1 / SQRT2 - mpf("1.00001"), SQRT2 - mpf("0.9999"), 8, "f32"),
    "log_f64": (near(log_series), lambda z: z, mpf(0), mpf("0.0295"), 7, "f64"),
    "log_rest": (near(lambda z: (log_series(z) - mpf(2) / 3) / z), lambda z: z * z, mpf(0), mpf("0.0295"), 6, "f64"),
    "log_wide": (near(log_series), lambda z: z, mpf(0), mpf("0.0295"), 5, "f64"),
    "sin_f32": (near(lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z), lambda z: z, mpf(0), mpf("0.67"), 3, "f32"),
    "cos_f32": (near(lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2), lambda z: z * z + mpf("0.001"), mpf(0), mpf("0.67"), 3, "f32"),
    "sin_f64": (near(lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z), lambda z: z, mpf(0), QUARTER_PI**2, 6, "f64"),
    "cos_f64": (near(lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2), lambda z: z * z + mpf("0.001"), mpf(0), QUARTER_PI**2, 6, "f64"),
    "asin_f32": (near(lambda z: (asin(sqrt(z)) / sqrt(z) - 1) / z), lambda z: z, mpf(0), mpf("0.2501"), 5, "f32"),
    "asin_f64": (near(lambda z: (asin(sqrt(z)) / sqrt(z) - 1) / z), lambda z: z, mpf(0), mpf("0.2501"), 13, "f64"),
    "atan_f32": (near(lambda z: (atan(sqrt(z)) / sqrt(z) - 1) / z), lambda z: z, mpf(0), mpf("1.0001"), 9, "f32"),
    "atan_f64": (near(lambda z: (atan(sqrt(z)) / sqrt(z) - 1) / z), lambda z: z, mpf(0), mpf("1.0001"), 20, "f64"),
    "tanh_f32": (near(lambda z: (tanh(sqrt(z)) / sqrt(z) - 1) / z), lambda z: z, mpf(0), mpf("1.001"), 7, "f32"),
    "tanh_f64": (near(lambda z: (tanh(sqrt(z)) / sqrt(z) - 1) / z), lambda z: z, mpf(0), mpf("0.37"), 13, "f64"),
    "erf_f32": (near(lambda z: erf(sqrt(z)) / sqrt(z) - 1), ONE, mpf(0), mpf("0.80"), 7, "f32"),
    "erf_f64": (near(lambda z: erf(sqrt(z)) / sqrt(z) - 1), ONE, mpf(0), mpf("0.78"), 14, "f64"),
    "erf_far_f32": (lambda a: -log(erfc(a)), lambda a: erfc(a), mpf("0.88"), mpf("4.001"), 9, "f32"),
    "erfc_f64": (erfcx_bent, ONE, (mpf("0.499") - 4) / (mpf("0.499") + 4), (mpf("27.5") - 4) / (mpf("27.5") + 4), 24, "f64"),
    # t * p(t**3 / x) is cbrt(x) for t within 4 % of it
    "cbrt": (lambda r: 1 / cbrt(r), ONE, mpf("0.88"), mpf("1.12"), 4, "f64"),
}


def show(name):
    f, weight, low, high, degree, kind = ROWS[name]
    c, error = coefficients(f, weight, low, high, degree, kind)
    text = [shortest(v, kind) for v in c]
    print(f"{name}: error 2**{float(log(error, 2)):.1f}")
    print(f"    p = fma({text[-1]}, z, {text[-2]})")
    for v in text[-3:0:-1]:
        print(f"    p = fma(p, z, {v})")
    print(f"    return fma(p, z, {text[0]})", flush=True)


if __name__ == "__main__":
    for name in sys.argv[1:] or ROWS:
        show(name)
