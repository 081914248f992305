#!/usr/bin/env python3
"""Random functions of scalars, each run by the host, by a kernel and by the compiler itself.

    random_scalar.py [--weft PATH] [--seed N] [--files N] [--functions N] [--keep DIR]

A function's arguments are scalars of all types; its body has literals that take their types from what stands beside
them, tables, conversions, loops and branches. `main` prints what it gives in host code, as a comptime value and in a
kernel of math="strict", with -O0, with -O3 and on the interpreter's device; all must be what scalar_values.py, which
knows the contract and nothing of the compiler, says. Ends with "N passed, N failed" (a file in one way is one)."""
import argparse
import math
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kernel_values import FLOATS, INTS, compare
from scalar_values import (FORMATS, STORAGE, arithmetic, bounds, call, convert, nearest, power, rounded, shift, text,
                           widens, wrap)

WAYS = {"O0": ["-O0"], "O3": ["-O3"], "interp": ["--device", "interp"]}
TYPES = INTS + FLOATS + ("bool",)
OPERATORS = {"|": 5, "^": 6, "&": 7, "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "//": 10, "%": 10}
COMPARE, BITS_OR, UNARY, POWER, ATOM = 4, 5, 11, 12, 13
CALLS = {"abs": 1, "floor": 1, "ceil": 1, "trunc": 1, "round": 1, "sqrt": 1, "min": 2, "max": 2, "ceildiv": 2, "fma": 3}
WHOLE = (0, 1, 2, 3, 5, 7, 8, 10, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 300, 32768, 65535, 16777217, 2**31, 2**32,
         2**53 + 1, 2**63 - 1)
REAL = (0.0, 1.0, 0.5, 0.1, 1.5, 2.5, 3.25, 7.0, 1e-3, 1e10, 1e-10, 65504.0, 448.0, 1e38, 1e300, 5e-324, 1e-40, 6e-8)


class Refused(Exception):
    """The language refuses what was tried."""


class Expr:
    """Text and its meaning. `value(env)` is its value; of a literal, whose type is None, which of `literals` it is."""

    def __init__(self, type, text, level, value, literals=None):
        self.type, self.text, self.level, self.value, self.literals = type, text, level, value, literals


def literal(values, text, level, which=lambda env: 0):
    for v in values:
        if isinstance(v, int) and not -2**127 <= v < 2**127:
            raise Refused
    if any(isinstance(v, float) for v in values):
        values = [float(v) for v in values]
    return Expr(None, text, level, which, list(values))


def number(rng, v):
    negative = math.copysign(1, v) < 0
    a = abs(v)
    if isinstance(v, int):
        spelled = rng.choice((str(a), str(a), str(a), hex(a), f"0x{a:_X}", f"0b{a:_b}", oct(a), f"{a:_}"))
    else:
        spelled = rng.choice((repr(a), repr(a), f"{a:.17e}", repr(a).replace("e", "E")))
    return literal([v], "-" + spelled if negative else spelled, UNARY if negative else ATOM)


def fit(v, ty):
    if isinstance(v, float):
        if ty not in FORMATS:
            raise Refused
        return rounded(ty, v)
    if ty in INTS:
        if not bounds(ty)[0] <= v <= bounds(ty)[1]:
            raise Refused
        return v
    if ty not in FORMATS or nearest(ty, v) != v:
        raise Refused
    return float(v)


def coerce(e, ty):
    """e where ty is wanted."""
    a, f = e.type, e.value
    if a is None:
        fitted = [fit(v, ty) for v in e.literals]
        return Expr(ty, e.text, e.level, lambda env: fitted[f(env)])
    if not widens(a, ty):
        raise Refused
    return Expr(ty, e.text, e.level, lambda env: convert(f(env), a, ty))


def alone(e):
    return e if e.type else coerce(e, "f64" if isinstance(e.literals[0], float) else "i64")


def unify(*operands):
    """The type that all widen to; None when all are literals."""
    types = [e.type for e in operands if e.type]
    for ty in types:
        if all(widens(t, ty) for t in types):
            return ty
    if types:
        raise Refused


def literal_arithmetic(op, a, b):
    if isinstance(a, int) and isinstance(b, int) and op != "/":
        if op == "<<" and not 0 <= b <= 127 or op == ">>" and b < 0:
            raise Refused
        return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "//": lambda: a // b if b else 0,
                "%": lambda: a % b if b else 0, "&": lambda: a & b, "|": lambda: a | b, "^": lambda: a ^ b,
                "<<": lambda: a << b, ">>": lambda: a >> b}[op]()
    if op in ("&", "|", "^", "<<", ">>"):
        raise Refused
    return arithmetic(op, float(a), float(b), "f64")


