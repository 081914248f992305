#!/usr/bin/env python3
"""Random kernels about control flow that a whole block takes together, and what blocks share.

    random_blocks.py [--weft PATH] [--seed N] [--files N] [--kernels N] [--keep DIR]

What random_kernel.py makes, and: loops and ifs that the threads of a block take together, left by break, continue and
return; conditions of block operations; tiles and counters in shared memory that threads write where they have
diverged; structs in shuffles and broadcasts; unrolled loops; nested functions that capture; shapes of three sizes,
domains of four, launches that replace the shape, options. The model is blocks_simt.py."""
import random
import sys

import numpy as np

import random_kernel as rk
from blocks_simt import COUNTERS, PACK, BlocksMachine
from kernel_simt import is_simd
from random_kernel import FLOATS, INTS, TYPES, Maker, Text

ORDERS = ("", "", "", ', order="acq_rel"', ', order="release"', ', order="acquire", scope="block"', ', scope="system"',
          ', order="relaxed", scope="device"')
SIZES = {1: (1, 3, 31, 32, 33, 64, 70, 96), 2: ((8, 4), (5, 9), (16, 3), (3, 30), (64, 1)), 3: ((3, 4, 5), (2, 2, 2), (4, 2, 9))}
DOMAINS = ((1,), (37,), (64,), (4, 9), (7, 16), (3, 2, 5), (4, 4, 8), (2, 3, 2, 5), (3, 1, 4, 8))
BLOCK = "block_of = (block_idx.z * grid_dim.y + block_idx.y) * grid_dim.x + block_idx.x"


