"""f16, bf16, f8_e4m3 and f8_e5m2 beside an exact rounding: every value of the narrow types, and for what is rounded to
them every midpoint of neighbours and what lies right beside it. Beside ml_dtypes too, where that is installed."""
import os

import numpy as np

np.seterr(all="ignore")

# fraction bits, the exponent of the smallest normal, the largest value, what overflows
FORMATS = {"f16": (10, -14, 65504.0, np.inf), "bf16": (7, -126, float(2 - 2.0**-7) * 2.0**127, np.inf),
           "f8_e4m3": (3, -6, 448.0, np.nan), "f8_e5m2": (2, -14, 57344.0, np.inf)}


def rounded(x, ty):
    """f64 to the values of ty, ties to even; each step but rint is exact."""
    fraction, least, largest, over = FORMATS[ty]
    x = np.asarray(x, np.float64)
    exponent = np.maximum(np.frexp(x)[1] - 1, least) - fraction
    y = np.ldexp(np.rint(np.ldexp(x, -exponent)), exponent)
    y = np.where(np.abs(y) > largest, np.copysign(over, x), y)
    return np.where(np.isfinite(x), y, np.where(np.isnan(x), x, np.copysign(over, x)))


def values(ty):
    """Of every pattern of bits, in order."""
    fraction, least, largest, over = FORMATS[ty]
    bits = 16 if ty in ("f16", "bf16") else 8
    n = np.arange(1 << bits)
    sign, rest = np.where(n >> (bits - 1), -1.0, 1.0), n & ((1 << (bits - 1)) - 1)
    e, m = rest >> fraction, rest & ((1 << fraction) - 1)
    x = np.where(e == 0, np.ldexp(m.astype(float), least - fraction),
                 np.ldexp((m + (1 << fraction)).astype(float), e - 1 + least - fraction))
    x = np.where(x > largest, np.where((m == 0) & (over == np.inf), np.inf, np.nan), x)
    return sign * x