class Expressions:
    """Makes expressions of the variables it is told."""

    def __init__(self, rng, tables, variables):
        self.r, self.tables, self.vars = rng, tables, dict(variables)

    def inside(self, e, level):
        return e.text if e.level >= level and self.r.random() > 0.05 else f"({e.text})"

    def any(self, depth):
        for _ in range(20):
            try:
                return self.attempt(depth)
            except Refused:
                pass
        return self.number()

    def of(self, ty, depth):
        """Something that may go to a place of type ty."""
        e = self.any(depth)
        try:
            return coerce(e, ty)
        except Refused:
            return self.converted(ty, e)

    def beside(self, other, depth):
        e = self.any(depth)
        try:
            unify(other, e)
        except Refused:
            e = self.converted(other.type, e)
        return e

    def variable(self, name):
        return Expr(self.vars[name], name, ATOM, lambda env: env[name])

    def number(self):
        kind = self.r.random()
        v = self.r.choice(WHOLE) if kind < 0.25 else self.r.randint(0, 9) if kind < 0.6 else self.r.choice(REAL)
        return number(self.r, -v if self.r.random() < 0.2 else v)

    def element(self):
        name, values = self.r.choice(self.tables)
        index = [n for n, t in self.vars.items() if t in INTS and t != "u64"]
        if not index:
            raise Refused
        index = self.r.choice(index)
        return literal(values, f"{name}[{index} % {len(values)}]", ATOM, lambda env: env[index] % len(values))

    def leaf(self):
        kind = self.r.random()
        if kind < 0.1:
            return self.element()
        return self.variable(self.r.choice(sorted(self.vars))) if self.vars and kind < 0.7 else self.number()

    def attempt(self, depth):
        if depth <= 0 or self.r.random() < 0.12:
            return self.leaf()
        make = self.r.choice((self.binary,) * 9 + (self.shifted, self.power, self.unary, self.unary, self.choice, self.choice,
                                                   self.conversion, self.conversion, self.called, self.called, self.condition))
        return make(depth - 1)

    def binary(self, depth):
        a = self.any(depth)
        b = self.beside(a, depth)
        if self.r.random() < 0.3:
            a, b = b, a
        return self.operation(self.r.choice("+-*+-*/%&|^") if self.r.random() < 0.85 else "//", a, b)

    def shifted(self, depth):
        count = number(self.r, self.r.choice((0, 1, 3, 7, 8, 31, 32, 63, 64, -1))) if self.r.random() < 0.5 else self.any(depth)
        return self.operation(self.r.choice(("<<", ">>")), self.any(depth), count)

    def operation(self, op, a, b):
        level = OPERATORS[op]
        text = f"{self.inside(a, level)} {op} {self.inside(b, level + 1)}"
        f, g = a.value, b.value
        if not a.type and not b.type:
            n = len(b.literals)
            if len(a.literals) * n > 4096:
                raise Refused
            values = [literal_arithmetic(op, x, y) for x in a.literals for y in b.literals]
            return literal(values, text, level, lambda env: f(env) * n + g(env))
        if op in ("<<", ">>"):
            return self.shift_of(op, a, b, text)
        ty = unify(a, b)
        if ty in STORAGE or (op in "&|^" if ty in FLOATS else op == "/" if ty in INTS else op not in "&|^"):
            raise Refused
        f, g = coerce(a, ty).value, coerce(b, ty).value
        return Expr(ty, text, level, lambda env: arithmetic(op, f(env), g(env), ty))

    def shift_of(self, op, a, b, text):
        count = alone(b)
        a = a if a.type else coerce(a, b.type)
        if a.type not in INTS or count.type not in INTS:
            raise Refused
        return Expr(a.type, text, OPERATORS[op], lambda env: shift(op, a.value(env), count.value(env), a.type))

    def power(self, depth):
        a = self.any(depth)
        if self.r.random() < 0.3:
            n = self.beside(a, depth)
            ty = unify(a, n) if n.type else None
            if ty not in INTS:
                raise Refused
            f, g = coerce(a, ty).value, coerce(n, ty).value
            return Expr(ty, f"{self.inside(a, ATOM)} ** {self.inside(n, UNARY)}", POWER, lambda env: power(f(env), g(env), ty))
        n = self.r.choice((0, 1, 2, 3, 4, 5, 7, 10, -1, -2, -3))
        text, f = f"{self.inside(a, ATOM)} ** {n}", a.value
        if not a.type:
            return literal([power(v, n, "f64" if isinstance(v, float) else None) for v in a.literals], text, POWER, f)
        if a.type == "bool" or a.type in STORAGE:
            raise Refused
        return Expr(a.type, text, POWER, lambda env: power(f(env), n, a.type))

    def unary(self, depth):
        op, a = self.r.choice("--~+"), self.any(depth)
        text, f, ty = f"{op}{self.inside(a, UNARY)}", a.value, a.type
        if op == "~" and (ty or type(a.literals[0]).__name__) not in INTS + ("bool", "int") or ty in STORAGE:
            raise Refused
        compute = {"-": lambda v: -v, "~": lambda v: ~v, "+": lambda v: v}[op]
        if ty is None:
            return literal([compute(v) for v in a.literals], text, UNARY, f)
        if ty == "bool":
            if op != "~":
                raise Refused
            return Expr(ty, text, UNARY, lambda env: not f(env))
        return Expr(ty, text, UNARY, lambda env: wrap(compute(f(env)), ty) if ty in INTS else compute(f(env)))

    def choice(self, depth):
        c, a = self.condition(depth), self.any(depth)
        b = self.beside(a, depth)
        text = f"{self.inside(a, 1)} if {self.inside(c, 1)} else {self.inside(b, 0)}"
        ty, f, g = unify(a, b), a.value, b.value
        if ty is None:
            n = len(a.literals)
            return literal(a.literals + b.literals, text, 0, lambda env: f(env) if c.value(env) else n + g(env))
        f, g = coerce(a, ty).value, coerce(b, ty).value
        return Expr(ty, text, 0, lambda env: f(env) if c.value(env) else g(env))

    def conversion(self, depth):
        return self.converted(self.r.choice(TYPES + TYPES + STORAGE), self.any(depth))

    def converted(self, ty, e):
        text = f"{ty}({e.text})"
        if ty is None:
            raise Refused
        if e.type is None and len(e.literals) == 1:     # from the exact value
            v = e.literals[0]
            v = v != 0 if ty == "bool" else convert(v, "f64", ty) if isinstance(v, float) else convert(v, "i64", ty)
            return Expr(ty, text, ATOM, lambda env: v)
        e = alone(e)
        return Expr(ty, text, ATOM, lambda env: convert(e.value(env), e.type, ty))

    def called(self, depth):
        name = self.r.choice(sorted(CALLS))
        a = self.any(depth)
        if name not in ("abs", "min", "max", "ceildiv") and a.type not in FLOATS:
            a = self.converted(self.r.choice(FLOATS), a)
        args = [a] + [self.beside(a, depth) for _ in range(CALLS[name] - 1)]
        text = f"{name}({', '.join(e.text for e in args)})"
        if not unify(*args):
            args = [alone(e) for e in args]
        ty = unify(*args)
        if ty not in INTS + FLOATS or name == "ceildiv" and ty not in INTS:
            raise Refused
        values = [coerce(e, ty).value for e in args]
        return Expr(ty, text, ATOM, lambda env: call(name, [f(env) for f in values], ty))

    # -------------------------------------------------------- conditions

    def condition(self, depth):
        make = self.r.choice((self.comparison,) * 4 + (self.joined, self.joined, self.truth, self.negated))
        for _ in range(20 if depth > 0 else 0):
            try:
                return make(depth - 1)
            except Refused:
                pass
        return Expr("bool", "True", ATOM, lambda env: True) if self.r.random() < 0.5 else self.truth(0)

    def comparison(self, depth):
        operands, ops, pairs = [self.any(depth)], [], []
        for _ in range(self.r.choice((1, 1, 1, 2, 3))):
            a, op = operands[-1], self.r.choice(("<", "<=", ">", ">=", "==", "!="))
            b = self.beside(a, depth)
            ty = unify(a, b) or unify(alone(a), alone(b)) or "f64"
            if ty in STORAGE or ty == "bool" and op not in ("==", "!="):
                raise Refused
            pairs.append((op, coerce(a, ty).value, coerce(b, ty).value))
            operands.append(b)
            ops.append(op)
        text = self.inside(operands[0], BITS_OR)
        for op, b in zip(ops, operands[1:]):
            text += f" {op} {self.inside(b, BITS_OR)}"
        return Expr("bool", text, COMPARE, lambda env: all(bool(compare(op, f(env), g(env))) for op, f, g in pairs))

    def joined(self, depth):
        word, level = self.r.choice((("and", 2), ("or", 1)))
        a, b = self.condition(depth), self.condition(depth)
        text = f"{self.inside(a, level)} {word} {self.inside(b, level + 1)}"
        f, g = a.value, b.value
        return Expr("bool", text, level, (lambda env: f(env) and g(env)) if word == "and" else (lambda env: f(env) or g(env)))

    def negated(self, depth):
        a = self.condition(depth)
        return Expr("bool", f"not {self.inside(a, 3)}", 3, lambda env: not a.value(env))

    def truth(self, depth):
        return self.converted("bool", self.any(depth))