class BlockMaker(Maker):
    length = (2, 4)             # each holds many operations of warps and blocks, and LLVM takes its time for those

    def __init__(self, rng, name, functions, devices):
        super().__init__(rng, name, functions, devices)
        self.asked = False
        if self.over:
            self.shape = rng.choice(DOMAINS)
            self.starts = tuple(rng.choice((0, 0, 1, -3, 7)) for _ in self.shape)
            self.grid, self.blocks = (1,), 1
        else:
            self.shape = rng.choice(SIZES[rng.choice((1, 1, 2, 3))])
            self.grid = rng.choice(((1,), (3,), (2, 2), (1, 3), (2, 1, 2)))
            self.starts, self.blocks = None, int(np.prod(self.grid))
        self.block = int(np.prod(self.shape))
        self.writing, self.reading, self.counters, self.nested = {}, {}, {}, {}
        self.stay = False           # between a write of shared memory and the barrier after its reads

    def leaf(self, ty, uniform=False):
        if ty == "i64" and not self.over and not self.in_function and self.chance(0.1):
            names = ("block_idx", "grid_dim", "block_dim") + (() if uniform else ("thread_idx", "global_idx"))
            return ("special", ty, f"{self.r.choice(names)}.{self.r.choice('xyz')}")
        return super().leaf(ty, uniform)

    # -------------------------------------------------------- expressions

    def expr(self, ty, depth, uniform=False):
        if depth > 0 and not uniform and not is_simd(ty) and self.chance(0.12) and not self.in_function:
            e = self.r.choice((self.e_tile, self.e_nested, self.e_pack))(ty, depth - 1)
            if e:
                return e
        return super().expr(ty, depth, uniform)

    def e_tile(self, ty, d):
        pool = [n for n, t in self.reading.items() if t[0] == ty]
        if not pool:
            return None
        name = self.r.choice(sorted(pool))
        return ("tile", ty, name, self.index(self.reading[name][1]), self.convert("i64", self.expr("i32", d)))

    def e_nested(self, ty, d):
        pool = [n for n, f in self.nested.items() if f[2] == ty]
        if not pool:
            return None
        name = self.r.choice(sorted(pool))
        return ("nested", ty, name, self.nested[name], self.expr(self.nested[name][1], d))

    def e_pack(self, ty, d):
        fields = [n for n, t in PACK.items() if t == ty]
        if not fields or self.over:
            return None
        values = tuple(self.expr(t, min(d, 1)) for t in PACK.values())
        e = self.e_shuffle(ty, d, False)
        at = e if e[0] == "shuffle" else e[3]
        packed = ("pack",) + at[1:3] + (self.r.choice(fields), values) + at[4:]
        return packed if e is at else e[:3] + (packed,) + e[4:]

    def joint(self, ty, d):
        """An expression with operations of the block, where all threads come."""
        kind = self.r.choice(("one", "one", "sum", "beside", "nest"))
        name = self.r.choice(("any", "all") if ty == "bool" else ("sum", "broadcast", "sum") if ty in FLOATS else
                             ("sum", "min", "max", "broadcast"))
        inner = self.expr(ty, d)
        if kind == "nest" and d > 0:
            inner = self.joint(ty, d - 1)
        e = ("block", ty, name, inner)
        if name == "broadcast":
            by = ("special", "i64", "block") if self.chance(0.3) else ("lit", "i64", self.r.randrange(self.block), None)
            if by[0] == "special":
                by = ("bin", "i64", "%", by, ("lit", "i64", self.block, "bare"))
            e += (by,)
        if kind == "sum" and ty != "bool":
            return ("bin", ty, self.r.choice("+-*"), e, self.joint(ty, d - 1) if d > 0 else self.expr(ty, 1, True))
        if kind == "beside":
            return ("bin", ty, "^" if ty == "bool" else self.r.choice("+-"), e, self.expr(ty, 1, True))
        return e

    # -------------------------------------------------------- statements

    def statement(self):
        kinds = []
        together = self.collective and not self.returned and not self.in_function
        if together and self.depth < 3:
            kinds += ["joint_while", "joint_if", "joint_if", "joint_let"] + ["phase", "count"] * (not self.stay)
            if self.loop == "joint" and not self.stay:
                kinds += ["joint_leave"] * 2
            if self.depth and not self.stay:
                kinds += ["joint_return"]
        if self.writing:
            kinds += ["tile_store"] * 3
        if self.counters:
            kinds += ["bump_counter"] * 3
        if self.depth < 3 and not self.in_function:
            kinds += ["unrolled"]
        if self.depth == 0 and not self.in_function:
            kinds += ["nested"]
        if kinds and self.chance(0.5):
            return getattr(self, "s_" + self.r.choice(kinds))()
        return super().statement()

    def s_share(self):
        return self.s_let() if self.stay else super().s_share()

    def s_joint_let(self):
        pool = [n for n, t in self.vars.items() if n[0] == "v" and not is_simd(t)]
        name = self.r.choice(pool)
        return [("let", name, self.vars[name], self.joint(self.vars[name], 2))]

    def s_joint_if(self):
        arms = [(self.joint("bool", 2), self.block_of(self.r.randint(1, 3))) for _ in range(self.r.choice((1, 1, 2)))]
        return [("if", arms, self.block_of(self.r.randint(1, 2)) if self.chance(0.5) else [])]

    def s_joint_while(self):
        name = self.new("w")
        limit = ("bin", "i32", "&", self.expr("i32", 1, True), ("lit", "i32", 3, "bare"))
        cond = ("compare", "bool", "<", ("var", "i32", name), limit)
        if self.chance(0.4):
            cond = ("and", "bool", cond, self.joint("bool", 1))
        step = ("let", name, "i32", ("bin", "i32", "+", ("var", "i32", name), ("lit", "i32", 1, "bare")))
        body = self.loop_body("joint", name, "i32", True)
        if self.chance(0.3):
            body.append(self.leave_if("break"))
        return [("let", name, "i32", ("lit", "i32", 0, None)), ("while", cond, [step] + body)]

    def leave_if(self, what):
        cond = self.joint("bool", 1) if self.chance(0.5) else self.expr("bool", 2, True)
        return ("if", [(cond, [(what,)])], [])

    def s_joint_leave(self):
        return [self.leave_if(self.r.choice(("break", "continue")))]

    def s_joint_return(self):
        return [self.leave_if("return")]

    def with_pool(self, pool, key, value, n):
        pool[key] = value
        out = []
        for _ in range(n):
            out += self.statement()
        pool.pop(key)
        return out

    def s_phase(self):
        """A tile: each thread writes its own cells, where it may have diverged; then all read all of it."""
        ty, m, name = self.r.choice(("i32", "f32", "u8", "f64", "i64", "bool", "f16")), self.r.choice((1, 2, 4)), self.new(
            f"q_{self.name}_")
        self.shared_all.append((name, ty, m))
        self.stay, was = True, self.stay
        out = [("tile_fill", name, ty, m, self.expr(ty, 1))]
        out += self.with_pool(self.writing, name, (ty, m), self.r.randint(1, 3))
        if not self.returned:
            out += [("barrier",)] + self.with_pool(self.reading, name, (ty, m), self.r.randint(1, 3))
            if not self.returned:
                out += [("barrier",)]
        self.stay = was
        return out

    def s_tile_store(self):
        name = self.r.choice(sorted(self.writing))
        ty, m = self.writing[name]
        if self.chance(0.2):
            return [("tile_augmented", name, ty, self.index(m), self.r.choice("&|^" if ty == "bool" else "+-"), self.expr(ty, 2))]
        return [("tile_store", name, ty, self.index(m), self.expr(ty, 2))]

    def s_count(self):
        ty = self.r.choice(tuple(COUNTERS))
        op, name = self.r.choice(COUNTERS[ty]), self.new(f"c_{self.name}_")
        self.shared_all.append((name, ty, 0))
        self.stay, was = True, self.stay
        out = [("count_fill", name, ty, self.expr(ty, 1, True) if ty in INTS else ("lit", ty, 3.0, None)), ("barrier",)]
        out += self.with_pool(self.counters, name, (ty, op), self.r.randint(2, 4))
        if not self.returned:
            v = self.new("un")
            if self.depth == 0:
                self.uniform[v] = ty
            self.vars[v] = ty
            out += [("barrier",), ("let", v, ty, ("counter", ty, name, self.r.randrange(4))), ("barrier",)]
        self.stay = was
        return out

    def s_bump_counter(self):
        name = self.r.choice(sorted(self.counters))
        ty, op = self.counters[name]
        value = self.expr(ty, 2) if ty in INTS else self.convert(ty, ("bin", "i32", "&", self.expr("i32", 2), ("lit", "i32", 7, "bare")))
        return [("bump_counter", name, ty, op, self.index(4), value, self.r.choice(ORDERS), self.new("o"))]

    def s_unrolled(self):
        def make():
            name = self.new("z")
            if self.chance(0.5):
                return [("comptime_for", name, self.r.choice((1, 2, 3)), self.loop_body("free", name, "i64"))]
            ty = self.r.choice(TYPES[:-1])
            values = [self.expr(ty, 2) for _ in range(self.r.randint(2, 3))]
            return [("tuple_for", name, ty, values, self.loop_body("free", name, ty))]
        return self.divergent(make)

    def s_nested(self):
        """A nested function of one argument, which reads the variables around it when it is called."""
        name, p, ty, result = self.new("h"), self.new("p"), self.r.choice(("i32", "f32", "i64")), self.r.choice(TYPES[:-1])
        saved, self.vars = self.vars, {n: t for n, t in self.vars.items() if not is_simd(t)}
        self.vars[p] = ty
        f = (p, ty, result, self.expr("bool", 2), self.expr(result, 2), self.expr(result, 2))
        self.vars = saved
        self.nested[name] = f
        return [("nested_def", name, f)]

    def kernel(self):
        k = super().kernel()
        k.grid, k.starts = self.grid, self.starts
        k.replaced = not self.over and self.chance(0.25)
        k.options = "".join(self.r.choice(("",) * 6 + some) for some in ((", width=4", ", width=16"), (", unroll=2",), (", index=i32",)))
        return k


