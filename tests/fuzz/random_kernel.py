#!/usr/bin/env python3
"""Random kernels, run everywhere and compared bit for bit.

    random_kernel.py [--weft PATH] [--seed N] [--files N] [--kernels N] [--keep DIR]

Each file holds some kernels and a `main` that runs them on arrays of this script's and saves what they wrote. It is
run with -O0, with -O3 and on the interpreter's device; the results must be those of kernel_simt.py, which knows the
contract and nothing of the compiler. Ends with "N passed, N failed" (a kernel in one of the ways is one)."""
import argparse
import collections
import concurrent.futures
import os
import random
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kernel_simt
from kernel_simt import is_simd, element, lanes
from kernel_values import DTYPE, FLOATS, INTS, widens

WAYS = {"O0": (["-O0"], "1"), "O3": (["-O3"], "3"), "interp": (["--device", "interp"], "2")}   # flags, WEFT_THREADS
SIZE = 64                       # of each input
TYPES = INTS + FLOATS + ("bool",)
SIMDS = (("f32", 4), ("i32", 8), ("u8", 16), ("f64", 2), ("f32", 8), ("f16", 8), ("bf16", 4), ("i64", 4), ("i8", 32),
         ("u32", 2), ("u16", 4))
LITERALS = {"int": (0, 1, 2, 3, 5, 7, 11, 100), "float": (0.0, 1.0, 1.5, 0.1, 3.25, 0.001, 7.0)}
INPUTS = {"xi": "i32", "xl": "i64", "xb": "u8", "xf": "f32", "xd": "f64", "xh": "f16"}
OUTPUTS = {"yi": "i64", "yf": "f32", "yd": "f64"}
ATOMICS = {"ca": "add", "cx": "xor", "cm": "max", "cn": "min", "co": "or"}


class Function:
    def __init__(self, name, args, result, statements):
        self.name, self.args, self.result, self.statements = name, args, result, statements


    shared, joint, device = (), False, False


class Kernel:
    pass