class Break(Exception):
    pass


class Continue(Exception):
    pass


def run(steps, env):
    for step in steps:
        step(env)


def loop(values, assign, body, env):
    for v in values:
        assign(env, v)
        try:
            run(body, env)
        except Break:
            break
        except Continue:
            pass


class Function:
    """A function of scalars: its text, and what it gives."""

    def __init__(self, rng, name, tables):
        self.r, self.name = rng, name
        self.args = [(f"a{k}", rng.choice(TYPES)) for k in range(rng.randint(1, 4))]
        self.e = Expressions(rng, tables, self.args)
        self.lines, self.depth, self.names, self.in_loop, self.fixed = [], 1, 0, False, {n for n, _ in self.args}
        self.body = self.suite(rng.randint(0, 6))
        self.result = self.any_typed()
        self.say(f"return {self.result.text}")

    def any_typed(self):
        for _ in range(20):
            try:
                e = alone(self.e.any(3))
                return self.e.converted("f32", e) if e.type in STORAGE else e
            except Refused:
                pass
        return self.e.converted("i64", self.e.number())

    def say(self, text):
        self.lines.append("    " * self.depth + text)

    def new(self, ty):
        self.names += 1
        self.e.vars[f"v{self.names}"] = ty
        return f"v{self.names}"

    def suite(self, count):
        saved = dict(self.e.vars)
        start = len(self.lines)
        steps = [s for s in (self.statement() for _ in range(count)) if s]
        if len(self.lines) == start and self.depth > 1:
            self.say("pass")
        if self.depth > 1:
            self.e.vars = saved
        return steps

    def nested(self, count, in_loop):
        was, self.in_loop = self.in_loop, self.in_loop or in_loop
        self.depth += 1
        steps = self.suite(count)
        self.depth -= 1
        self.in_loop = was
        return steps

    def statement(self):
        kinds = [self.declare] * 5 + [self.assign] * 3 + [self.augment] * 4 + [self.swap, self.declare_two]
        kinds += [self.branch] * 3 + [self.count, self.count, self.repeat, self.each] if self.depth < 4 else []
        kinds += [self.leave] * 2 if self.in_loop else []
        return self.r.choice(kinds)()

    def declare(self):
        ty, var = self.r.choice(TYPES), self.r.choice(("", "", "", "var "))
        if self.r.random() < 0.6:
            e = self.any_typed()
            name = self.new(e.type)
            self.say(f"{var}{name} = {e.text}")
        else:
            e = self.e.of(ty, 3)
            name = self.new(ty)
            self.say(f"{var}{name}: {ty} = {e.text}")
        return lambda env: env.update({name: e.value(env)})

    def declare_two(self):
        ty = self.r.choice(TYPES)
        a, b = self.e.of(ty, 2), self.e.of(ty, 2)
        names = self.new(ty), self.new(ty)
        self.say(f"{names[0]}, {names[1]}: {ty} = {a.text}, {b.text}")
        return lambda env: env.update(zip(names, (a.value(env), b.value(env))))

    def places(self):
        return [n for n in self.e.vars if n not in self.fixed]

    def assign(self):
        if not self.places():
            return None
        name = self.r.choice(self.places())
        e = self.e.of(self.e.vars[name], 3)
        self.say(f"{name} = {e.text}")
        return lambda env: env.update({name: e.value(env)})

    def swap(self):
        if len(self.places()) < 2:
            return None
        names = self.r.sample(self.places(), 2)
        a, b = (self.e.of(self.e.vars[n], 2) for n in names)
        self.say(f"{names[0]}, {names[1]} = {a.text}, {b.text}")
        return lambda env: env.update(zip(names, (a.value(env), b.value(env))))

    def augment(self):
        if not self.places():
            return None
        name = self.r.choice(self.places())
        ty = self.e.vars[name]
        try:
            op, e = self.r.choice(sorted(OPERATORS)), self.e.of(ty, 2) if self.r.random() < 0.7 else self.e.any(2)
            result = coerce(self.e.operation(op, self.e.variable(name), e), ty)
        except Refused:
            return None
        self.say(f"{name} {op}= {e.text}")
        return lambda env: env.update({name: result.value(env)})

    def branch(self):
        arms = []
        for word in ["if"] + ["elif"] * self.r.randint(0, 2):
            c = self.e.condition(2)
            self.say(f"{word} {c.text}:")
            arms.append((c.value, self.nested(self.r.randint(1, 3), False)))
        if self.r.random() < 0.5:
            self.say("else:")
            arms.append((lambda env: True, self.nested(self.r.randint(1, 3), False)))
        return lambda env: run(next((body for c, body in arms if c(env)), ()), env)

    def loop_over(self, ty, text, values):
        saved = dict(self.e.vars)
        name = self.new(ty)
        self.fixed.add(name)
        self.say(f"for {name} in {text}:")
        body = self.nested(self.r.randint(1, 3), True)
        self.e.vars = saved
        return lambda env: loop(values(env), lambda env, v: env.update({name: v}), body, env)

    def count(self):
        sizes = [self.r.randint(-4, 6) for _ in range(self.r.randint(1, 3))]
        if len(sizes) == 3:
            sizes[2] = self.r.choice((1, 2, -1, -2, 3))
        args = [number(self.r, v) for v in sizes]
        signed = [t for t in INTS if t[0] == "i"]
        args = [self.e.converted(self.r.choice(signed if v < 0 else INTS), e) if self.r.random() < 0.5 else e
                for v, e in zip(sizes, args)]
        try:
            ty = unify(*args) or "i64"
            for e in args:
                coerce(e, ty)
        except Refused:
            return None
        return self.loop_over(ty, f"range({', '.join(e.text for e in args)})", lambda env: range(*sizes))

    def each(self):
        ty = self.r.choice(TYPES)
        items = [self.e.converted(ty, self.e.any(1)) for _ in range(self.r.randint(2, 3))]
        return self.loop_over(ty, f"({', '.join(e.text for e in items)})", lambda env: [e.value(env) for e in items])

    def repeat(self):
        limit, name = self.r.randint(1, 5), self.new("i64")
        self.fixed.add(name)
        c = self.e.condition(2)
        self.say(f"{name} = 0")
        self.say(f"while {name} < {limit} and {self.e.inside(c, 3)}:")
        self.lines.append("    " * (self.depth + 1) + f"{name} += 1")
        body = self.nested(self.r.randint(1, 3), True)

        def turns(env):
            env[name] = 0
            while env[name] < limit and c.value(env):
                env[name] += 1
                yield env[name]
        return lambda env: loop(turns(env), lambda env, v: None, body, env)

    def leave(self):
        word, c = self.r.choice(("break", "continue")), self.e.condition(1)
        self.say(f"if {c.text}: {word}")

        def step(env):
            if c.value(env):
                raise Break if word == "break" else Continue
        return step

    def text(self):
        head = ", ".join(f"{n}: {t}" for n, t in self.args)
        return f"def {self.name}({head}) -> {self.result.type}:\n" + "\n".join(self.lines) + "\n"

    def kernel(self):
        """Of a bool it stores an i32."""
        head = ", ".join(f"{n}: {t}" for n, t in self.args)
        value = f"{self.name}({', '.join(n for n, _ in self.args)})"
        ty, value = ("i32", f"i32({value})") if self.result.type == "bool" else (self.result.type, value)
        return (f'@kernel(over=N, math="strict")\ndef k_{self.name}({head}, mut y: Tensor[{ty}, N]):\n'
                f"    y[item()] = {value}\n"), ty

    def gives(self, values):
        env = {n: v for (n, _), v in zip(self.args, values)}
        run(self.body, env)
        return self.result.value(env)