class BlockText(Text):
    def e(self, x):
        kind, ty, rest = x[0], x[1], x[2:]
        if kind == "special" and "." in rest[0]:
            return rest[0]
        if kind == "special" and rest[0] == "block":
            return "block_of"
        if kind == "tile":
            return f"{rest[0]}[{self.e(rest[1])}, {self.e(rest[2])} % {self.count}]"
        if kind == "counter":
            return f"{rest[0]}[{rest[1]}]"
        if kind == "nested":
            return f"{rest[0]}({self.e(rest[2])})"
        if kind == "pack":
            return f"warp.{rest[0]}(Pack({', '.join(map(self.e, rest[2]))}), {self.e(rest[3])}).{rest[1]}"
        return super().e(x)

    def body(self, statements, depth):
        for s in statements:
            write = getattr(self, "do_" + s[0], None)
            write(depth, *s[1:]) if write else super().body([s], depth)

    def do_tile_fill(self, depth, name, ty, m, e):
        for k in range(m):
            self.line(depth, f"{name}[{k}, t] = {self.e(e)}")

    def do_tile_store(self, depth, name, ty, index, e):
        self.line(depth, f"{name}[{self.e(index)}, t] = {self.e(e)}")

    def do_tile_augmented(self, depth, name, ty, index, op, e):
        self.line(depth, f"{name}[{self.e(index)}, t] {op}= {self.e(e)}")

    def do_count_fill(self, depth, name, ty, e):
        self.line(depth, f"for fill in range(t, 4, {self.count}):")
        self.line(depth + 1, f"{name}[fill] = {self.e(e)}")

    def do_bump_counter(self, depth, name, ty, op, index, e, order, old):
        if op != "mul":
            self.line(depth, f"atomic_{op}({name}[{self.e(index)}], {self.e(e)}{order})")
            return
        self.line(depth, f"{old}i = {self.e(index)}")
        self.line(depth, f"{old}f = {self.e(e)}")
        self.line(depth, "while True:")
        self.line(depth + 1, f"{old} = atomic_load({name}[{old}i])")
        self.line(depth + 1, f"if atomic_cas({name}[{old}i], {old}, {old} * {old}f) == {old}:")
        self.line(depth + 2, "break")

    def do_comptime_for(self, depth, name, n, body):
        self.line(depth, f"comptime for {name}_k in range({n}):")
        self.line(depth + 1, f"{name}: i64 = {name}_k")
        self.body(body, depth + 1)

    def do_tuple_for(self, depth, name, ty, values, body):
        self.line(depth, f"for {name} in ({', '.join(map(self.e, values))}):")
        self.body(body, depth + 1)

    def do_nested_def(self, depth, name, f):
        p, ty, result, cond, one, other = f
        self.line(depth, f"def {name}({p}: {ty}) -> {result}:")
        self.line(depth + 1, f"if {self.e(cond)}:")
        self.line(depth + 2, f"return {self.e(one)}")
        self.line(depth + 1, f"return {self.e(other)}")

    def geometry(self):
        self.line(1, rk.THREAD)
        self.line(1, "count = block_dim.x * block_dim.y * block_dim.z")
        self.line(1, BLOCK)
        self.line(1, "g = block_of * count + t")

    def kernel(self, k):
        self.declared, self.count = set(), k.block
        if k.over:
            sizes = [f"{n}" if at == 0 else f"range({at}, {at + n})" for n, at in zip(k.shape, k.starts)]
            how = f"over=({', '.join(sizes)})" if len(sizes) > 1 else f"over={sizes[0]}"
        else:
            how = "grid=1, block=1" if k.replaced else f"grid={k.grid}, block={k.shape}"
        self.line(0, f"@kernel({how}{k.options}{', math=' + chr(34) + 'strict' + chr(34) if k.strict else ''})")
        args = ["n: i32", "a: f32"] + [f"{n}: Tensor[{t}, {rk.SIZE}]" for n, t in rk.INPUTS.items()]
        args += [f"mut {n}: Tensor[{t}, _]" for n, t in rk.OUTPUTS.items()] + [f"mut {n}: Tensor[i32, 8]" for n in rk.ATOMICS]
        self.line(0, f"def {k.name}({', '.join(args)}):")
        if k.over:
            names = [f"i{d}" for d in range(len(k.shape))]
            self.line(1, f"{', '.join(names)} = item()")
            g = "0"
            for name, n, at in zip(names, k.shape, k.starts):
                g = f"({g}) * {n} + ({name} - ({at}))"
            self.line(1, f"g = {g}")
        else:
            self.line(1, rk.THREAD)
            self.line(1, BLOCK)
            self.line(1, f"g = block_of * {k.block} + t")
        for name, ty, *m in k.shared:
            dims = "4" if m == [0] else f"{m[0]}, {k.block}" if m else f"{k.block}"
            self.line(1, f"{name} = shared_tensor[{ty}, {dims}]()")
        self.body(k.statements, 1)
        self.line(0, "")