class Maker:
    """Makes one kernel: the statements of kernel_simt.py, with names of its own."""

    length = (4, 7)             # statements of a kernel, beside those that read and store what it has

    def __init__(self, rng, name, functions, devices):
        self.r, self.name, self.functions, self.devices = rng, name, functions, devices
        self.over = rng.random() < 0.15
        self.asked = rng.random() < 0.25    # is the shape an argument's?
        self.strict = rng.random() < 0.15
        shape = (1, 7, 32, 33, 40, 64, 48, 100, (8, 4), (5, 9), (16, 2, 3))
        self.shape = rng.choice(shape)
        self.blocks = rng.choice((1, 2, 3))
        self.block = int(np.prod(self.shape))
        self.names, self.vars, self.uniform, self.shares, self.locals = 0, {}, {}, {}, {}
        self.collective = not self.over     # may barriers stand here?
        self.returned = False               # may a thread have left the kernel?
        self.loop = None                    # the loop about this: "free" (may break anywhere), "joint"
        self.in_function = False            # of scalars alone: it may be lifted
        self.device = False                 # a helper of grid kernels, which has its own shared memory
        self.depth = 0

    def new(self, prefix):
        self.names += 1
        return f"{prefix}{self.names}"

    def chance(self, p):
        return self.r.random() < p

    # -------------------------------------------------------- expressions

    def literal(self, ty, bare=False):
        if ty == "bool":
            return ("lit", ty, self.chance(0.5), None)
        v = self.r.choice(LITERALS["float" if ty in FLOATS else "int"])
        if self.chance(0.2) and ty[0] != "u":
            v = -v
        return ("lit", ty, v, "bare" if bare else None)

    def leaf(self, ty, uniform=False):
        pool = [n for n, t in (self.uniform if uniform else self.vars).items() if t == ty]
        if ty == "i64" and (self.device or not self.in_function):
            if not uniform and self.chance(0.3):
                return ("special", ty, self.r.choice(("g",) if self.over else ("t", "lane", "warp", "g")))
            if not self.over and self.chance(0.2):
                return ("special", ty, "block")
        if pool and self.chance(0.85):
            return ("var", ty, self.r.choice(pool))
        if not pool and self.vars and not uniform and self.chance(0.8):
            scalars = [n for n, t in self.vars.items() if not is_simd(t)]
            name = self.r.choice(scalars)
            return self.convert(ty, ("var", self.vars[name], name))
        tensors = [n for n, t in INPUTS.items() if t == ty]
        if tensors and not self.in_function:
            index = ("bin", "i32", "&", self.expr("i32", 0, uniform) if uniform or self.depth > 3 else
                     self.convert("i32", self.leaf(self.r.choice(("i64", "i32", "u8", "u32")))),
                     ("lit", "i32", SIZE - 1, "bare"))
            return ("load", ty, self.r.choice(tensors), index)
        return self.literal(ty)

    def convert(self, ty, e):
        return e if e[1] == ty else ("convert", ty, e)

    def operand(self, ty, depth, uniform):
        """An operand beside another of type ty: it may widen."""
        if self.chance(0.15) and ty != "bool":
            narrow = [t for t in TYPES if t != ty and t != "bool" and widens(t, ty)]
            if narrow:
                return ("widen", ty, self.expr(self.r.choice(narrow), depth, uniform))
        return self.expr(ty, depth, uniform)

    def index(self, limit, depth=1):
        return ("bin", "i32", "&", self.expr("i32", depth), ("lit", "i32", limit - 1, "bare"))

    def expr(self, ty, depth, uniform=False):
        if is_simd(ty):
            return self.simd(ty, depth)
        if depth <= 0 or self.chance(0.15):
            return self.leaf(ty, uniform)
        if ty == "bool":
            return self.boolean(depth, uniform)
        kinds = ["bin"] * 8 + ["convert"] * 2 + ["cond", "select", "minmax", "unary", "power"]
        if ty in FLOATS:
            kinds += ["fma", "math", "product", "product"]
        else:
            kinds += ["shift", "bits", "bits"]
        if not uniform and (self.device or not self.in_function):
            if self.locals:
                kinds += ["local"] * 2
            if not self.over:
                kinds += ["warp"] * 2 + ["shuffle", "device"]
        if not uniform and not self.in_function:
            kinds += ["bounded", "function", "function", "lambda"]
            if any(is_simd(t) for t in self.vars.values()):
                kinds += ["lane"] * 2
        return getattr(self, "e_" + self.r.choice(kinds))(ty, depth - 1, uniform)

    def e_bin(self, ty, d, u):
        ops = "+-*/" if ty in FLOATS else ("+", "-", "*", "+", "-", "*", "//", "%")
        if ty in ("f32", "f64") and self.chance(0.05):
            ops = "%"
        op = self.r.choice(ops)
        l = self.expr(ty, d, u)
        if self.chance(0.25) and l[0] != "lit":
            r = self.literal(ty, bare=True)
            return ("bin", ty, op, l, r) if self.chance(0.7) or op in ("//", "%") else ("bin", ty, op, r, l)
        return ("bin", ty, op, l, self.operand(ty, d, u))

    def e_product(self, ty, d, u):
        """A product beside a sum: where fusing is decided."""
        p = ("bin", ty, "*", self.expr(ty, d - 1, u), self.expr(ty, d - 1, u))
        if self.chance(0.15):
            p = ("neg", ty, p)
        q = self.expr(ty, d, u)
        op = self.r.choice("+-")
        return ("bin", ty, op, p, q) if self.chance(0.5) else ("bin", ty, op, q, p)

    def e_convert(self, ty, d, u):
        return self.convert(ty, self.expr(self.r.choice(TYPES), d, u))

    def e_cond(self, ty, d, u):
        return ("cond", ty, self.expr("bool", d, u), self.expr(ty, d, u), self.expr(ty, d, u))

    def e_select(self, ty, d, u):
        return ("select", ty, self.expr("bool", d, u), self.expr(ty, d, u), self.expr(ty, d, u))

    def e_minmax(self, ty, d, u):
        return ("call", ty, self.r.choice(("min", "max")), self.expr(ty, d, u), self.expr(ty, d, u))

    def e_unary(self, ty, d, u):
        if ty[0] == "i" and self.chance(0.4) or ty in FLOATS and self.chance(0.4):
            return ("call", ty, "abs", self.expr(ty, d, u))
        if ty in INTS and self.chance(0.5):
            return ("invert", ty, self.expr(ty, d, u))
        e = self.expr(ty, d, u)
        return e if e[0] == "lit" else ("neg", ty, e)

    def e_power(self, ty, d, u):
        e = self.expr(ty, d, u)
        return e if e[0] == "lit" else ("power", ty, e, self.r.choice((2, 3, 5, 7)))

    def e_fma(self, ty, d, u):
        return ("call", ty, "fma", self.expr(ty, d, u), self.expr(ty, d, u), self.expr(ty, d, u))

    def e_math(self, ty, d, u):
        name = self.r.choice(("floor", "ceil", "trunc", "round") + (("sqrt",) if ty in ("f32", "f64") else ()))
        return ("call", ty, name, self.expr(ty, d, u))

    def e_shift(self, ty, d, u):
        count = self.expr(self.r.choice(INTS), d, u)
        if self.chance(0.6):
            count = ("lit", "i64", self.r.choice((0, 1, 3, 7, 31, 64)), "bare")
        return ("bin", ty, self.r.choice(("<<", ">>")), self.expr(ty, d, u), count)

    def e_bits(self, ty, d, u):
        return ("bin", ty, self.r.choice("&|^"), self.expr(ty, d, u), self.operand(ty, d, u))

    def e_bounded(self, ty, d, u):
        tensors = [n for n, t in INPUTS.items() if t == ty]
        if not tensors:
            return self.leaf(ty)
        index = ("bin", "i32", "-", ("bin", "i32", "&", self.expr("i32", d), ("lit", "i32", 127, "bare")),
                 ("lit", "i32", 11, "bare"))
        return ("bounded", ty, self.r.choice(tensors), index, self.literal(ty, bare=True))

    def e_function(self, ty, d, u):
        fs = [f for f in self.functions if f.result == ty]
        if not fs:
            return self.leaf(ty)
        f = self.r.choice(fs)
        return ("function", ty, f) + tuple(self.expr(t, d) for _, t in f.args)

    def e_device(self, ty, d, u):
        """A call where threads may have diverged, of a helper that meets no barrier."""
        fs = [f for f in self.devices if f.result == ty and not f.joint]
        if not fs:
            return self.leaf(ty)
        f = self.r.choice(fs)
        return ("device", ty, f) + tuple(self.expr(t, d) for _, t in f.args)

    def e_lambda(self, ty, d, u):
        if ty not in ("f32", "i32"):
            return self.leaf(ty)
        name = self.new("q")
        saved, self.vars = self.vars, {n: t for n, t in self.vars.items() if not is_simd(t)}
        self.vars[name] = ty
        was, self.in_function = (self.in_function, self.device), True
        self.device = False
        body = ("bin", ty, "+", ("bin", ty, "*", ("var", ty, name), self.expr(ty, min(d, 1))), self.expr(ty, min(d, 1)))
        (self.in_function, self.device), self.vars = was, saved
        return ("lambda", ty, name, body, self.expr(ty, d))

    def e_local(self, ty, d, u):
        pool = [(n, m) for n, (t, m) in self.locals.items() if t == ty]
        if not pool:
            return self.leaf(ty)
        name, m = self.r.choice(pool)
        return ("local_load", ty, name, self.index(m))

    def e_warp(self, ty, d, u):
        names = ["sum", "prod", "prefix_sum"] + (["min", "max"] if ty in INTS else [])
        return ("warp", ty, self.r.choice(names), self.expr(ty, d))

    def e_shuffle(self, ty, d, u):
        """A shuffle whose result is taken only where the lane read is active, or sure to be."""
        v = self.expr(ty, d)
        lane = ("special", "i64", "lane")
        kind = self.r.choice(("first", "xor", "down", "up"))
        if kind == "first":
            name = self.r.choice(("broadcast", "shuffle_idx"))
            return ("shuffle", ty, name, v, ("warp", "i64", self.r.choice(("min", "max")), lane))
        by = ("lit", "i64", self.r.choice((1, 2, 5, 8, 16)), "bare")
        op = {"xor": "^", "down": "+", "up": "-"}[kind]
        partner = ("bin", "i64", op, lane, by)
        bit = ("bin", "u64", "&", ("bin", "u64", ">>", ("warp", "u64", "ballot", ("lit", "bool", True, None)), partner),
               ("lit", "u64", 1, "bare"))
        there = ("compare", "bool", "!=", bit, ("lit", "u64", 0, "bare"))
        return ("select", ty, there, ("shuffle", ty, "shuffle_" + kind, v, by), self.leaf(ty))

    def e_lane(self, ty, d, u):
        pool = [(n, t) for n, t in self.vars.items() if is_simd(t) and t[0] == ty]
        if not pool:
            return self.leaf(ty)
        t = self.r.choice(pool)[1]
        v = self.simd(t, d)
        if self.chance(0.2):
            return ("any_lane", ty, v, ("bin", "i32", "&", self.expr("i32", 1), ("lit", "i32", t[1] - 1, "bare")))
        if self.chance(0.5):
            return ("reduce", ty, self.r.choice(("sum", "prod") if ty in FLOATS else ("sum", "prod", "min", "max")), v)
        return ("lane", ty, v, self.r.randrange(t[1]))

    def boolean(self, depth, uniform):
        d = depth - 1
        kind = self.r.choice(("compare",) * 6 + ("chain", "and", "or", "not", "convert", "xor", "vote"))
        if kind == "compare":
            ty = self.r.choice(TYPES[:-1])
            a = self.expr(ty, d, uniform)
            op = self.r.choice(("<", "<=", ">", ">=", "==", "!="))
            b = self.literal(ty, bare=True) if self.chance(0.3) and a[0] != "lit" else self.operand(ty, d, uniform)
            return ("compare", "bool", op, a, b)
        if kind == "chain":
            ty = self.r.choice(TYPES[:-1])
            ops = self.r.choice((("<", "<="), (">=", ">"), ("<", "!=")))
            return ("chain", "bool", self.expr(ty, d, uniform), ops[0], self.expr(ty, d, uniform), ops[1],
                    self.expr(ty, d, uniform))
        if kind in ("and", "or"):
            return (kind, "bool", self.expr("bool", d, uniform), self.expr("bool", d, uniform))
        if self.chance(0.1) and not uniform and not self.in_function:
            pool = sorted({t for t in self.vars.values() if is_simd(t)})
            if pool:
                t = self.r.choice(pool)
                return ("mask_vote", "bool", self.r.choice(("any", "all")), self.r.choice(("<", ">=", "==")),
                        self.simd(t, d), self.simd(t, d))
        if kind == "not":
            return ("not", "bool", self.expr("bool", d, uniform))
        if kind == "convert":
            return ("convert", "bool", self.expr(self.r.choice(TYPES[:-1]), d, uniform))
        if kind == "vote" and not uniform and not self.over and (self.device or not self.in_function):
            return ("warp", "bool", self.r.choice(("any", "all")), self.expr("bool", d))
        return ("bin", "bool", self.r.choice("&|^"), self.expr("bool", d, uniform), self.expr("bool", d, uniform))

    def simd(self, ty, depth):
        pool = [n for n, t in self.vars.items() if t == ty]
        el, n = ty
        if depth <= 0 or self.chance(0.15):
            return ("var", ty, self.r.choice(pool)) if pool else ("splat", ty, self.convert(el, self.leaf(el)))
        d = depth - 1
        kind = self.r.choice(("bin",) * 6 + ("splat", "permute", "function", "cast", "load", "mixed", "mixed", "mask_select",
                                            "minmax", "halves", "shift"))
        if kind == "mask_select":
            return (kind, ty, self.r.choice(("<", "<=", "==", "!=")), self.simd(ty, d), self.simd(ty, d),
                    self.simd(ty, d), self.simd(ty, d))
        if kind == "minmax":
            return ("call", ty, self.r.choice(("min", "max")), self.simd(ty, d), self.simd(ty, d))
        if kind == "halves":
            return (kind, ty, self.simd(ty, d), self.r.randint(0, n // 2), self.simd(ty, d), self.r.randint(0, n // 2))
        if kind == "shift" and el in INTS:
            return ("bin", ty, self.r.choice(("<<", ">>")), self.simd(ty, d), self.simd(ty, 0))
        if kind == "splat":
            return ("splat", ty, self.expr(el, d))
        if kind == "permute":
            return ("permute", ty, self.simd(ty, d), tuple(self.r.randrange(n) for _ in range(n)))
        if kind == "function":
            fs = [f for f in self.functions if f.result == el and all(t == el for _, t in f.args)]
            if fs:
                f = self.r.choice(fs)
                args = [self.simd((t, n), d) if k == 0 or self.chance(0.5) else self.expr(t, d)
                        for k, (_, t) in enumerate(f.args)]
                return ("function", ty, f) + tuple(args)
        if kind == "cast":
            others = {t for t in self.vars.values() if is_simd(t) and t[1] == n and t != ty}
            if others:
                return ("convert", ty, self.simd(self.r.choice(sorted(others)), d))
        if kind == "load":
            tensors = [t for t, e in INPUTS.items() if e == el]
            if tensors:
                return ("bounded", ty, self.r.choice(tensors), ("bin", "i32", "-", self.index(128),
                        ("lit", "i32", 20, "bare")), self.literal(el, bare=True))
        if kind == "mixed":
            pair = [self.simd(ty, d), ("beside", ty, self.expr(el, d))]
            if pair[1][2][0] == "lit":
                return pair[0]
            self.r.shuffle(pair)
            return ("bin", ty, self.r.choice("+-*"), *pair)
        l, r = self.simd(ty, d), self.simd(ty, d)
        return ("bin", ty, self.r.choice("+-*/" if el in FLOATS else ("+", "-", "*", "&", "|", "^", "//", "%")), l, r)

    # -------------------------------------------------------- statements

    def block_of(self, n):
        """n statements of a nested suite; what is declared in it is not known after it."""
        saved = dict(self.vars), dict(self.uniform), dict(self.locals), dict(self.shares)
        self.depth += 1
        out = []
        for _ in range(n):
            out += self.statement()
        self.depth -= 1
        self.vars, self.uniform, self.locals, self.shares = saved
        return out or [("let", *self.assigned())]

    def assigned(self):
        pool = [n for n in self.vars if n[0] in "vs"]
        name = self.r.choice(pool)
        return name, self.vars[name], self.expr(self.vars[name], 2)

    def statement(self):
        kinds = ["let"] * 5 + ["augmented"] * 3
        if self.depth < 3:
            kinds += ["if"] * 4 + ["for"] * 2 + ["while"]
        if not self.in_function:
            kinds += ["atomic", "lane_store"]
        if self.device or not self.in_function:
            kinds += ["local", "bump"]
            if self.locals:
                kinds += ["local_store"] * 2
            if self.collective and not self.returned:
                kinds += ["share"] * 2 + ["block"] * 3 + ["uniform_if"] * 2 + ["uniform_for"]
                if any(f.joint for f in self.devices):
                    kinds += ["joint"] * 2
        if self.loop == "free":
            kinds += ["break", "continue"]
        if self.depth and self.may_return:
            kinds += ["return"]
        return getattr(self, "s_" + self.r.choice(kinds))()

    def s_let(self):
        return [("let", *self.assigned())]

    def s_augmented(self):
        name = self.r.choice([n for n in self.vars if n[0] == "v"])
        ty = self.vars[name]
        ops = "+-*/" if ty in FLOATS else "&|^" if ty == "bool" else "+-*&|^"
        return [("augmented", name, self.r.choice(ops), self.operand(ty, 2, False))]

    def divergent(self, make):
        saved, self.collective = self.collective, False
        out = make()
        self.collective = saved
        return out

    def s_if(self):
        def make():
            arms = [(self.expr("bool", 2), self.block_of(self.r.randint(1, 3)))
                    for _ in range(self.r.choice((1, 1, 2)))]
            return [("if", arms, self.block_of(self.r.randint(0, 2)) if self.chance(0.6) else [])]
        return self.divergent(make)

    def s_uniform_if(self):
        arms = [(self.expr("bool", 2, True), self.block_of(self.r.randint(1, 3)))]
        return [("if", arms, self.block_of(2) if self.chance(0.5) else [])]

    def loop_body(self, kind, name=None, ty=None, uniform=False):
        saved, was = (dict(self.vars), dict(self.uniform)), (self.loop, self.may_return)
        self.loop = kind
        if kind == "joint":
            self.may_return = False
        if name:
            self.vars[name] = ty
            if uniform:
                self.uniform[name] = ty
        body = self.block_of(self.r.randint(1, 3))
        (self.vars, self.uniform), (self.loop, self.may_return) = saved, was
        return body

    def bounds(self, ty, uniform):
        def small(mask):
            return ("bin", ty, "&", self.expr(ty, 2, uniform), ("lit", ty, mask, "bare"))
        return small(3), small(7)

    def s_for(self):
        def make():
            ty, name = self.r.choice(("i32", "i64", "u8", "i16")), self.new("ix")
            low, high = self.bounds(ty, False)
            step = 1 if ty == "u8" else self.r.choice((1, 1, 2, -1))
            if step < 0:
                low, high = high, low
            return [("for", name, ty, low, high, step, self.loop_body("free", name, ty))]
        return self.divergent(make)

    def s_uniform_for(self):
        ty, name = self.r.choice(("i32", "i64")), self.new("ix")
        low, high = self.bounds(ty, True)
        return [("for", name, ty, low, high, 1, self.loop_body("joint", name, ty, True))]

    def s_while(self):
        def make():
            name = self.new("w")
            limit = ("bin", "i32", "&", self.expr("i32", 2), ("lit", "i32", 7, "bare"))
            cond = ("compare", "bool", "<", ("var", "i32", name), limit)
            if self.chance(0.5):
                cond = ("and", "bool", cond, self.expr("bool", 2))
            body = self.loop_body("free", name, "i32")
            step = ("let", name, "i32", ("bin", "i32", "+", ("var", "i32", name), ("lit", "i32", 1, "bare")))
            return [("let", name, "i32", ("lit", "i32", 0, None)), ("while", cond, [step] + body)]
        return self.divergent(make)

    def s_break(self):
        return [("if", [(self.expr("bool", 2), [("break",)])], [])]

    def s_continue(self):
        return [("if", [(self.expr("bool", 2), [("continue",)])], [])]

    def s_return(self):
        if self.in_function:
            if self.collective:
                return self.s_let()
            self.returned = True
            return [("if", [(self.expr("bool", 2), [("return", self.expr(self.result, 2))])], [])]
        if self.collective:
            return self.s_let()
        self.returned = True
        return [("if", [(self.expr("bool", 2), [("return",)])], [])]

    def s_local(self):
        name, ty, n = self.new("l"), self.r.choice(("f32", "i32", "u8", "f64")), self.r.choice((2, 4, 8))
        out = [("local", name, ty, n, self.expr(ty, 1))]
        self.locals[name] = (ty, n)
        return out

    def s_local_store(self):
        name = self.r.choice(sorted(self.locals))
        ty, n = self.locals[name]
        return [("local_store", name, self.index(n), self.expr(ty, 2))]

    def s_lane_store(self):
        pool = [n for n, t in self.vars.items() if is_simd(t)]
        if not pool:
            return self.s_let()
        name = self.r.choice(pool)
        el, n = self.vars[name]
        return [("lane_store", name, self.r.randrange(n), self.expr(el, 2))]

    def s_bump(self):
        pool = [n for n, t in self.vars.items() if t in ("i32", "f32") and n[0] == "v"]
        if not pool:
            return self.s_let()
        name = self.r.choice(pool)
        e = self.expr(self.vars[name], 2)
        return self.s_let() if f"'{name}'" in repr(e) else [("bump", name, self.vars[name], e)]

    def s_atomic(self):
        tensor = self.r.choice(sorted(ATOMICS))
        return [("atomic", tensor, ATOMICS[tensor], self.index(8), self.expr("i32", 2))]

    def s_share(self):
        ty = self.r.choice(("f32", "i32", "u8", "f64", "f16", "i64"))
        name = self.new(f"s_{self.name}_")
        self.shared_all.append((name, ty))
        self.shares[name] = ty
        target = self.r.choice([n for n, t in self.vars.items() if n[0] == "v" and not is_simd(t)])
        share = ("share", name, ty, self.expr(ty, 2))
        between = self.statement() if self.chance(0.3) and self.depth < 2 else []
        to = self.vars[target]
        index = ("special", "i64", "t")
        index = ("bin", "i64", "+", index, ("bin", "i64", "&", self.convert("i64", self.expr("i32", 1)),
                                            ("lit", "i64", 63, "bare")))
        read = self.convert(to, ("shared", ty, name, index))
        if self.returned:
            return between
        return [share] + between + [
            ("barrier",), ("let", target, to, read), ("barrier",)]

    def s_block(self):
        ty = self.r.choice(INTS + FLOATS)
        name = self.r.choice(("sum", "min", "max", "prefix_sum", "broadcast", "any", "all"))
        if name in ("min", "max") and ty in FLOATS:
            name = "sum"
        if name in ("any", "all"):
            ty = "bool"
        e = ("block", ty, name, self.expr(ty, 2))
        if name == "broadcast":
            e += (("lit", "i64", self.r.randrange(self.block), None),)
        pool = [n for n, t in self.vars.items() if t == ty and n[0] == "v"]
        if name != "prefix_sum" and self.depth == 0:
            u = self.new("un")
            self.uniform[u] = self.vars[u] = ty
            return [("let", u, ty, e)]
        return [("let", self.r.choice(pool), ty, e)] if pool else self.s_let()

    def s_joint(self):
        """A call, by all threads of the block, of a helper with barriers."""
        f = self.r.choice([f for f in self.devices if f.joint])
        pool = [n for n, t in self.vars.items() if t == f.result and n[0] == "v"]
        if not pool:
            return self.s_let()
        call = ("device", f.result, f) + tuple(self.expr(t, 2) for _, t in f.args)
        return [("let", self.r.choice(pool), f.result, call)]

    def start(self, ty):
        """A value of the thread's own."""
        tensor = self.r.choice([n for n, t in INPUTS.items() if (t in FLOATS) == (ty in FLOATS)])
        place = ("bin", "i64", "+", ("special", "i64", "g"), ("lit", "i64", self.r.randrange(SIZE), "bare"))
        e = ("load", INPUTS[tensor], tensor, ("bin", "i64", "&", place, ("lit", "i64", SIZE - 1, "bare")))
        if ty == "bool":
            return ("compare", "bool", ">", e, ("lit", e[1], 3, "bare"))
        return self.convert(ty, e)

    def kernel(self):
        k = Kernel()
        self.may_return, self.shared_all = True, []
        self.uniform = {"n": "i32", "a": "f32"}
        self.vars = dict(self.uniform)
        k.asked = self.asked
        k.name, k.over, k.strict, k.shape, k.block, k.blocks = (
            self.name, self.over, self.strict, self.shape, self.block, self.blocks)
        out, kept = [], []
        some = self.r.sample(TYPES, 4) + ["f32", "i32"] + self.r.sample(SIMDS, 1)
        for ty in some:
            name = self.new("sv" if is_simd(ty) else "v")
            e = self.start(element(ty))
            e = ("splat", ty, e) if is_simd(ty) else e
            out.append(("let", name, ty, e))
            self.vars[name] = ty
            kept.append((name, ty))
        for _ in range(self.r.randint(*self.length)):
            out += self.statement()
        ends, count = [], {"yi": 0, "yf": 0, "yd": 0}
        for name, ty in kept:
            for k_lane in range(lanes(ty)):
                el = element(ty)
                e = ("var", ty, name) if not is_simd(ty) else ("lane", el, ("var", ty, name), k_lane)
                t = "yi" if el in INTS or el == "bool" else "yd" if el == "f64" else "yf"
                ends.append(("store", t, count[t], self.convert(OUTPUTS[t], e)))
                count[t] += 1
        k.statements = out + [("store", t, count[t], n, e) for _, t, n, e in ends]
        k.count, k.shared = count, self.shared_all
        return k


def make_function(rng, name):
    m = Maker(rng, name, [], [])
    m.in_function, m.may_return, m.collective = True, True, False
    m.result = rng.choice(("f32", "i32", "f64", "u8", "i32", "f32"))
    types = [m.result] * rng.randint(1, 3) if rng.random() < 0.7 else [rng.choice(TYPES[:-1]) for _ in range(2)]
    args = [(f"p{k}", t) for k, t in enumerate(types)]
    m.vars = dict(args)
    body = []
    for ty in (m.result, rng.choice(TYPES)):
        v = m.new("v")
        body.append(("let", v, ty, m.expr(ty, 2)))
        m.vars[v] = ty
    for _ in range(rng.randint(1, 3)):
        body += m.statement()
    return Function(name, args, m.result, body + [("return", m.expr(m.result, 2))])


def make_device(rng, name, devices, joint):
    """A helper that uses threads: divergent, or (joint) with barriers of its own."""
    m = Maker(rng, name, [], devices)
    m.over, m.in_function, m.device, m.collective, m.shared_all = False, True, True, joint, []
    m.block = 1                             # block.broadcast from thread 0: any block has it
    m.may_return, m.result = not joint, rng.choice(("i32", "f32"))
    args = [("p0", m.result), ("p1", rng.choice(("i32", "f32", "i64")))]
    m.vars = dict(args)
    body = []
    for ty in (m.result, rng.choice(TYPES)):
        v = m.new("v")
        body.append(("let", v, ty, m.expr(ty, 2)))
        m.vars[v] = ty
    for _ in range(rng.randint(2, 4)):
        body += m.statement()
    f = Function(name, args, m.result, body + [("return", m.expr(m.result, 2))])
    f.shared, f.joint, f.device = m.shared_all, joint, True
    return f


# ------------------------------------------------------------ text

def type_text(ty):
    return f"SIMD[{ty[0]}, {ty[1]}]" if is_simd(ty) else ty


class Text:
    def __init__(self):
        self.out = []

    def literal(self, ty, v, spelled):
        s = {True: "True", False: "False"}[v] if ty == "bool" else repr(v)
        return s if spelled or ty == "bool" else f"{ty}({s})"

    def e(self, x):
        kind, ty = x[0], x[1]
        rest = x[2:]
        if kind == "lit":
            return self.literal(ty, *rest)
        if kind == "var":
            return rest[0]
        if kind == "special":
            if rest[0] == "block":
                return "block_idx.x"
            return {"t": "t", "lane": "int(lane_id())", "warp": "int(warp_id())", "g": "g"}[rest[0]]
        if kind in ("widen", "beside"):
            return self.e(rest[0])
        if kind == "splat":
            return f"{type_text(ty)}({self.e(rest[0])})"
        if kind == "convert":
            return f"({self.e(rest[0])}).cast[{ty[0]}]()" if is_simd(ty) else f"{ty}({self.e(rest[0])})"
        if kind in ("bin", "compare"):
            return f"({self.e(rest[1])} {rest[0]} {self.e(rest[2])})"
        if kind == "chain":
            return f"({self.e(rest[0])} {rest[1]} {self.e(rest[2])} {rest[3]} {self.e(rest[4])})"
        if kind in ("and", "or"):
            return f"({self.e(rest[0])} {kind} {self.e(rest[1])})"
        if kind in ("neg", "invert", "not"):
            return f"({ {'neg': '-', 'invert': '~', 'not': 'not '}[kind]}({self.e(rest[0])}))"
        if kind == "cond":
            return f"({self.e(rest[1])} if {self.e(rest[0])} else {self.e(rest[2])})"
        if kind == "select":
            return f"select({self.e(rest[0])}, {self.e(rest[1])}, {self.e(rest[2])})"
        if kind == "call":
            return f"{rest[0]}({', '.join(map(self.e, rest[1:]))})"
        if kind == "power":
            return f"(({self.e(rest[0])}) ** {rest[1]})"
        if kind == "load":
            return f"{rest[0]}[{self.e(rest[1])}]"
        if kind == "bounded":
            return f"{rest[0]}.load[{lanes(ty)}]({self.e(rest[1])}, other={self.e(rest[2])})"
        if kind == "shared":
            return f"{rest[0]}[{self.e(rest[1])} % {self.count}]"
        if kind == "local_load":
            return f"{rest[0]}[{self.e(rest[1])}]"
        if kind == "lane":
            return f"({self.e(rest[0])})[{rest[1]}]"
        if kind == "any_lane":
            return f"({self.e(rest[0])})[{self.e(rest[1])}]"
        if kind == "mask_select":
            return f"({self.e(rest[1])} {rest[0]} {self.e(rest[2])}).select({self.e(rest[3])}, {self.e(rest[4])})"
        if kind == "mask_vote":
            return f"({self.e(rest[2])} {rest[1]} {self.e(rest[3])}).{rest[0]}()"
        if kind == "halves":
            half = lanes(ty) // 2
            a, b = ((f"({self.e(v)}).slice[{half}]({at})" if half > 1 else f"SIMD[{ty[0]}, 1](({self.e(v)})[{at}])")
                    for v, at in (rest[:2], rest[2:]))
            return f"({a}).join({b})" if half > 1 else f"{type_text(ty)}({a}, {b})"
        if kind == "reduce":
            names = {"sum": "add", "prod": "mul", "min": "min", "max": "max"}
            return f"({self.e(rest[1])}).reduce_{names[rest[0]]}()"
        if kind == "permute":
            return f"({self.e(rest[0])}).shuffle[{', '.join(map(str, rest[1]))}]()"
        if kind in ("function", "device"):
            return f"{rest[0].name}({', '.join(map(self.e, rest[1:]))})"
        if kind == "lambda":
            return f"apply_{ty}[lambda {rest[0]}: {self.e(rest[1])}]({self.e(rest[2])})"
        if kind in ("warp", "block"):
            return f"{kind}.{rest[0]}({', '.join(map(self.e, rest[1:]))})"
        if kind == "shuffle":
            return f"warp.{rest[0]}({self.e(rest[1])}, {self.e(rest[2])})"
        raise ValueError(kind)

    def line(self, depth, text):
        self.out.append("    " * depth + text)

    def body(self, statements, depth):
        for s in statements:
            kind, rest = s[0], s[1:]
            if kind == "let":
                name, ty, e = rest
                declare = name not in self.declared
                self.declared.add(name)
                self.line(depth, f"{name}{': ' + type_text(ty) if declare else ''} = {self.e(e)}")
            elif kind == "augmented":
                self.line(depth, f"{rest[0]} {rest[1]}= {self.e(rest[2])}")
            elif kind == "if":
                for n, (cond, body) in enumerate(rest[0]):
                    self.line(depth, f"{'elif' if n else 'if'} {self.e(cond)}:")
                    self.body(body, depth + 1)
                if rest[1]:
                    self.line(depth, "else:")
                    self.body(rest[1], depth + 1)
            elif kind == "for":
                name, ty, low, high, step, body = rest
                last = "" if step == 1 else f", {step}"
                self.line(depth, f"for {name} in range({self.e(low)}, {self.e(high)}{last}):")
                self.body(body, depth + 1)
            elif kind == "while":
                self.line(depth, f"while {self.e(rest[0])}:")
                self.body(rest[1], depth + 1)
            elif kind in ("break", "continue"):
                self.line(depth, kind)
            elif kind == "return":
                self.line(depth, f"return {self.e(rest[0])}" if rest else "return")
            elif kind == "barrier":
                self.line(depth, "barrier()")
            elif kind == "share":
                self.line(depth, f"{rest[0]}[t] = {self.e(rest[2])}")
            elif kind == "local":
                self.line(depth, f"{rest[0]} = local_tensor[{rest[1]}, {rest[2]}]({self.e(rest[3])})")
            elif kind == "local_store":
                self.line(depth, f"{rest[0]}[{self.e(rest[1])}] = {self.e(rest[2])}")
            elif kind == "lane_store":
                self.line(depth, f"{rest[0]}[{rest[1]}] = {self.e(rest[2])}")
            elif kind == "bump":
                self.line(depth, f"bump_{rest[1]}({rest[0]}, {self.e(rest[2])})")
            elif kind == "atomic":
                self.line(depth, f"atomic_{rest[1]}({rest[0]}[{self.e(rest[2])}], {self.e(rest[3])})")
            elif kind == "store":
                tensor, per, k, e = rest
                self.line(depth, f"{tensor}[g * {per} + {k}] = {self.e(e)}")
            else:
                raise ValueError(kind)

    def geometry(self):
        self.line(1, THREAD)
        self.line(1, "count = block_dim.x * block_dim.y * block_dim.z")
        self.line(1, "g = block_idx.x * count + t")

    def function(self, f):
        self.declared = set()
        self.line(0, f"def {f.name}({', '.join(f'{n}: {t}' for n, t in f.args)}) -> {f.result}:")
        if f.device:
            self.count = "count"
            self.geometry()
            for name, ty in f.shared:
                self.line(1, f"{name} = shared_tensor[{ty}, 128]()")
        self.body(f.statements, 1)
        self.line(0, "")

    def kernel(self, k):
        self.declared, self.count = set(), k.block
        threads = k.block * k.blocks
        how = f"over={threads}" if k.over else f"grid={k.blocks}, block={k.shape}"
        if k.asked:
            how = "over=n0 * n1 * n2 * n3" if k.over else "grid=n0, block=(n1, n2, n3)"
        self.line(0, f"@kernel({how}{', math=' + chr(34) + 'strict' + chr(34) if k.strict else ''})")
        args = ["n0: int", "n1: int", "n2: int", "n3: int", "n: i32", "a: f32"] + [f"{n}: Tensor[{t}, {SIZE}]" for n, t in INPUTS.items()]
        args += [f"mut {n}: Tensor[{t}, _]" for n, t in OUTPUTS.items()] + [f"mut {n}: Tensor[i32, 8]" for n in ATOMICS]
        self.line(0, f"def {k.name}({', '.join(args)}):")
        if k.over:
            self.line(1, "g = item()")
        else:
            self.line(1, THREAD)
            self.line(1, f"g = block_idx.x * {k.block} + t")
        for name, ty in k.shared:
            self.line(1, f"{name} = shared_tensor[{ty}, {k.block}]()")
        self.body(k.statements, 1)
        self.line(0, "")


THREAD = "t = (thread_idx.z * block_dim.y + thread_idx.y) * block_dim.x + thread_idx.x"
HELPERS = """def bump_{t}(mut a: {t}, b: {t}):
    if b > 3:
        a = b
    else:
        a += b

def apply_{t}[F: def({t}) -> {t}](x: {t}) -> {t}:
    return F(x) + x
"""


# ------------------------------------------------------------ running

def inputs_of(rng):
    state = np.random.RandomState(rng.randrange(1 << 30))
    floats = {}
    for name, ty, scale in (("xf", np.float32, 1), ("xd", np.float64, 100), ("xh", np.float16, 1)):
        info = np.finfo(ty)
        x = (state.randn(SIZE) * scale).astype(ty)
        x[:11] = [0, -0.0, np.inf, -np.inf, np.nan, info.max, -info.tiny, info.tiny * ty(0.25), info.eps, 1, 0.5]
        floats[name] = state.permutation(x)
    return {"xi": state.randint(-1000, 1000, SIZE).astype(np.int32),
            "xl": state.randint(-2**62, 2**62, SIZE).astype(np.int64),
            "xb": state.randint(0, 256, SIZE).astype(np.uint8), **floats}


def outputs_of(k):
    threads = k.block * k.blocks
    out = {t: np.zeros(max(threads * k.count[t], 1), DTYPE[ty]) for t, ty in OUTPUTS.items()}
    out.update({t: np.zeros(8, np.int32) for t in ATOMICS})
    return out


def make_file(seed, count):
    rng = random.Random(seed)
    functions = [make_function(rng, f"f{n}") for n in range(6)]
    devices = []
    for n in range(6):
        devices.append(make_device(rng, f"d{n}", list(devices), n >= 3))
    kernels = [Maker(rng, f"k{n}", functions, devices).kernel() for n in range(count)]
    return functions + devices, kernels, inputs_of(rng)


def text_of(functions, kernels):
    text = Text()
    for t in ("f32", "i32"):
        text.out += HELPERS.format(t=t).split("\n")
    for f in functions:
        text.function(f)
    for k in kernels:
        text.kernel(k)
    text.line(0, "def main():")
    for n, t in INPUTS.items():
        text.line(1, f'{n} = load_npy[{t}, 1]("{n}.npy").to(Device.default())')
    for k in kernels:
        names = []
        for t, a in outputs_of(k).items():
            name = f"{k.name}_{t}"
            text.line(1, f"{name} = zeros[{ {**OUTPUTS, **dict.fromkeys(ATOMICS, 'i32')}[t]}]({len(a)})")
            names.append(name)
        shape = (k.shape if isinstance(k.shape, tuple) else (k.shape,)) + (1, 1)
        text.line(1, f"{k.name}({k.blocks}, {shape[0]}, {shape[1]}, {shape[2]}, 5, 1.25, {', '.join(INPUTS)}, {', '.join(names)})")
        for name in names:
            text.line(1, f'save_npy("{name}.npy", {name})')
    return "\n".join(text.out) + "\n"


def same(a, b):
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind == "f":
        n = np.isnan(a)
        if (n != np.isnan(b)).any():
            return False
        a, b = np.where(n, 0, a), np.where(n, 0, b)
    return a.tobytes() == b.tobytes()


def difference(name, want, got, k):
    if same(want, got):
        return None
    if want.shape != got.shape:
        return f"{name} has shape {got.shape}"
    bad = np.nonzero([not same(want[i:i + 1], got[i:i + 1]) for i in range(len(want))])[0]
    i = int(bad[0])
    per = k.count.get(name, 0)
    place = f"thread {i // per}, value {i % per}" if per else f"[{i}]"
    return f"{name}: {len(bad)} differ; {place}: {got[i]!r}, wanted {want[i]!r}"


def said(p):
    """The errors among what a run said, without the warnings."""
    lines = (p.stdout + p.stderr).split("\n")
    wrong = [n for n, line in enumerate(lines) if "error" in line]
    return "\n".join(sum((lines[n:n + 3] for n in wrong[:3]), [])) if wrong else "\n".join(lines[-5:])


Family = collections.namedtuple("Family", "make_file text_of machine")    # what a script of random kernels is made of


def run_file(family, weft, seed, count, keep):
    """[(kernel, way, why or None)]"""
    functions, kernels, inputs = family.make_file(seed, count)
    folder = keep or tempfile.mkdtemp()
    path = os.path.join(folder, f"seed{seed}.weft")
    with open(path, "w") as f:
        f.write(family.text_of(functions, kernels))
    wanted = {}
    for k in kernels:
        memory = {**{n: a.copy() for n, a in inputs.items()}, **outputs_of(k)}
        m = family.machine(k, memory, {"n": ("i32", 5), "a": ("f32", 1.25)})
        m.run()
        wanted[k.name] = {t: memory[t] for t in list(OUTPUTS) + list(ATOMICS)}
    results = []
    for way, (flags, threads) in WAYS.items():
        work = os.path.join(folder, f"seed{seed}-{way}")
        os.makedirs(work, exist_ok=True)
        for n, a in inputs.items():
            np.save(os.path.join(work, f"{n}.npy"), a)
        try:
            p = subprocess.run([weft, "run"] + flags + [path], cwd=work, capture_output=True, text=True, timeout=120,
                               env={**os.environ, "WEFT_THREADS": threads})
            failed = None if p.returncode == 0 else f"exit {p.returncode}: {said(p)}"
        except subprocess.TimeoutExpired:
            failed = "no answer in 120 s"
        for k in kernels:
            why = failed
            for t, want in wanted[k.name].items():
                if why is None:
                    why = difference(t, want, np.load(os.path.join(work, f"{k.name}_{t}.npy")), k)
            results.append((f"seed {seed} {k.name}", way, why))
    return results


def main(family):
    here = os.path.dirname(os.path.abspath(__file__))
    ap = argparse.ArgumentParser()
    ap.add_argument("--weft", default=os.path.join(here, "../../build/release/bin/weft"))
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--files", type=int, default=5)
    ap.add_argument("--kernels", type=int, default=20)
    ap.add_argument("--keep", help="leave the programs and what they wrote in this folder")
    opt = ap.parse_args()
    weft = os.path.abspath(opt.weft)
    if opt.keep:
        os.makedirs(opt.keep, exist_ok=True)
    passed = failed = 0
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        jobs = [pool.submit(run_file, family, weft, opt.seed + n, opt.kernels, opt.keep and os.path.abspath(opt.keep))
                for n in range(opt.files)]
        for job in jobs:
            for name, way, why in job.result():
                if why is None:
                    passed += 1
                else:
                    failed += 1
                    print(f"FAIL {name} {way}: {why}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Family(make_file, text_of, kernel_simt.Machine)))