def around(ty, wide):
    """Each positive value, the midpoint to the next, and what lies right beside both; then the same below 0."""
    v = values(ty)[: len(values(ty)) // 2]
    v = v[np.isfinite(v)]
    middle = np.append((v[1:] + v[:-1]) / 2, [v[-1] + (v[-1] - v[-2]) / 2, v[-1] * 2])
    x = np.concatenate([v, middle]).astype(wide)
    x = np.concatenate([x, np.nextafter(x, wide(np.inf)), np.nextafter(x, wide(0)), wide([np.inf, np.nan])])
    return np.concatenate([x, -x])


def program(kernels):
    """kernels: [(name, {argument: element type}, result's element type, expression)]: elementwise, by scalars."""
    text = []
    for name, args, result, expression in kernels:
        head = ", ".join(f"{a}_: Tensor[{t}, N]" for a, t in args.items())
        loads = "".join(f"    {a} = {a}_[i]\n" for a in args)
        text.append(f"@kernel(over=N)\ndef {name}({head}, mut r_: Tensor[{result}, N]):\n    i = item()\n{loads}"
                    f"    r_[i] = {expression}\n")
    text.append("def main():")
    for name, args, result, _ in kernels:
        for a, t in args.items():
            text.append(f'    {name}_{a} = load_npy[{t}, 1]("{name}_{a}.npy").to(Device.default())')
        first = next(iter(args))
        text.append(f"    {name}_r = zeros[{result}]({name}_{first}.shape[0])")
        text.append(f"    {name}({', '.join(f'{name}_{a}' for a in args)}, {name}_r)")
        text.append(f'    save_npy("{name}_r.npy", {name}_r)')
    return "\n".join(text) + "\n"


def differences(got, want, name, inputs):
    nan = np.isnan(want)
    same = (np.isnan(got) & nan) | ((got == want) & (np.signbit(got) == np.signbit(want)))
    if same.all():
        return
    i = int(np.nonzero(~same)[0][0])
    raise AssertionError(f"{name}: {int((~same).sum())} of {len(want)} differ; of "
                         f"{', '.join(repr(x[i]) for x in inputs)}: {got[i]!r}, wanted {want[i]!r}")


DTYPE = {"f32": np.float32, "f64": np.float64, "u8": np.uint8, "u16": np.uint16, "i64": np.int64, "i32": np.int32,
         "u64": np.uint64}


def check(weft, cases):
    """cases: [(name, {argument: (element type, values)}, result's type, expression, wanted as f64)]"""
    weft.write("small.weft", program([(n, {a: t for a, (t, _) in args.items()}, r, e) for n, args, r, e, _ in cases]))
    for name, args, _, _, _ in cases:
        for a, (t, x) in args.items():
            np.save(os.path.join(weft.tmp, f"{name}_{a}.npy"), np.asarray(x, DTYPE[t]))
    for way in (["-O0"], ["-O3"], ["--device", "interp"]):
        rc, out, err = weft("run", *way, "small.weft")
        assert rc == 0, err[-2000:]
        for name, args, _, _, want in cases:
            got = np.load(os.path.join(weft.tmp, f"{name}_r.npy"))
            differences(got.astype(np.float64), np.asarray(want, np.float64), f"{name} {' '.join(way)}",
                        [x for _, x in args.values()])


def spelled(ty, bits):
    return f"bitcast[{ty}]({bits})"


def bits_of(ty):
    return "u16" if ty in ("f16", "bf16") else "u8"


def test_small_floats_widen_exactly(weft):
    cases = []
    for ty in FORMATS:
        patterns = np.arange(len(values(ty)))
        cases.append((f"widen32_{ty}", {"b": (bits_of(ty), patterns)}, "f32", f"f32({spelled(ty, 'b')})", values(ty)))
        cases.append((f"widen64_{ty}", {"b": (bits_of(ty), patterns)}, "f64", f"f64({spelled(ty, 'b')})", values(ty)))
        v = values(ty)
        whole = np.where(np.isnan(v), 0, np.clip(np.trunc(v), -2.0**31, 2.0**31 - 1)) + 0.0
        cases.append((f"whole_{ty}", {"b": (bits_of(ty), patterns)}, "i32", f"i32({spelled(ty, 'b')})", whole))
        byte = np.where(np.isnan(v), 0, np.clip(np.trunc(v), 0, 255)) + 0.0
        cases.append((f"byte_{ty}", {"b": (bits_of(ty), patterns)}, "u8", f"u8({spelled(ty, 'b')})", byte))
    check(weft, cases)


def test_small_floats_are_rounded_once(weft):
    cases = []
    for ty in FORMATS:
        for wide in ("f32", "f64"):
            x = around(ty, DTYPE[wide])
            want = rounded(x.astype(np.float64), ty)
            cases.append((f"{wide}_to_{ty}", {"x": (wide, x)}, "f64", f"f64({ty}(x))", want))
    check(weft, cases)


def test_integers_to_small_floats(weft):
    rng = np.random.RandomState(1)
    cases = []
    for ty in FORMATS:
        fraction = FORMATS[ty][0]
        near = [s * ((1 << e) + (k << max(e - fraction - 2, 0)) + d) for e in range(0, 62) for k in (0, 1, 2, 3, 5, 6, 7)
                for d in (-1, 0, 1) for s in (-1, 1)]
        x = np.concatenate([np.array(near, np.int64), rng.randint(-2**62, 2**62, 2000), rng.randint(-70000, 70000, 2000)])

        def odd(n):
            sign, n = (-1, -n) if n < 0 else (1, n)
            low = max(n.bit_length() - 40, 0)
            return sign * float(((n >> low) | (n & ((1 << low) - 1) != 0)) << low)
        want = rounded(np.array([odd(int(n)) for n in x]), ty)
        cases.append((f"i64_to_{ty}", {"x": ("i64", x)}, "f64", f"f64({ty}(x))", want))
        u = np.abs(x).astype(np.uint64) * np.uint64(3)
        cases.append((f"u64_to_{ty}", {"x": ("u64", u)}, "f64", f"f64({ty}(x))",
                      rounded(np.array([odd(int(n)) for n in u]), ty)))
        w = x.astype(np.int32)
        cases.append((f"i32_to_{ty}", {"x": ("i32", w)}, "f64", f"f64({ty}(x))", rounded(w.astype(np.float64), ty)))
    check(weft, cases)


def exact_fma(a, b, c):
    """a * b + c of halves: the product is exact in f64, and the sum is rounded to odd."""
    p = a * b
    s = p + c
    t = s - p
    error = (p - (s - t)) + (c - t)
    even = np.isfinite(s) & (error != 0) & (np.ascontiguousarray(s).view(np.uint64) & np.uint64(1) == 0)
    return np.where(even, np.nextafter(s, np.where(error > 0, np.inf, -np.inf)), s)


def test_arithmetic_of_halves(weft):
    """Each operation rounds; operands are every value with some others, then values near each other."""
    rng = np.random.RandomState(2)
    for ty in ("f16", "bf16"):
        v = values(ty)
        n = np.arange(65536)
        a = np.concatenate([n, n, n])
        b = np.concatenate([rng.permutation(65536), (n + rng.randint(-40, 40, 65536)) & 65535, rng.permutation(65536)])
        c = np.concatenate([rng.permutation(65536), rng.permutation(65536), rng.permutation(65536)])
        x, y, z = v[a], v[b], v[c]
        args = {"a": ("u16", a), "b": ("u16", b), "c": ("u16", c)}
        p, q, r = spelled(ty, "a"), spelled(ty, "b"), spelled(ty, "c")
        quotient = x / y
        product = rounded(x * y, ty)
        two = {"a": args["a"], "b": args["b"]}
        one = {"a": args["a"]}
        check(weft, [
            ("add", two, "f64", f"f64({p} + {q})", rounded(exact_fma(x, np.ones_like(x), y), ty)),
            ("subtract", two, "f64", f"f64({p} - {q})", rounded(exact_fma(x, np.ones_like(x), -y), ty)),
            ("multiply", two, "f64", f"f64({p} * {q})", product),
            ("divide", two, "f64", f"f64({p} / {q})", rounded(quotient, ty)),
            ("unfused", args, "f64", f"f64({p} * {q} + {r})", rounded(exact_fma(product, np.ones_like(x), z), ty)),
            ("fused", args, "f64", f"f64(fma({p}, {q}, {r}))", rounded(exact_fma(x, y, z), ty)),
            ("least", two, "f64", f"f64(min({p}, {q}))", np.where(y < x, y, x)),
            ("most", two, "f64", f"f64(max({p}, {q}))", np.where(y > x, y, x)),
            ("below", two, "i32", f"1 if {p} < {q} else 0", x < y),
            ("unequal", two, "i32", f"1 if {p} != {q} else 0", x != y),
            ("negate", one, "f64", f"f64(-{p})", -x),
            ("absolute", one, "f64", f"f64(abs({p}))", np.abs(x)),
            ("down", one, "f64", f"f64(floor({p}))", np.floor(x)),
            ("nearest", one, "f64", f"f64(round({p}))", np.rint(x)),
            ("root", one, "f64", f"f64(sqrt({p}))", rounded(np.sqrt(x), ty)),
            ("lanes", two, "f64", f"f64((SIMD[{ty}, 8]({p}) * {q} + SIMD[{ty}, 8]({q})).reduce_max())",
             rounded(exact_fma(product, np.ones_like(x), y), ty)),
        ])


def test_halves_beside_ml_dtypes(weft):
    try:
        import ml_dtypes
    except ImportError:
        import cli
        raise cli.Skip("ml_dtypes is not installed")
    theirs = {"f16": np.float16, "bf16": ml_dtypes.bfloat16, "f8_e4m3": ml_dtypes.float8_e4m3fn,
              "f8_e5m2": ml_dtypes.float8_e5m2}
    for ty, dtype in theirs.items():
        patterns = np.arange(len(values(ty))).astype(np.uint16 if ty in ("f16", "bf16") else np.uint8)
        differences(patterns.view(dtype).astype(np.float64), values(ty), f"{ty} widened", [patterns])
        x = around(ty, np.float32)
        differences(x.astype(dtype).astype(np.float64), rounded(x.astype(np.float64), ty), f"{ty} rounded", [x])
