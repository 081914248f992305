"""Exported functions and structs, called by a C compiler's code through the generated header."""
import os, random

FUNCTIONS = """struct P:
    x: f32
    n: i64
    b: bool

@export
def add(a: i32, b: i32) -> i32:
    return a + b

@export
def flip(p: P, k: int = 3) -> P:
    return P(-p.x, p.n + k, not p.b)

@export
def both(a: f64, p: P) -> (f64, i32, P, bool):
    return a * 2, 7, P(p.x, 2, True), a > 1

@export(T=[f32, f64], N=[2, 3])
def mul[T: DType, N: int](x: T) -> T:
    return x * T(N)

@export(name="other")
def named(x: u8, flag: bool) -> bool:
    return flag and x > 3

@export
def bump(mut x: i32, out y: bool, mut p: P):
    x += 1
    y = x > 3
    p.n = 77

@export
def total(x: Tensor[f32, N], mut y: Tensor[f32, N], s: f32, p: P) -> f32 where N > 1:
    t: f32 = 0
    for i in range(N):
        t += x[i] * s + p.x
        y[i] = t
    return t

@export
def strided(x: Tensor[f32, M, N, layout=strided], h: f16) -> (f32, f16):
    t: f32 = 0
    for i in range(M):
        for j in range(N):
            t += x[i, j] * f32(i + 1)
    return t, h + 1

@kernel(over=N)
def dbl(mut x: Tensor[f32, N]):
    x[item()] *= 2

@export
def launches(mut x: Tensor[f32, N]):
    'Doubles x.'
    for i in range(N):
        x[i] += 1
    dbl(x)
    a = full[f32](N, value=1.0)
    dbl(a)
    for i in range(N):
        x[i] += a[i]

@export
def half(x: f16, y: bf16) -> f16:
    return x + f16(f32(y))

@export
def narrow(a: i8, b: u16) -> i8:
    return a - i8(b)

@export
def fails(x: Tensor[f32, N]) -> f32:
    a = zeros[f32](3)
    assert N < 3, f"N is {N}"
    return a[N]
"""

CALLER = r"""#include "lib.h"
#include <stdio.h>
#include <assert.h>
#include <string.h>
static DLTensor tensor(float *d, int64_t *shape, int n, int64_t *strides) {
    DLTensor t = {0}; t.data = d; t.device.device_type = 1; t.ndim = n; t.dtype.code = 2; t.dtype.bits = 32; t.dtype.lanes = 1; t.shape = shape; t.strides = strides; return t;
}
int main(void) {
    printf("%d\n", add(3, -5));
    P p = {1.5f, 10, true};
    P q = flip(p, 3);
    printf("%g %d %d\n", q.x, (int)q.n, q.b);
    double r0; int32_t r1; P r2; bool r3;
    both(1.5, p, &r0, &r1, &r2, &r3);
    printf("%g %d %g %d %d %d\n", r0, r1, r2.x, (int)r2.n, r2.b, r3);
    printf("%g %g %d %d\n", mul_f32_2(1.5f), mul_f64_3(2.5), other(4, true), other(4, false));
    int32_t x = 3; bool y; bump(&x, &y, &p); printf("%d %d %d\n", x, y, (int)p.n);
    float xs[4] = {1, 2, 3, 4}, ys[4] = {0};
    printf("cpu: "); float r; total_cpu(xs, ys, 2, p, &r, 4); printf("%g %g %g\n", r, ys[0], ys[3]);
    int64_t n4 = 4, n1 = 1, n3 = 3; memset(ys, 0, sizeof ys);
    DLTensor tx = tensor(xs, &n4, 1, NULL), ty = tensor(ys, &n4, 1, NULL), t1 = tensor(ys, &n1, 1, NULL), t3 = tensor(ys, &n3, 1, NULL);
    weft_status s = total(NULL, &tx, &ty, 2, p, &r); printf("%d %g %g %g\n", s, r, ys[0], ys[3]);
    s = total(NULL, &tx, &t1, 2, p, &r); printf("%d %s\n", s != 0, weft_last_error());
    s = total(NULL, &t1, &t1, 2, p, &r); printf("%d %s\n", s != 0, weft_last_error());
    s = total(NULL, &t1, &tx, 2, p, &r); printf("%d %s\n", s != 0, weft_last_error());
    DLTensor u1 = tensor(xs, &n1, 1, NULL);
    s = total(NULL, &u1, &t1, 2, p, &r); printf("%d %s\n", s != 0, weft_last_error());
    s = total(NULL, &tx, &ty, 2, p, NULL); printf("%d %s\n", s != 0, weft_last_error());
    float m[6] = {1, 2, 3, 4, 5, 6}; int64_t sh[2] = {2, 3}, st[2] = {1, 2};
    DLTensor tm = tensor(m, sh, 2, st); uint16_t h;
    s = strided(NULL, &tm, 0x3c00, &r, &h); printf("%d %g %x\n", s, r, h);
    strided_cpu(m, st, 0x3c00, &r, &h, 2, 3); printf("%g %x\n", r, h);
    s = launches(NULL, &tx); printf("%d %s %g %g\n", s, s ? weft_last_error() : "", xs[0], xs[3]);
    launches_cpu(xs, 4); printf("%g %g\n", xs[0], xs[3]);
    printf("%x %d\n", half(0x3c00, 0x3f80), narrow(-100, 100));
    s = fails(NULL, &t3, &r); printf("%d %s\n", s != 0, weft_last_error());
    s = fails(NULL, &t1, &r); printf("%d %g\n", s, r);
    s = fails(NULL, &tx, &r); printf("%d %s\n", s != 0, weft_last_error());
    return 0;
}
"""