def argument(rng, ty):
    if ty == "bool":
        return rng.random() < 0.5
    kind, sign = rng.random(), rng.choice((1, -1))
    if ty in INTS:
        low, high = bounds(ty)
        v = rng.choice((low, high, 0, 1)) if kind < 0.3 else sign * rng.choice(WHOLE) if kind < 0.6 else rng.randint(low, high)
        return max(low, min(high, v if kind < 0.8 else v % 40))
    least = FORMATS[ty][1]
    v = (rng.choice(REAL + (math.inf, math.nan)) if kind < 0.3 else rng.randint(0, 40) / 4 if kind < 0.6
         else rng.uniform(0, 100) if kind < 0.9 else math.ldexp(rng.random(), rng.randint(least - 20, 1 - least)))
    return rounded(ty, sign * v)


def program(rng, functions):
    """The text, and the lines that it prints."""
    tables = [(f"TABLE{k}", [rng.randint(-3, 12) if k % 2 else rng.randint(-16, 64) / rng.choice((1, 4, 10))
                             for _ in range(rng.randint(2, 5))]) for k in range(4)]
    text_, body, want = [f"comptime {name} = {tuple(values)}" for name, values in tables], ["def main():"], []
    for k in range(functions):
        f = Function(rng, f"fn{k}", tables)
        kernel, stored = f.kernel()
        text_ += [f.text(), kernel]
        body.append(f"    y{k} = zeros[{stored}](1)")
        for j in range(3):
            values = [argument(rng, ty) for _, ty in f.args]
            args, result = ", ".join(str(v) for v in values), f.gives(values)
            text_.append(f"comptime C{k}_{j} = {f.name}({args})")
            body += [f"    k_{f.name}({args}, y{k})", f'    print("{f.name}({args})", {f.name}({args}), C{k}_{j}, y{k}[0])']
            shown = text(result, f.result.type)
            want.append(f"{f.name}({args}) {shown} {shown} {text(convert(result, f.result.type, stored), stored)}")
    return "\n".join(text_ + body) + "\n", want


