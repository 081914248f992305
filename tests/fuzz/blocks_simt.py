"""Runs the kernels that random_blocks.py makes: the machine of kernel_simt.py, and what those have beside."""
import numpy as np

import kernel_values as kv
from kernel_simt import Machine
from kernel_values import DTYPE

PACK = {"a": "i8", "b": "f64", "c": "bool", "d": "u16", "e": "f32", "f": "i64"}   # the struct of the shuffles
COUNTERS = {"i32": ("add", "sub", "min", "max", "and", "or", "xor", "mul"), "u32": ("add", "sub", "min", "max", "xor"),
            "i64": ("add", "min", "max", "and", "mul"), "u64": ("sub", "min", "max", "or", "mul"),
            "f32": ("add", "sub", "min", "max"), "f64": ("add", "min", "max")}     # whole numbers: the order is nothing
UPDATE = {"add": np.add, "sub": np.subtract, "min": np.minimum, "max": np.maximum, "and": np.bitwise_and,
          "or": np.bitwise_or, "xor": np.bitwise_xor, "mul": np.multiply}


def places(sizes, number):
    """x, y and z of each number, x fastest."""
    x, y, _ = (tuple(sizes) + (1, 1))[:3]
    return {"x": number % x, "y": number // x % y, "z": number // (x * y)}


class BlocksMachine(Machine):
    def __init__(self, kernel, inputs, scalars):
        super().__init__(kernel, inputs, scalars)
        self.special = {}
        if kernel.over:
            return
        shape = kernel.shape if isinstance(kernel.shape, tuple) else (kernel.shape,)
        thread, block = places(shape, self.thread), places(kernel.grid, self.block_of)
        for axis, dim, count in zip("xyz", shape + (1, 1), kernel.grid + (1, 1)):
            self.special[f"thread_idx.{axis}"], self.special[f"block_idx.{axis}"] = thread[axis], block[axis]
            self.special[f"block_dim.{axis}"] = np.full(self.count, dim)
            self.special[f"grid_dim.{axis}"] = np.full(self.count, count)
            self.special[f"global_idx.{axis}"] = block[axis] * dim + thread[axis]

    def of_special(self, mask, ty, name):
        return self.special[name].astype(np.int64) if name in self.special else super().of_special(mask, ty, name)

    # -------------------------------------------------------- shared memory

    def do_tile_fill(self, mask, name, ty, m, e):
        old = self.shared.get(name, np.zeros((m, self.count), DTYPE[ty]))
        rows = []
        for k in range(m):
            rows.append(np.where(mask, self.value(e, mask), old[k]))
        self.shared[name] = np.array(rows)
        return mask

    def tile_row(self, name, index, mask):
        return np.clip(self.value(index, mask).astype(int), 0, len(self.shared[name]) - 1)

    def do_tile_store(self, mask, name, ty, index, e):
        value, row = self.value(e, mask), self.tile_row(name, index, mask)
        at = np.nonzero(mask)[0]
        self.shared[name][row[at], at] = value[at]
        return mask

    def do_tile_augmented(self, mask, name, ty, index, op, e):
        row, at = self.tile_row(name, index, mask), np.nonzero(mask)[0]
        self.types["?"], self.env["?"] = ty, self.shared[name][row, np.arange(self.count)]
        value = self.value(("bin", ty, op, ("var", ty, "?"), e), mask)
        self.shared[name][row[at], at] = value[at]
        return mask

    def of_tile(self, mask, ty, name, index, thread):
        row = self.tile_row(name, index, mask)
        column = self.block_of * self.block + self.value(thread, mask) % self.block
        return self.shared[name][row, column]

    def do_count_fill(self, mask, name, ty, e):
        value = self.value(e, mask)
        old = self.shared.get(name, np.zeros((self.blocks, 4), DTYPE[ty]))
        for b in range(self.blocks):
            if mask[b * self.block]:
                old[b] = value[b * self.block]
        self.shared[name] = old
        return mask

    def do_bump_counter(self, mask, name, ty, op, index, e, order, old):
        i, v = self.value(index, mask), self.value(e, mask)
        cells = self.shared[name]
        for t in np.nonzero(mask)[0]:
            b, k = self.block_of[t], int(i[t])
            cells[b, k] = UPDATE[op](cells[b, k], v[t])
        return mask

    def of_counter(self, mask, ty, name, k):
        return self.shared[name][self.block_of, k]

    # -------------------------------------------------------- loops and functions

    def turns(self, mask, name, ty, values, body):
        self.types[name] = ty
        self.loops.append([None, None])
        active = mask
        for value in values:
            if not active.any():
                break
            self.assign(name, value, active)
            self.loops[-1] = [np.zeros_like(mask), np.zeros_like(mask)]
            active = self.body(body, active) | self.loops[-1][1]
        self.loops.pop()
        return mask & ~self.returned

    def do_comptime_for(self, mask, name, n, body):
        return self.turns(mask, name, "i64", [np.full(self.count, k, np.int64) for k in range(n)], body)

    def do_tuple_for(self, mask, name, ty, values, body):
        return self.turns(mask, name, ty, [self.value(e, mask) for e in values], body)

    def do_nested_def(self, mask, name, f):
        return mask

    def of_nested(self, mask, ty, name, f, argument):
        p, _, _, cond, one, other = f
        saved, self.env[p] = self.env.get(p), self.value(argument, mask)
        c = self.value(cond, mask)
        x = np.where(c, self.value(one, mask & c), self.value(other, mask & ~c))
        self.env[p] = saved
        return x

    def of_pack(self, mask, ty, name, field, values, by):
        held = dict(zip(PACK, [self.value(e, mask) for e in values]))
        self.env["?"] = held[field]
        return self.of_shuffle(mask, ty, name, ("var", ty, "?"), by)