ANSWER = """-2
-1.5 13 0
3 7 1.5 2 1 1
3 7.5 1 0
4 1 77
cpu: 26 3.5 26
0 26 3.5 26
1 N is 4 in x (dim 0) and 1 in y (dim 0)
1 x and y overlap, and y is written
1 N is 1 in x (dim 0) and 4 in y (dim 0)
1 lib.weft:33: total: N > 1 does not hold
1 total: the address of result 0 is NULL
0 33 4000
33 4000
0  6 12
16 28
4000 56
1 lib.weft:74: N is 3
0 0
1 lib.weft:74: N is 4
"""


def test_exported_functions_from_c(weft):
    weft.write("lib.weft", FUNCTIONS)
    weft.write("main.c", CALLER)
    weft.ok("build", "lib.weft", "-o", "out")
    weft.cc("-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Iout", "main.c", "out/liblib.a", "-o", "main")
    assert weft.out_of("main") == ANSWER, weft.out_of("main")
    weft.write("main.cpp", '#include "lib.h"\n')
    weft.cc("-std=c++17", "-Wall", "-Wextra", "-Werror", "-Iout", "-c", "main.cpp", compiler="c++")


# ---------------------------------------------------------------- structs as C lays them out

SCALARS = {  # Weft's name: C's, a value that each can hold exactly
    "bool": ("bool", lambda r: r.randrange(2)), "i8": ("int8_t", lambda r: r.randint(-128, 127)),
    "u8": ("uint8_t", lambda r: r.randrange(256)), "i16": ("int16_t", lambda r: r.randint(-2**15, 2**15 - 1)),
    "u16": ("uint16_t", lambda r: r.randrange(2**16)), "i32": ("int32_t", lambda r: r.randint(-2**31 + 1, 2**31 - 1)),
    "u32": ("uint32_t", lambda r: r.randrange(2**32)), "i64": ("int64_t", lambda r: r.randint(-2**52, 2**52)),
    "u64": ("uint64_t", lambda r: r.randrange(2**52)), "f32": ("float", lambda r: r.randint(-2**20, 2**20) / 8),
    "f64": ("double", lambda r: r.randint(-2**40, 2**40) / 16),
}


