"""Runs the kernels that random_kernel.py makes, thread by thread, from the language's contract alone.

All threads of the launch are lanes of NumPy arrays, and a statement runs under the mask of the threads that reach it
together: the contract's "threads that diverged meet again after the if or loop"."""
import numpy as np

import kernel_values as kv
from kernel_values import DTYPE


def is_simd(ty):
    return isinstance(ty, tuple)


def element(ty):
    return ty[0] if is_simd(ty) else ty


def lanes(ty):
    return ty[1] if is_simd(ty) else 1


class Machine:
    def __init__(self, kernel, inputs, scalars):
        self.k, self.inputs = kernel, inputs
        self.block, self.blocks = kernel.block, kernel.blocks
        self.count = self.block * self.blocks
        self.thread = np.arange(self.count) % self.block
        self.block_of = np.arange(self.count) // self.block
        self.warps = -(-self.block // 32)
        self.lane = self.thread % 32
        self.warp_of = self.block_of * self.warps + self.thread // 32
        # where[w, l]: the thread that is lane l of warp w, or -1
        self.where = np.full((self.blocks * self.warps, 32), -1)
        self.where[self.warp_of, self.lane] = np.arange(self.count)
        self.env, self.types = {}, {}
        for name, (ty, value) in scalars.items():
            self.types[name], self.env[name] = ty, np.full(self.count, value, DTYPE[ty])
        self.shared = {}
        self.strict = kernel.strict
        self.frames = []

    # -------------------------------------------------------- statements

    def run(self):
        alive = np.ones(self.count, bool)
        self.returned = np.zeros(self.count, bool)
        self.loops = []
        self.body(self.k.statements, alive)

    def body(self, statements, mask):
        for s in statements:
            if not mask.any():
                break
            mask = getattr(self, "do_" + s[0])(mask, *s[1:])
        return mask

    def assign(self, name, value, mask):
        old = self.env.get(name)
        if old is None:
            old = np.zeros_like(value)
        m = mask[:, None] if value.ndim > 1 else mask
        self.env[name] = np.where(m, value, old)

    def do_let(self, mask, name, ty, e):
        self.types[name] = ty
        self.assign(name, self.value(e, mask), mask)
        return mask

    def do_augmented(self, mask, name, op, e):
        ty = self.types[name]
        self.assign(name, self.value(("bin", ty, op, ("var", ty, name), e), mask), mask)
        return mask

    def do_if(self, mask, arms, otherwise):
        out, rest = np.zeros_like(mask), mask
        for cond, body in arms:
            c = self.value(cond, rest)
            out |= self.body(body, rest & c)
            rest = rest & ~c
        return out | self.body(otherwise, rest)

    def do_for(self, mask, name, ty, low, high, step, body):
        self.types[name] = ty
        lo, hi = self.value(low, mask), self.value(high, mask)
        self.loops.append([None, None])
        position, active = lo.astype(object), mask
        while True:
            active = active & np.array([p < h if step > 0 else p > h for p, h in zip(position, hi.tolist())])
            if not active.any():
                break
            self.assign(name, position.astype(DTYPE[ty]), active)
            self.loops[-1] = [np.zeros_like(mask), np.zeros_like(mask)]
            active = self.body(body, active) | self.loops[-1][1]
            position = position + step
        self.loops.pop()
        return mask & ~self.returned

    def do_while(self, mask, cond, body):
        self.loops.append([None, None])
        active = mask
        while True:
            active = active & self.value(cond, active)
            if not active.any():
                break
            self.loops[-1] = [np.zeros_like(mask), np.zeros_like(mask)]
            active = self.body(body, active) | self.loops[-1][1]
        self.loops.pop()
        return mask & ~self.returned

    def do_break(self, mask):
        return np.zeros_like(mask)

    def do_continue(self, mask):
        self.loops[-1][1] |= mask
        return np.zeros_like(mask)

    def do_return(self, mask, e=None):
        if self.frames:
            frame = self.frames[-1]
            value = self.value(e, mask)
            frame["value"] = value if frame["value"] is None else np.where(mask, value, frame["value"])
        self.returned |= mask
        return np.zeros_like(mask)

    def do_barrier(self, mask):
        return mask

    def do_share(self, mask, name, ty, e):
        value = self.value(e, mask)
        old = self.shared.get(name)
        self.shared[name] = value if old is None else np.where(mask, value, old)
        return mask

    def do_local(self, mask, name, ty, n, e):
        self.types[name] = ty
        fill = self.value(e, mask)
        self.env[name] = np.repeat(fill[:, None], n, axis=1)
        return mask

    def do_local_store(self, mask, name, index, e):
        value, i = self.value(e, mask), self.value(index, mask)
        rows = np.nonzero(mask)[0]
        self.env[name] = self.env[name].copy()
        self.env[name][rows, i[rows].astype(int)] = value[rows]
        return mask

    def do_lane_store(self, mask, name, k, e):
        value = self.value(e, mask)
        self.env[name] = self.env[name].copy()
        self.env[name][mask, k] = value[mask]
        return mask

    def do_bump(self, mask, name, ty, e):
        """The helper `bump(mut a, b)`: `if b > 3: a = b  else: a += b`."""
        b, a = self.value(e, mask), self.env[name]
        three = np.full(self.count, 3).astype(DTYPE[ty])
        self.assign(name, np.where(b > three, b, kv.arithmetic("+", a, b, ty)), mask)
        return mask

    def do_atomic(self, mask, tensor, op, index, e):
        i, v = self.value(index, mask), self.value(e, mask)
        cells = self.inputs[tensor]
        f = {"add": np.add, "xor": np.bitwise_xor, "max": np.maximum, "min": np.minimum, "and": np.bitwise_and,
             "or": np.bitwise_or}[op]
        for t in np.nonzero(mask)[0]:
            cells[int(i[t])] = f(cells[int(i[t])], v[t])
        return mask

    def do_store(self, mask, tensor, per_thread, k, e):
        value = self.value(e, mask)
        cells = self.inputs[tensor]
        where = np.arange(self.count) * per_thread + k
        cells[where[mask]] = value[mask]
        return mask

    # -------------------------------------------------------- expressions

    def value(self, e, mask):
        return getattr(self, "of_" + e[0])(mask, *e[1:])

    def of_lit(self, mask, ty, v, spelled):
        x = kv.round_bf16(kv.to_odd(np.full(self.count, v, np.float64))) if ty == "bf16" else np.full(
            self.count, v, DTYPE[ty])
        return x

    def of_var(self, mask, ty, name):
        return self.env[name]

    def of_special(self, mask, ty, name):
        return {"t": self.thread, "lane": self.lane, "warp": self.thread // 32, "block": self.block_of,
                "g": np.arange(self.count)}[name].astype(np.int64)

    def of_widen(self, mask, ty, e):
        return kv.convert(self.value(e, mask), e[1], ty)

    def of_convert(self, mask, ty, e):
        return kv.convert(self.value(e, mask), element(e[1]), element(ty))

    def of_splat(self, mask, ty, e):
        return np.repeat(self.value(e, mask)[:, None], lanes(ty), axis=1)

    of_beside = of_splat

    def product(self, e, ty):
        """The factors, where e is a product of the type (splat or not) that may be fused."""
        if self.strict or element(ty) not in ("f32", "f64"):
            return None
        if e[0] == "bin" and e[2] == "*" and e[1] == ty:
            return e[3], e[4]
        if e[0] == "beside" and e[2][0] == "bin" and e[2][2] == "*" and e[2][1] == ty[0]:
            return ("splat", ty, e[2][3]), ("splat", ty, e[2][4])
        return None

    def of_bin(self, mask, ty, op, l, r):
        if op in ("<<", ">>"):
            return kv.shift(self.value(l, mask), self.value(r, mask), element(ty), op == "<<")
        if op in "+-":
            p, q = self.product(l, ty), self.product(r, ty)
            if p:
                c = self.value(r, mask)
                return kv.fma(self.value(p[0], mask), self.value(p[1], mask), c if op == "+" else -c, element(ty))
            if q:
                c, a, b = self.value(l, mask), self.value(q[0], mask), self.value(q[1], mask)
                return kv.fma(a if op == "+" else -a, b, c, element(ty))
        return kv.arithmetic(op, self.value(l, mask), self.value(r, mask), element(ty))

    def of_neg(self, mask, ty, e):
        x = self.value(e, mask)
        return (-x).astype(x.dtype)

    def of_invert(self, mask, ty, e):
        return ~self.value(e, mask)

    def of_compare(self, mask, ty, op, l, r):
        return kv.compare(op, self.value(l, mask), self.value(r, mask))

    def of_chain(self, mask, ty, a, op1, b, op2, c):
        x, y = self.value(a, mask), self.value(b, mask)
        first = kv.compare(op1, x, y)       # as in Python, c is evaluated where that holds
        return first & kv.compare(op2, y, self.value(c, mask & first))

    def of_and(self, mask, ty, l, r):
        a = self.value(l, mask)
        return a & self.value(r, mask & a)

    def of_or(self, mask, ty, l, r):
        a = self.value(l, mask)
        return a | self.value(r, mask & ~a)

    def of_not(self, mask, ty, e):
        return ~self.value(e, mask)

    def of_cond(self, mask, ty, c, a, b):
        k = self.value(c, mask)
        x, y = self.value(a, mask & k), self.value(b, mask & ~k)
        return np.where(k[:, None] if x.ndim > 1 else k, x, y)

    def of_select(self, mask, ty, c, a, b):
        return np.where(self.value(c, mask), self.value(a, mask), self.value(b, mask))

    def of_call(self, mask, ty, name, *args):
        x = [self.value(a, mask) for a in args]
        el = element(ty)
        if name == "min":
            return kv.minimum(*x)
        if name == "max":
            return kv.maximum(*x)
        if name == "fma":
            return kv.fma(*x, el)
        if name == "abs":
            return np.abs(x[0])
        return {"floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "round": np.rint, "sqrt": np.sqrt}[name](
            x[0]).astype(x[0].dtype)

    def of_power(self, mask, ty, e, n):
        """x ** n by squaring: the squares that the exponent has, from the smallest, the product never fused."""
        square, result = self.value(e, mask), None
        while True:
            if n & 1:
                result = square if result is None else kv.arithmetic("*", result, square, ty)
            n >>= 1
            if not n:
                return result
            square = kv.arithmetic("*", square, square, ty)

    def of_load(self, mask, ty, tensor, index):
        cells = self.inputs[tensor]
        return cells[np.clip(self.value(index, mask).astype(np.int64), 0, len(cells) - 1)]

    def of_bounded(self, mask, ty, tensor, index, other):
        cells, i = self.inputs[tensor], self.value(index, mask).astype(np.int64)
        o = self.value(other, mask)
        n = lanes(ty)
        if n > 1:
            i = i[:, None] + np.arange(n)
            o = o[:, None]
        inside = (i >= 0) & (i < len(cells))
        return np.where(inside, cells[np.clip(i, 0, len(cells) - 1)], o)

    def of_shared(self, mask, ty, name, index):
        i = self.value(index, mask).astype(np.int64) % self.block
        return self.shared[name][self.block_of * self.block + i]

    def of_local_load(self, mask, ty, name, index):
        i = np.clip(self.value(index, mask).astype(int), 0, self.env[name].shape[1] - 1)
        return self.env[name][np.arange(self.count), i]

    def of_lane(self, mask, ty, e, k):
        return self.value(e, mask)[:, k]

    def of_any_lane(self, mask, ty, e, index):
        v = self.value(e, mask)
        return v[np.arange(self.count), np.clip(self.value(index, mask).astype(int), 0, v.shape[1] - 1)]

    def of_mask_select(self, mask, ty, op, l, r, a, b):
        return np.where(kv.compare(op, self.value(l, mask), self.value(r, mask)), self.value(a, mask), self.value(b, mask))

    def of_mask_vote(self, mask, ty, name, op, l, r):
        m = kv.compare(op, self.value(l, mask), self.value(r, mask))
        return m.any(axis=1) if name == "any" else m.all(axis=1)

    def of_halves(self, mask, ty, a, from_a, b, from_b):
        h = lanes(ty) // 2
        return np.concatenate([self.value(a, mask)[:, from_a:from_a + h], self.value(b, mask)[:, from_b:from_b + h]], axis=1)

    def of_reduce(self, mask, ty, name, e):
        x = self.value(e, mask)
        while x.shape[1] > 1:
            h = x.shape[1] // 2
            x = kv.combine(name, x[:, :h], x[:, h:], ty)
        return x[:, 0]

    def of_permute(self, mask, ty, e, order):
        return self.value(e, mask)[:, list(order)]

    def of_function(self, mask, ty, f, *args):
        """A helper of scalars, lifted where the result is SIMD: each lane is a thread of its own."""
        values = [self.value(a, mask) for a in args]
        n = lanes(ty)
        if n > 1:
            values = [v if v.ndim > 1 else np.repeat(v[:, None], n, axis=1) for v in values]
        sub = Machine.__new__(Machine)
        sub.k, sub.inputs, sub.strict = self.k, self.inputs, self.strict
        sub.count = self.count * n
        sub.env = {name: v.reshape(-1) for (name, _), v in zip(f.args, values)}
        sub.types = dict(f.args)
        sub.frames, sub.loops = [{"value": None}], []
        sub.returned = np.zeros(sub.count, bool)
        sub.body(f.statements, np.repeat(mask, n))
        result = sub.frames[0]["value"]
        if result is None:
            result = np.zeros(sub.count, DTYPE[element(ty)])
        return result.reshape(self.count, n) if n > 1 else result

    def of_device(self, mask, ty, f, *args):
        """A helper that uses threads: the same machine, with variables of its own."""
        values = [self.value(a, mask) for a in args]
        saved = self.env, self.types, self.returned, self.loops
        self.env = {name: v for (name, _), v in zip(f.args, values)}
        self.types, self.returned, self.loops = dict(f.args), np.zeros(self.count, bool), []
        self.frames.append({"value": None})
        self.body(f.statements, mask)
        result = self.frames.pop()["value"]
        self.env, self.types, self.returned, self.loops = saved
        return np.zeros(self.count, DTYPE[ty]) if result is None else result

    def of_lambda(self, mask, ty, name, body, argument):
        """The helper `apply[F](x)`, which is F(x) + x."""
        x = self.value(argument, mask)
        saved = self.env.get(name)
        self.env[name] = x
        y = self.value(body, mask)
        self.env[name] = saved
        return kv.arithmetic("+", y, x, ty)

    # -------------------------------------------------------- warps and blocks

    def tree(self, name, values, mask, ty):
        """The reduction of each row of where[]: (results, whether anything was there)."""
        present = (self.where >= 0) & mask[self.where]
        x = values[self.where]
        d = 16
        while d:
            a, b, pa, pb = x[:, :d], x[:, d:2 * d], present[:, :d], present[:, d:2 * d]
            both = kv.combine(name, a, b, ty)
            x = np.where(pa & pb, both, np.where(pa, a, b))
            present = pa | pb
            d //= 2
        return x[:, 0], present[:, 0]

    def scan(self, values, mask, ty):
        present = (self.where >= 0) & mask[self.where]
        x = values[self.where]
        for d in (1, 2, 4, 8, 16):
            below, pbelow = x.copy(), np.zeros_like(present)
            below[:, d:], pbelow[:, d:] = x[:, :-d], present[:, :-d]
            both = kv.arithmetic("+", below, x, ty)
            x = np.where(present & pbelow, both, np.where(present, x, below))
            present = present | pbelow
        return x, present

    def of_warp(self, mask, ty, name, e):
        v = self.value(e, mask)
        active = (self.where >= 0) & mask[self.where]
        if name == "any":
            return (active & v[self.where]).any(axis=1)[self.warp_of]
        if name == "all":
            return (~active | v[self.where]).all(axis=1)[self.warp_of]
        if name == "ballot":
            bits = np.uint64(1) << np.arange(32, dtype=np.uint64)
            return np.where(active & v[self.where], bits, np.uint64(0)).sum(axis=1, dtype=np.uint64)[self.warp_of]
        if name == "prefix_sum":
            return self.scan(v, mask, ty)[0][self.warp_of, self.lane]
        return self.tree(name, v, mask, ty)[0][self.warp_of]

    def of_shuffle(self, mask, ty, name, e, by):
        """Reads of lanes that are not active give what they hold; random_kernel.py discards them."""
        v, b = self.value(e, mask), self.value(by, mask).astype(np.int64)
        source = {"shuffle_down": self.lane + b, "shuffle_up": self.lane - b, "shuffle_xor": self.lane ^ b,
                  "shuffle_idx": b, "broadcast": b}[name]
        inside = (source >= 0) & (source < 32)
        thread = np.where(inside, self.where[self.warp_of, np.clip(source, 0, 31)], -1)
        return np.where(thread >= 0, v[thread], v)

    def of_block(self, mask, ty, name, e, thread=None):
        v = self.value(e, mask)
        per_block = mask.reshape(self.blocks, self.block)
        assert (per_block.all(axis=1) | ~per_block.any(axis=1)).all(), "a block operation that not all threads reach"
        if name == "broadcast":
            i = self.value(thread, mask).astype(np.int64)
            return v[self.block_of * self.block + np.clip(i, 0, self.block - 1)]
        if name in ("any", "all"):
            x = v.reshape(self.blocks, self.block)
            return (x.any(axis=1) if name == "any" else x.all(axis=1))[self.block_of]
        if name == "prefix_sum":
            x, _ = self.scan(v, np.ones_like(mask), ty)
            out = x[self.warp_of, self.lane]
            totals = x[:, 31].reshape(self.blocks, self.warps)
            before = totals[:, 0]
            for w in range(1, self.warps):
                there = self.thread // 32 == w
                out = np.where(there, kv.arithmetic("+", before[self.block_of], out, ty), out)
                before = kv.arithmetic("+", before, totals[:, w], ty)
            return out
        x, _ = self.tree(name, v, np.ones_like(mask), ty)
        x = x.reshape(self.blocks, self.warps)
        r = x[:, 0]
        for w in range(1, self.warps):
            r = kv.combine(name, r, x[:, w], ty)
        return r[self.block_of]