def check(command, path, way, want):
    """None, or what is wrong."""
    p = subprocess.run([command, "run"] + WAYS[way] + [path], capture_output=True, text=True, timeout=300)
    if p.returncode:
        return f"exit {p.returncode}: " + "\n".join(l for l in p.stderr.splitlines() if "error" in l)[:2000]
    got = p.stdout.splitlines()
    wrong = [f"printed {g!r}, wanted {w!r}" for g, w in zip(got, want) if g != w]
    return "; ".join(wrong[:3]) if wrong else None if len(got) == len(want) else f"{len(got)} lines, wanted {len(want)}"


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    ap = argparse.ArgumentParser()
    ap.add_argument("--weft", default=os.path.join(here, "../../build/release/bin/weft"))
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--files", type=int, default=2)
    ap.add_argument("--functions", type=int, default=20)
    ap.add_argument("--keep", default="", help="where the programs that fail are kept")
    opt = ap.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as tmp:
        for seed in range(opt.seed, opt.seed + opt.files):
            source, want = program(random.Random(seed), opt.functions)
            path = os.path.join(opt.keep or tmp, f"scalar{seed}.weft")
            open(path, "w").write(source)
            wrong = {way: check(os.path.abspath(opt.weft), path, way, want) for way in WAYS}
            for way, why in wrong.items():
                if why:
                    print(f"FAIL scalar{seed} {way}: {why}")
            failed += sum(w is not None for w in wrong.values())
            passed += sum(w is None for w in wrong.values())
            if opt.keep and not any(wrong.values()):
                os.unlink(path)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