class Struct:
    """A random struct: its fields are (name, Weft's type, a scalar's name or a Struct, lanes)."""

    def __init__(self, name, r, others):
        self.name, self.fields = name, []
        for k in range(r.randint(1, 6)):
            nested = others and r.random() < 0.3
            of = r.choice(others) if nested else r.choice(sorted(SCALARS))
            lanes = 1 if nested or r.random() < 0.7 else r.choice((2, 4, 8))
            self.fields.append((f"f{k}", of, lanes))

    def text(self):
        lines = [f"struct {self.name}:"]
        for name, of, lanes in self.fields:
            of = of.name if isinstance(of, Struct) else of
            lines.append(f"    {name}: " + (f"SIMD[{of}, {lanes}]" if lanes > 1 else of))
        return "\n".join(lines) + "\n"

    def leaves(self, at):
        """(the place in Weft and in C, the scalar's name)"""
        for name, of, lanes in self.fields:
            if isinstance(of, Struct):
                yield from of.leaves(f"{at}.{name}")
            elif lanes == 1:
                yield f"{at}.{name}", of
            else:
                yield from ((f"{at}.{name}[{k}]", of) for k in range(lanes))


def as_f64(place, of):
    return f"(1.0 if {place} else 0.0)" if of == "bool" else f"f64({place})"


def struct_library(structs):
    text = ""
    for s in structs:
        leaves = list(s.leaves("s"))
        text += s.text() + f"""
@export
@kernel(grid=1, block=1)
def k_{s.name}(s: {s.name}, out y: Tensor[f64, {len(leaves)}]):
"""
        text += "".join(f"    y[{i}] = {as_f64(place, of)}\n" for i, (place, of) in enumerate(leaves))
        text += f"""
@export
@kernel(grid=1, block=1)
def a_{s.name}(x: Tensor[{s.name}, N], mut y: Tensor[{s.name}, N], out size: Tensor[f64, 1]):
    y[N - 1] = x[1]
    size[0] = {as_f64("x[1]" + leaves[-1][0][1:], leaves[-1][1])}

@export
def r_{s.name}(s: {s.name}) -> {s.name}:
    return s

"""
    return text


def struct_caller(structs, r):
    lines = ['#include "lib.h"', "#include <stdio.h>", "#include <string.h>",
             '#define CHECK(a, b, what) do { if (!((a) == (b))) { printf("%s\\n", what); bad = 1; } } while (0)',
             "int main(void) {", "    int bad = 0;"]
    for s in structs:
        leaves = list(s.leaves("s"))
        n, name = len(leaves), s.name
        lines += ["    {", f"        {name} s, t, a[2], b[3]; double y[{n}], size = 0; int64_t n = {n};",
                  "        memset(&s, 0, sizeof s); memset(a, 0, sizeof a); memset(b, 0, sizeof b);",
                  "        DLTensor d = {.data = y, .device = {1, 0}, .ndim = 1, .dtype = {2, 64, 1}, .shape = &n};"]
        values = [SCALARS[of][1](r) for _, of in leaves]
        lines += [f"        {place} = {value};" for (place, _), value in zip(leaves, values)]
        checks = [f'        CHECK((double)%s, {value}, "{name} {place} %s");' for (place, _), value in zip(leaves, values)]
        for form, call in (("checked", f"CHECK(k_{name}(NULL, s, &d), 0, weft_last_error())"), ("bare", f"k_{name}_cpu(s, y)")):
            lines += ["        memset(y, 0, sizeof y);", f"        {call};"]
            lines += [c % (f"y[{i}]", form) for i, c in enumerate(checks)]
        lines += [f"        t = r_{name}(s);"]
        lines += [c % (place.replace("s.", "t.", 1), "returned") for (place, _), c in zip(leaves, checks)]
        lines += ["        a[1] = s;", f"        a_{name}_cpu(a, b, &size, 3);", f'        CHECK(size, {values[-1]}, "{name} in a tensor");']
        lines += [c % (place.replace("s.", "b[2].", 1), "in a tensor") for (place, _), c in zip(leaves, checks)]
        lines += ["    }"]
    return "\n".join(lines + ["    return bad;", "}"]) + "\n"


def test_structs_are_laid_out_as_in_c(weft):
    r = random.Random(20)
    for part in range(4):
        structs = []
        for k in range(50):
            structs.append(Struct(f"S{part}_{k}", r, structs[-6:]))
        weft.write("lib.weft", struct_library(structs))
        weft.write("main.c", struct_caller(structs, r))
        weft.ok("build", "-O1" if part % 2 else "-O3", "lib.weft", "-o", "out")
        weft.cc("-std=c11", "-Wall", "-Wextra", "-Iout", "main.c", "out/liblib.a", "-o", "main")
        assert weft.out_of("main") == ""