def make_file(seed, count):
    rng = random.Random(seed)
    functions = [rk.make_function(rng, f"f{n}") for n in range(4)]
    devices = []
    for n in range(4):
        devices.append(rk.make_device(rng, f"d{n}", list(devices), n >= 2))
    kernels = [BlockMaker(rng, f"k{n}", functions, devices).kernel() for n in range(count)]
    return functions + devices, kernels, rk.inputs_of(rng)


def text_of(functions, kernels):
    text = BlockText()
    text.out += ["struct Pack:"] + [f"    {n}: {t}" for n, t in PACK.items()] + [""]
    for t in ("f32", "i32"):
        text.out += rk.HELPERS.format(t=t).split("\n")
    for f in functions:
        text.function(f)
    for k in kernels:
        text.kernel(k)
    text.line(0, "def main():")
    for n, t in rk.INPUTS.items():
        text.line(1, f'{n} = load_npy[{t}, 1]("{n}.npy").to(Device.default())')
    for k in kernels:
        names = []
        for t, a in rk.outputs_of(k).items():
            name = f"{k.name}_{t}"
            text.line(1, f"{name} = zeros[{ {**rk.OUTPUTS, **dict.fromkeys(rk.ATOMICS, 'i32')}[t]}]({len(a)})")
            names.append(name)
        launch = f"{k.name}.launch(grid={k.grid}, block={k.shape})" if k.replaced else k.name
        text.line(1, f"{launch}(5, 1.25, {', '.join(rk.INPUTS)}, {', '.join(names)})")
        for name in names:
            text.line(1, f'save_npy("{name}.npy", {name})')
    return "\n".join(text.out) + "\n"


if __name__ == "__main__":
    sys.exit(rk.main(rk.Family(make_file, text_of, BlocksMachine)))