# ---------------------------------------------------------------- several libraries in one program

COMMON = """struct P:
    x: f32
    n: i64

def twice(x: f32) -> f32:
    return x * 2

@kernel(over=N)
def double(mut x: Tensor[f32, N]):
    x[item()] *= 2
"""

ONE_OF_TWO = """from common import P, twice, double

@kernel(over=N)
def same(mut x: Tensor[f32, N], p: P):
    i = item()
    x[i] = twice(x[i]) + p.x

@export
def LIB_work(mut x: Tensor[f32, N], p: P) -> P:
    double(x)
    same(x, p)
    return P(x[0], N)
"""

USER_OF_TWO = """#include "a.h"
#include "b.h"
#include <stdio.h>
int main(void) {
    float x[2] = {1, 2};
    P p = {0.5f, 1}, r;
    a_work_cpu(x, p, &r, 2);
    b_work_cpu(x, r, &p, 2);
    printf("%g %g %d\\n", x[0], x[1], (int)p.n);
    return 0;
}
"""


def test_two_libraries_in_one_program(weft):
    """They have kernels of one name, and share a struct."""
    weft.write("common.weft", COMMON)
    weft.write("main.c", USER_OF_TWO)
    for lib in "ab":
        weft.write(f"{lib}.weft", ONE_OF_TWO.replace("LIB", lib))
        weft.ok("build", f"{lib}.weft", "-o", "out")
    for compiler, language in (("cc", "c"), ("c++", "c++")):
        weft.cc("-Wall", "-Wextra", "-Werror", "-pedantic", "-Iout", "-x", language, "main.c", "-x", "none", "out/liba.a", "out/libb.a",
                "-o", "main", compiler=compiler)
        assert weft.out_of("main") == "22.5 38.5 2\n"


# ---------------------------------------------------------------- places

PLACES = """struct V:
    x: f32
    y: f32

@export
def many(a: f32, x: Tensor[f32, N], mut y: Tensor[f64, M, N], out c: int, mut d: V, s: SIMD[i32, 2], p: Ptr[f32]) -> (V, SIMD[i32, 2]):
    for i in range(M):
        for j in range(N):
            y[i, j] = f64(a * x[j]) * f64(i + 1)
    c = M * N
    d.x += 1
    return d, s + s
"""

PLACES_CALLER = """#include "lib.h"
#include <stdio.h>
int main(void) {
    float x[3] = {1, 2, 3};
    double y[6] = {0};
    int64_t c = 0, n = 3, shape[2] = {2, 3};
    V d = {5, 6}, r;
    int32_t s[2] = {3, 4}, t[2];
    DLTensor tx = {.data = x, .device = {kDLCPU, 0}, .ndim = 1, .dtype = {kDLFloat, 32, 1}, .shape = &n};
    DLTensor ty = {.data = y, .device = {kDLCPU, 0}, .ndim = 2, .dtype = {kDLFloat, 64, 1}, .shape = shape};
    weft_status status = many(NULL, 2, &tx, &ty, &c, &d, s, x, &r, t);
    printf("%d %g %g %d %g %g %d\\n", status, y[0], y[5], (int)c, d.x, r.x, t[1]);
    many_cpu(3, x, y, &c, &d, s, x, &r, t, 3, 2);
    printf("%g %d %g %g\\n", y[5], (int)c, d.x, d.y);
    status = many(NULL, 2, &tx, &ty, NULL, &d, s, x, &r, t);
    printf("%d %s\\n", status != WEFT_OK, weft_last_error());
    return 0;
}
"""


def test_places_of_a_function_cross_by_address(weft):
    """In both forms."""
    weft.write("lib.weft", PLACES)
    weft.write("main.c", PLACES_CALLER)
    weft.ok("build", "-Wno-W0220", "lib.weft", "-o", "out")
    weft.cc("-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Iout", "main.c", "out/liblib.a", "-o", "main")
    assert weft.out_of("main") == "0 2 12 6 6 6 8\n18 6 7 6\n1 c is NULL\n", weft.out_of("main")
