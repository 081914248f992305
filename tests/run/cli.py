"""The command line as a user meets it: libraries for C, programs, calls on files, and what is said when things are wrong."""
import json, os, shutil, signal, struct, subprocess, threading, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXAMPLES = os.path.join(ROOT, "examples")

SAXPY = open(os.path.join(EXAMPLES, "saxpy.weft")).read()


class Skip(Exception):
    """A test that this machine cannot run, with the reason."""


class Weft:
    def __init__(self, command, tmp):
        self.command, self.tmp = command, tmp

    def write(self, name, text):
        path = os.path.join(self.tmp, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb" if isinstance(text, bytes) else "w") as f:
            f.write(text)
        return path

    def read(self, name):
        with open(os.path.join(self.tmp, name), "rb") as f:
            return f.read()

    def exists(self, name):
        return os.path.exists(os.path.join(self.tmp, name))

    def sh(self, *argv, env=None):
        p = subprocess.run(argv, cwd=self.tmp, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                           env={**os.environ, **(env or {})})
        return p.returncode, p.stdout, p.stderr

    def __call__(self, *args, env=None):
        return self.sh(self.command, *args, env=env)

    def ok(self, *args):
        rc, out, err = self(*args)
        assert rc == 0, f"weft {' '.join(args)}: exit {rc}: {err}"
        return out

    def bad(self, *args):
        """A command that must fail with exit 1 and one sentence."""
        rc, out, err = self(*args)
        assert rc == 1, f"weft {' '.join(args)}: exit {rc}, wanted 1: {out}{err}"
        assert "error" in err, f"no error in {err!r}"
        return err

    def flags(self):
        return self.ok("config", "--cflags", "--libs").split()

    def cc(self, *argv, compiler="cc"):
        rc, out, err = self.sh(compiler, *argv, *self.flags())
        assert rc == 0, f"{compiler} {' '.join(argv)}: {err}"

    def out_of(self, program, *args):
        rc, out, err = self.sh(os.path.join(self.tmp, program), *args)
        assert rc == 0, f"{program}: exit {rc}: {err}"
        return out


DTYPES = {"f4": "f", "f8": "d", "i4": "i", "i8": "q", "u1": "B", "i2": "h", "b1": "?"}


def npy(values, shape, dtype="f4", fortran=False, version=1):
    shown = "(" + "".join(f"{n}, " for n in shape) + ")"
    order = "|" if dtype[1] == "1" else "<"
    head = f"{{'descr': '{order}{dtype}', 'fortran_order': {fortran}, 'shape': {shown}, }}"
    fixed = 10 if version == 1 else 12
    head += " " * (-(fixed + len(head) + 1) % 64) + "\n"
    size = struct.pack("<H" if version == 1 else "<I", len(head))
    return b"\x93NUMPY" + bytes([version, 0]) + size + head.encode() + struct.pack(f"<{len(values)}{DTYPES[dtype]}", *values)


def values_of(data, dtype="f4"):
    size = struct.unpack("<H", data[8:10])[0]
    body = data[10 + size:]
    code = DTYPES[dtype]
    return list(struct.unpack(f"<{len(body) // struct.calcsize(code)}{code}", body))


# ---------------------------------------------------------------- libraries for C

def children_of(pid):
    """Of all its threads."""
    children = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/children") as f:
            children += f.read().split()
    return children


def state_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "gone"


def test_a_program_ends_with_the_weft_that_runs_it(weft):
    weft.write("endless.weft", "def main():\n    n = 0\n    print(\"on\")\n    while n < 10:\n        n = (n + 1) % 7\n")
    p = subprocess.Popen([weft.command, "run", "-O0", "endless.weft"], cwd=weft.tmp, stdout=subprocess.PIPE)
    running = []
    for _ in range(600):
        running = children_of(p.pid)
        if running or p.poll() is not None:
            break
        time.sleep(0.05)
    assert running, "no child runs the program"
    p.kill()
    p.wait()
    p.stdout.close()
    for _ in range(200):
        if all(state_of(pid) in ("Z", "X", "gone") for pid in running):
            return
        time.sleep(0.05)
    for pid in running:
        os.kill(int(pid), signal.SIGKILL)
    raise AssertionError("the program runs on")


def test_c_program_calls_both_forms(weft):
    weft.write("saxpy.weft", SAXPY)
    weft.ok("build", "saxpy.weft", "-o", "build/saxpy")
    assert weft.exists("build/saxpy/saxpy.h") and weft.exists("build/saxpy/libsaxpy.a")
    weft.cc(os.path.join(EXAMPLES, "saxpy_main.c"), "-Ibuild/saxpy", "build/saxpy/libsaxpy.a", "-o", "main")
    assert weft.out_of("main") == "14 28 42 56 70\n"


def test_header_is_silent_in_c_and_cpp(weft):
    weft.write("saxpy.weft", SAXPY)
    weft.ok("build", "saxpy.weft", "-o", "lib")
    weft.write("use.c", '#include "saxpy.h"\nint main(void) { return weft_last_error() == 0; }\n')
    weft.write("use.cpp", '#include "saxpy.h"\nint main() { return weft_last_error() == nullptr; }\n')
    strict = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-Ilib"]
    weft.cc(*strict, "-std=c11", "use.c", "lib/libsaxpy.a", "-o", "c")
    weft.cc(*strict, "-std=c++17", "use.cpp", "lib/libsaxpy.a", "-o", "cpp", compiler="c++")


def test_no_libstdcpp_in_what_users_link(weft):
    weft.write("saxpy.weft", SAXPY)
    weft.ok("build", "saxpy.weft", "-o", "lib")
    weft.cc(os.path.join(EXAMPLES, "saxpy_main.c"), "-Ilib", "lib/libsaxpy.a", "-o", "main")
    rc, out, err = weft.sh("ldd", "main")
    assert "stdc++" not in out, out


def test_shared_library(weft):
    weft.write("saxpy.weft", SAXPY)
    weft.ok("build", "saxpy.weft", "--emit", "so", "-o", "libsaxpy.so")
    weft.ok("build", "saxpy.weft", "--emit", "header", "-o", "saxpy.h")
    weft.cc(os.path.join(EXAMPLES, "saxpy_main.c"), "-I.", "libsaxpy.so", "-Wl,-rpath," + weft.tmp, "-o", "main")
    assert weft.out_of("main") == "14 28 42 56 70\n"


def test_several_files_go_into_one_library(weft):
    weft.write("saxpy.weft", SAXPY)
    weft.write("scale.weft", SAXPY.replace("saxpy", "scale"))
    weft.ok("build", "saxpy.weft", "scale.weft", "-o", "both")
    text = weft.read("both/both.h").decode()
    assert "saxpy_cpu(" in text and "scale_cpu(" in text, text


def test_program_with_main(weft):
    weft.write("hello.weft", 'def main() -> int:\n    print("hello", argv().size)\n    return 3\n')
    weft.ok("build", "hello.weft", "-o", "hello")
    rc, out, err = weft.sh(os.path.join(weft.tmp, "hello"), "a", "b")
    assert (rc, out) == (3, "hello 3\n"), (rc, out, err)


def test_define_sets_a_comptime_name(weft):
    weft.write("d.weft", "comptime SIZE = 4\n\ndef main():\n    print(SIZE * 2)\n")
    assert weft.ok("run", "d.weft") == "8\n"
    assert weft.ok("run", "-D", "SIZE=21", "d.weft") == "42\n"
    assert "SIZES" in weft.bad("run", "-DSIZES=1", "d.weft")


def test_define_reaches_a_file_that_another_has_imported(weft):
    weft.write("a.weft", "import b\n@export\ndef first() -> int:\n    return b.K\n")
    weft.write("b.weft", "comptime K = 5\ncomptime if K > 6:\n    comptime J = 1\nelse:\n    comptime J = 2\n"
                         "@export\ndef second() -> int:\n    return J\n")
    ir = weft.ok("build", "a.weft", "b.weft", "-D", "K=7", "--emit", "ir", "-o", "-")
    assert "arith.const 7" in ir and "arith.const 1 " in ir, ir
    assert "sets nothing" in weft.bad("build", "a.weft", "-D", "K=7", "--emit", "ir", "-o", "-")


def test_packages_are_named_as_in_python(weft):
    weft.write("pkg/a.weft", "comptime K = 7\nstruct S:\n    v: int = K\ndef f(x: int) -> int:\n    return x * K\n")
    weft.write("pkg/sub/b.weft", "from pkg.a import f\ndef h(x: int) -> int:\n    return f(x) + 1\n")
    weft.write("p.weft", "import pkg.a\nimport pkg.sub.b\nimport std.math\nfrom pkg import a as other\n"
                         "from pkg.sub import b as third\n"
                         "def b(s: pkg.a.S) -> int:\n    return s.v\n"
                         "def main():\n"
                         "    print(pkg.a.f(2), a.f(3), other.K, pkg.sub.b.h(1), third.h(2), b(pkg.a.S(4)), std.math.sqrt(9.0))\n")
    assert weft.ok("run", "p.weft") == "14 21 7 8 15 4 3.0\n"
    weft.write("q.weft", "from pkg import a, nothing\ndef main():\n    print(a.K)\n")
    assert "the module pkg has no nothing" in weft.bad("run", "q.weft")


def test_messages_name_an_instance_as_the_source_does(weft):
    weft.write("k.weft", "@kernel(over=N)\ndef fill[K: int](mut y: Tensor[f32, N]) where N > K:\n    y[item()] = f32(K)\n"
                         "def main():\n    y = zeros[f32](4)\n    fill[8](y)\n")
    assert "fill[8] wants N > K" in weft.bad("run", "k.weft")


def test_call_beside_host_code_that_launches_others(weft):
    """The export `both` launches an instance that `weft call` does not make."""
    weft.write("k.weft", """@export
@kernel(over=N)
def twice(x: Tensor[f32, N], out y: Tensor[f32, N]):
    y[item()] = 2 * x[item()]

@kernel(over=N)
def thrice(x: Tensor[f32, N], out y: Tensor[f32, N]):
    y[item()] = 3 * x[item()]

@export
def both(x: Tensor[f32, N], mut y: Tensor[f32, N], mut z: Tensor[f32, N]):
    twice(x, y)
    thrice(x, z)
""")
    weft.write("x.npy", npy([1.0, 2.0], (2,)))
    weft.ok("call", "k.weft:twice", "x=@x.npy", "-o", "y=y.npy")
    assert weft.read("y.npy").endswith(struct.pack("<2f", 2.0, 4.0))


def test_tensor_of_structs_crosses_as_bytes(weft):
    """A struct's elements are u8 with as many lanes as it has bytes; another dtype is refused by name."""
    weft.write("p.weft", "struct P:\n    x: f32\n    y: i32\n    z: i32\n\n@export\n@kernel(over=N)\n"
               "def fill(out p: Tensor[P, N]):\n    i = item()\n    p[i] = P(f32(i), i32(2 * i), -1)\n    p[i].y += 1\n")
    weft.write("main.c", """#include "p.h"
#include <stdio.h>
int main(void) {
    P p[3];
    int64_t n = 3;
    DLTensor t = {.data = p, .ndim = 1, .shape = &n, .device = {kDLCPU, 0}, .dtype = {kDLInt, 64, 1}};
    printf("%d %s\\n", fill(NULL, &t) == WEFT_OK, weft_last_error());
    t.dtype = (DLDataType){kDLUInt, 8, sizeof(P)};
    int ok = fill(NULL, &t) == WEFT_OK;
    printf("%d %g %d %d\\n", ok, p[2].x, p[2].y, p[2].z);
}
""")
    weft.ok("build", "p.weft", "-o", "lib")
    weft.cc("main.c", "-Ilib", "lib/libp.a", "-o", "main")
    assert weft.out_of("main") == "0 p is i64, and fill wants u8x12\n1 2 5 -1\n", weft.out_of("main")


def test_struct_argument_by_value(weft):
    weft.write("box.weft", """struct Point:
    x: f32
    y: f32

@export
@kernel(over=N)
def shift(by: Point, mut x: Tensor[f32, N], mut y: Tensor[f32, N]):
    i = item()
    x[i] += by.x
    y[i] += by.y
""")
    weft.ok("build", "box.weft", "-o", "lib")
    weft.write("main.c", """#include "box.h"
#include <stdio.h>
int main(void) {
    float x[3] = {1, 2, 3}, y[3] = {4, 5, 6};
    Point by = {10, 20};
    int64_t n = 3;
    DLTensor tx = {.data = x, .device = {kDLCPU, 0}, .ndim = 1, .dtype = {kDLFloat, 32, 1}, .shape = &n}, ty = tx;
    ty.data = y;
    if (shift(NULL, by, &tx, &ty)) { puts(weft_last_error()); return 1; }
    shift_cpu(by, x, y, 3);
    printf("%g %g\\n", x[2], y[0]);
    return 0;
}
""")
    weft.cc("-Wall", "-Werror", "main.c", "-Ilib", "lib/libbox.a", "-o", "main")
    assert weft.out_of("main") == "23 44\n"


def test_bare_function_argument_order(weft):
    weft.write("k.weft", """@export
@kernel(over=(M, N))
def add(x: Tensor[f32, M, N, layout=strided], s: f32, out y: Tensor[f32, M, N]):
    i, j = item()
    y[i, j] = x[i, j] + s
""")
    weft.ok("build", "k.weft", "-o", "lib")
    weft.write("main.c", """#include "k.h"
#include <stdio.h>
int main(void) {
    float x[6] = {1, 2, 3, 4, 5, 6}, y[6];
    int64_t strides[2] = {1, 2};
    add_cpu(x, strides, 10, y, 2, 3);
    for (int i = 0; i < 6; i++) printf("%g ", y[i]);
    return 0;
}
""")
    weft.cc("-Wall", "-Werror", "main.c", "-Ilib", "lib/libk.a", "-o", "main")
    assert weft.out_of("main") == "11 13 15 12 14 16 "


def test_two_builds_into_one_folder(weft):
    weft.write("saxpy.weft", SAXPY)
    threads = [threading.Thread(target=lambda: weft("build", "saxpy.weft", "-o", "lib")) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(os.listdir(os.path.join(weft.tmp, "lib"))) == ["libsaxpy.a", "saxpy.h"]
    weft.cc(os.path.join(EXAMPLES, "saxpy_main.c"), "-Ilib", "lib/libsaxpy.a", "-o", "main")
    assert weft.out_of("main") == "14 28 42 56 70\n"


def test_build_is_deterministic(weft):
    weft.write("saxpy.weft", SAXPY)
    weft.ok("build", "saxpy.weft", "-o", "a")
    weft.ok("build", "saxpy.weft", "-o", "b")
    assert weft.read("a/libsaxpy.a") == weft.read("b/libsaxpy.a")
    assert weft.read("a/saxpy.h") == weft.read("b/saxpy.h")


def test_installed_tree_works(weft):
    prefix = os.path.join(weft.tmp, "prefix")
    rc, out, err = weft.sh("cmake", "--install", os.path.dirname(os.path.dirname(weft.command)), "--prefix", prefix)
    assert rc == 0, err
    installed = Weft(os.path.join(prefix, "bin", "weft"), weft.tmp)
    installed.write("saxpy.weft", SAXPY)
    installed.ok("build", "saxpy.weft", "-o", "lib")
    installed.cc(os.path.join(EXAMPLES, "saxpy_main.c"), "-Ilib", "lib/libsaxpy.a", "-o", "main")
    assert installed.out_of("main") == "14 28 42 56 70\n"
    assert prefix in installed.ok("config", "--cflags")


def test_gdb_stops_in_a_weft_line(weft):
    if not shutil.which("gdb"):
        raise Skip("gdb is not installed")
    weft.write("saxpy.weft", SAXPY)
    weft.ok("build", "-g", "saxpy.weft", "-o", "lib")
    weft.cc("-g", os.path.join(EXAMPLES, "saxpy_main.c"), "-Ilib", "lib/libsaxpy.a", "-o", "main")
    line = 1 + SAXPY.split("\n").index("    y[i] = a * x[i] + y[i]")
    rc, out, err = weft.sh("gdb", "-batch", "-ex", f"break saxpy.weft:{line}", "-ex", "run", "-ex", "print i", "-ex", "bt 1", "main")
    assert f"saxpy.weft:{line}" in out and "$1 = 0" in out, out + err


def test_math_is_within_its_bounds(weft):
    folder = os.path.join(ROOT, "tests/run/math")
    weft.ok("build", os.path.join(folder, "kernels.weft"), "-o", "lib")
    weft.cc("-O2", os.path.join(folder, "ulp.c"), "-Ilib", "lib/libkernels.a", "-o", "ulp")
    rc, out, err = weft.sh(os.path.join(weft.tmp, "ulp"))
    assert rc == 0, out


def test_math_calls_no_c_library_and_fills_vectors(weft):
    kernels = os.path.join(ROOT, "tests/run/math/kernels.weft")
    text = weft.ok("build", kernels, "--target", "x86-64-v4", "--emit", "asm", "-o", "-")
    calls = {line.split()[1] for line in text.splitlines() if line.strip().startswith("call")}
    foreign = {c for c in calls if not c.startswith(("weft_", "weft."))}
    assert not foreign, foreign
    bodies = {chunk.split(":")[0]: chunk for chunk in text.split("\nweft_fn_")[1:]}
    for name in "exp exp2 expm1 log log2 log1p sin cos tan tanh sigmoid erf rsqrt pow atan2".split():
        assert "%zmm" in bodies[f"k_{name}_2ef32_2erun"], name


def test_math_same_bits_without_fma_instructions(weft):
    program = os.path.join(ROOT, "tests/run/math_same_bits.weft")
    weft.ok("build", program, "--target", "x86-64-v2", "-o", "program")
    wanted = [line[10:] for line in open(program).read().splitlines() if line.startswith("# expect: ")]
    assert weft.out_of("program").splitlines() == wanted


# ---------------------------------------------------------------- every stage as text

def test_emit_every_stage(weft):
    weft.write("saxpy.weft", SAXPY)
    for kind in "tokens ast ir ir:kernel ir:vector llvm asm header".split():
        assert "saxpy" in weft.ok("build", "saxpy.weft", "--emit", kind, "-o", "-"), kind
    for kind in ("obj", "lib", "so"):
        weft.ok("build", "saxpy.weft", "--emit", kind, "-o", "out." + kind)


def test_ir_text_builds(weft):
    weft.write("saxpy.weft", SAXPY)
    weft.ok("build", "saxpy.weft", "--emit", "ir", "-o", "saxpy.ir")
    again = weft.ok("build", "saxpy.ir", "--emit", "ir", "-o", "-")
    assert again == weft.read("saxpy.ir").decode()
    weft.ok("build", "saxpy.ir", "-o", "lib")
    weft.cc(os.path.join(EXAMPLES, "saxpy_main.c"), "-Ilib", "lib/libsaxpy.a", "-o", "main")
    assert weft.out_of("main") == "14 28 42 56 70\n"


def test_gpu_text(weft):
    weft.write("saxpy.weft", SAXPY)
    ptx = weft.ok("build", "saxpy.weft", "--emit", "ptx", "--target", "sm_90a", "-o", "-")
    assert ".entry saxpy" in ptx, ptx[:400]
    weft.ok("build", "saxpy.weft", "--emit", "hsaco", "--target", "gfx942", "-o", "saxpy.hsaco")
    assert weft.read("saxpy.hsaco")[:4] == b"\x7fELF"


# ---------------------------------------------------------------- weft call

def test_call_writes_what_is_asked_for(weft):
    weft.write("saxpy.weft", SAXPY)
    weft.write("x.npy", npy([1, 2, 3], (3,)))
    weft.write("y.npy", npy([10, 20, 30], (3,), version=2))
    weft.ok("call", "saxpy.weft:saxpy", "a=2.0", "x=@x.npy", "y=@y.npy", "-o", "y=out.npy")
    assert values_of(weft.read("out.npy")) == [12, 24, 36]


def test_call_may_leave_an_out_tensor_out(weft):
    weft.write("k.weft", "@kernel(over=(M, N))\ndef t(x: Tensor[f64, M, N, layout=strided], out y: Tensor[f64, N, M]):\n"
               "    i, j = item()\n    y[j, i] = x[i, j]\n")
    weft.write("x.npy", npy([1, 2, 3, 4, 5, 6], (2, 3), "f8", fortran=True))
    weft.ok("call", "k.weft:t", "x=@x.npy", "-o", "y=y.npy")
    assert values_of(weft.read("y.npy"), "f8") == [1, 2, 3, 4, 5, 6]


def test_call_refuses_a_rank_before_it_asks_for_what_is_left_out(weft):
    weft.write("k.weft", "@kernel(over=N)\ndef k(x: Tensor[f32, N], out y: Tensor[f32, N]):\n    i = item()\n    y[i] = x[i]\n")
    weft.write("x.npy", npy([1, 2, 3, 4], (2, 2)))
    assert "x has 2 dims, and k wants 1" in weft.bad("call", "k.weft:k", "x=@x.npy", "-o", "y=y.npy")


def test_recursion_without_an_end_is_a_sentence(weft):
    weft.write("deep.weft", "def f(n: int, m: int) -> int:\n    return 0 if n == m else f(n + 1, m) * 3 + f(n + 2, m)\n"
               "def main():\n    print(\"before\")\n    print(f(0, 0 - argv().size))\n")
    rc, out, err = weft("run", "deep.weft")
    assert (rc, out) == (1, "before\n") and "the recursion goes too deep" in err, (rc, out, err)


def test_call_mistakes_name_the_argument(weft):
    weft.write("saxpy.weft", SAXPY)
    weft.write("x.npy", npy([1, 2, 3], (3,)))
    weft.write("d.npy", npy([1, 2, 3], (3,), "f8"))
    weft.write("short.npy", npy([1, 2, 3], (3,))[:-3])
    weft.write("junk.npy", b"not an npy file at all")
    call = ("call", "saxpy.weft:saxpy")
    for args, words in (
        (("a=1", "x=@nowhere.npy", "y=@x.npy"), ("nowhere.npy", "x")),
        (("a=1", "x=@junk.npy", "y=@x.npy"), ("junk.npy", "x")),
        (("a=1", "x=@short.npy", "y=@x.npy"), ("short.npy", "x")),
        (("a=1", "x=@d.npy", "y=@x.npy"), ("x", "f64", "f32")),
        (("x=@x.npy", "y=@x.npy"), ("a",)),
        (("a=one", "x=@x.npy", "y=@x.npy"), ("a", "one")),
        (("a=1", "x=@x.npy", "y=@x.npy", "z=3"), ("z",)),
        (("a=1", "x=@x.npy", "y=@x.npy", "-o", "x=o.npy"), ("x",)),
        (("a=1", "x=@x.npy", "y=@x.npy", "-o", "y=no/such/dir/o.npy"), ("no/such/dir/o.npy",)),
    ):
        err = weft.bad(*call, *args)
        for word in words:
            assert word in err, f"no {word!r} in {err!r}"
        assert err.count("\n") == 1, f"more than a sentence: {err!r}"
    assert not weft.exists("o.npy")
    assert "saxpi" in weft.bad("call", "saxpy.weft:saxpi")


def test_small_floats_in_files(weft):
    """NumPy keeps ml_dtypes' bf16 and f8 as raw bytes."""
    weft.write("k.weft", """@kernel(over=N)
def twice(x: Tensor[bf16, N], mut y: Tensor[bf16, N], out z: Tensor[f8_e4m3, N]):
    i = item()
    y[i] = x[i] * 2 + y[i]
    z[i] = f8_e4m3(x[i])

def main():
    a = load_npy[bf16, 1]("y.npy")
    save_npy("copy.npy", a)
    print(a, load_npy[f8_e4m3, 1]("z.npy"))
""")
    raw = npy([0x3fc0, 0x4000], (2,), "i2").replace(b"'<i2'", b"'<V2'")
    weft.write("x.npy", raw)
    weft.ok("call", "k.weft:twice", "x=@x.npy", "y=@x.npy", "-o", "y=y.npy", "-o", "z=z.npy")
    assert weft.ok("run", "k.weft") == "[4.5, 6.0] [1.5, 2.0]\n"
    assert b"'<V2'" in weft.read("copy.npy") and values_of(weft.read("copy.npy"), "i2") == [0x4090, 0x40c0]
    assert b"'<V1'" in weft.read("z.npy")


# ---------------------------------------------------------------- messages

def test_diagnostics_as_json(weft):
    weft.write("bad.weft", "def f() -> int:\n    return totl\n")
    rc, out, err = weft("check", "--diagnostics=json", "bad.weft")
    assert rc == 1
    messages = json.loads(out or err) if (out or err).lstrip().startswith("[") else [json.loads(l) for l in (out or err).splitlines()]
    assert messages[0]["line"] == 2 and messages[0]["column"] == 12, messages


def test_warnings_have_codes_that_silence_them(weft):
    weft.write("w.weft", "def main():\n    unused = 3\n    print(1)\n")
    rc, out, err = weft("check", "w.weft")
    assert rc == 0 and "warning[W" in err, err
    code = err.split("warning[")[1].split("]")[0]
    rc, out, err = weft("check", "-Wno-" + code, "w.weft")
    assert (rc, err) == (0, ""), err
    rc, out, err = weft("check", "-Werror", "w.weft")
    assert rc == 1 and "error[" in err, err
    assert "Wrong:" in weft.ok("explain", code) or "Right:" in weft.ok("explain", code)


def test_commands_explain_themselves(weft):
    for command in "build run call test check doc opt targets config explain".split():
        assert "usage: weft " + command in weft.ok(command, "--help")
    assert "did you mean" in weft.bad("biuld")
    assert "sm_90a" in weft.ok("targets") and "gfx942" in weft.ok("targets")
    assert "no such file" in weft.bad("check", "nowhere.weft").lower()


def test_unwritable_output(weft):
    weft.write("saxpy.weft", SAXPY)
    weft.write("file", "in the way")
    assert "file" in weft.bad("build", "saxpy.weft", "-o", "file/lib")
    assert weft.read("file") == b"in the way"


def test_nothing_exported(weft):
    weft.write("k.weft", SAXPY.replace("@export\n", ""))
    assert "export" in weft.bad("build", "k.weft", "-o", "lib")
    assert not weft.exists("lib")


# ---------------------------------------------------------------- asserts in kernels

ASSERTS = """@export
@kernel(over=(M, N))
def items(mut y: Tensor[i32, M, N]):
    i, j = item()
    assert i + j != 5
    y[i, j] = 1

@kernel(grid=(2, 2), block=(8, 4))
def threads(mut y: Tensor[i32, N]):
    barrier()
    deep(thread_idx.y * 100 + thread_idx.x + block_idx.x * 1000)
    y[0] = 1

def deep(v: int):
    assert v != 1203, f"{v} is deep"

def main():
    if argv()[1] == "items":
        items(zeros[i32](4, 4))
    else:
        threads(zeros[i32](4))
"""


def test_asserts_in_kernels_name_the_thread(weft):
    weft.write("a.weft", ASSERTS)
    for way in (["-O0"], ["-O3"], ["--device", "interp"]):
        rc, out, err = weft("run", *way, "--asserts", "a.weft", "items")
        assert rc == 1 and "assertion failed: i + j != 5 (a.weft:5, item (2, 3))" in err, err
        rc, out, err = weft("run", *way, "--asserts", "a.weft", "threads")
        assert rc == 1 and "1203 is deep (a.weft:15, block (1, 0, 0), thread (3, 2, 0))" in err, err
        assert weft("run", *way, "a.weft", "items")[0] == 0


def test_asserts_in_c(weft):
    weft.write("a.weft", ASSERTS.split("def main")[0])
    weft.write("main.c", """#include "a.h"
#include <stdio.h>
int main(int argc, char **argv) {
    (void)argv;
    int32_t y[16] = {0};
    int64_t shape[2] = {4, 4};
    DLTensor t = {.data = y, .device = {kDLCPU, 0}, .ndim = 2, .dtype = {kDLInt, 32, 1}, .shape = shape};
    if (argc > 1)
        items_cpu(y, 4, 4);
    printf("%d ", items(NULL, &t) == WEFT_ERROR_ASSERT);
    printf("%s\\n", weft_last_error());
    return 0;
}
""")
    weft.ok("build", "--asserts", "a.weft", "-o", "lib")
    flags = weft.ok("config", "--cflags", "--libs").split()
    rc, out, err = weft.sh("cc", "-O1", "main.c", "-Ilib", "lib/liba.a", *flags, "-o", "main")
    assert rc == 0, err
    rc, out, err = weft.sh("./main")
    assert (rc, out) == (0, "1 assertion failed: i + j != 5 (a.weft:5, item (2, 3))\n"), out + err
    rc, out, err = weft.sh("./main", "bare")
    assert rc == -6 and "assertion failed: i + j != 5 (a.weft:5, item (2, 3))" in err, (rc, err)


# ---------------------------------------------------------------- bare functions, tests, texts

BARE = """@export
def root(x: f64) -> f64:
    assert x >= 0, f"{x} has no root"
    return x

@export
def first(x: Tensor[f32, N]) -> f32:
    assert N > 0, "nothing is first"
    return x[0]
"""

BARE_CALLER = """#include "bare.h"
#include <stdio.h>
int main(int argc, char **argv) {
    (void)argv;
    float r = 0;
    int64_t n = 0;
    DLTensor x = {.data = &r, .device = {kDLCPU, 0}, .ndim = 1, .dtype = {kDLFloat, 32, 1}, .shape = &n};
    printf("%g %d ", root(4), first(NULL, &x, &r) == WEFT_ERROR_ASSERT);
    puts(weft_last_error());
    if (argc == 2)
        root(-1);
    if (argc == 3)
        first_cpu(&r, &r, 0);
    return 0;
}
"""


def test_a_failed_assert_in_a_bare_function_aborts(weft):
    weft.write("bare.weft", BARE)
    weft.write("main.c", BARE_CALLER)
    weft.ok("build", "bare.weft", "-o", "lib")
    weft.cc("main.c", "-Ilib", "lib/libbare.a", "-o", "main")
    said = "4 1 bare.weft:8: nothing is first\n"
    assert weft.sh("./main") == (0, said, "")
    assert weft.sh("./main", "root") == (-6, said, "bare.weft:3: error: -1.0 has no root\n")
    assert weft.sh("./main", "first", "cpu") == (-6, said, "bare.weft:8: error: nothing is first\n")


def test_more_than_a_hundred_failures_are_counted(weft):
    weft.write("t.weft", "".join(f"@test\ndef t{i}():\n    assert {i} < 20\n\n" for i in range(150)))
    rc, out, err = weft("test", "-O0", "t.weft")
    assert rc == 1 and out.endswith("\n20 passed, 130 failed\n"), out[-100:]


def test_nul_in_a_text(weft):
    weft.write("t.weft", "def main():\n    print(\"a\\0b\", f\"\\0{1}\", sep='\\0', end='|\\0')\n")
    assert weft.ok("run", "t.weft") == "a\0b\0\0" "1|\0"


def test_call_infers_parameters_from_the_arrays(weft):
    """Also where host code of the file makes another instance; what no array tells is that of the only one that fits."""
    weft.write("k.weft", """@kernel(grid=M, block=BLOCK)
def rows[T: DType, K: int, BLOCK: int](a: T, x: Tensor[T, M, K], out y: Tensor[T, M]):
    y[block_idx.x] = a * x[block_idx.x, K - 1] + T(BLOCK)

@kernel(over=N)
def twice[T: DType](x: Tensor[T, N], out y: Tensor[T, N]):
    y[item()] = x[item()] * 2

def main():
    rows[K=3, BLOCK=32](2.0, zeros[f64](2, 3), zeros[f64](2))
    rows[K=3, BLOCK=8](2.0, zeros[f32](2, 3), zeros[f32](2))
    twice(zeros[f64](2), zeros[f64](2))
""")
    weft.write("x.npy", npy([1, 2, 3, 4, 5, 6], (2, 3)))
    weft.ok("call", "k.weft:rows", "x=@x.npy", "a=2", "-o", "y=y.npy")
    assert values_of(weft.read("y.npy")) == [14, 20]
    weft.write("x.npy", npy([1, 2], (2,)))
    weft.ok("call", "k.weft:twice", "x=@x.npy", "-o", "y=y.npy")
    assert values_of(weft.read("y.npy")) == [2, 4]
    assert "x is f32, and twice[f64] wants f64" in weft.bad("call", "k.weft:twice[f64]", "x=@x.npy", "-o", "y=y.npy")
    assert "nofile.npy" in weft.bad("call", "k.weft:twice", "x=@nofile.npy", "-o", "y=y.npy")


def test_each_message_is_told_once_whenever_it_is_found(weft):
    """A warning of the check, then what only code generation finds."""
    weft.write("k.weft", "@export\n@kernel(grid=1, block=1024)\ndef k(mut y: Tensor[f32, 1024]):\n    unused = 3\n"
               "    t = local_tensor[f32, 4096](0)\n    barrier()\n    y[thread_idx.x] = t[int(y[0])]\n"
               "def main():\n    y = zeros[f32](1024)\n    k(y)\n@test\ndef t():\n    main()\n@bench\ndef b():\n    main()\n")
    weft.write("y.npy", npy([0] * 1024, (1024,)))
    for words in (("build", "k.weft", "-o", "lib"), ("run", "k.weft"), ("test", "k.weft"), ("bench", "k.weft"),
                  ("call", "k.weft:k", "y=@y.npy")):
        rc, out, err = weft(*words)
        assert rc == 1 and err.count("W0541") == 1 and err.count("W0219") == 1, (words, err)


def test_call_takes_defaults_and_parameters(weft):
    weft.write("k.weft", """@kernel(over=N)
def scale[T: DType, K: int = 2](x: Tensor[T, N], out y: Tensor[T, N], n: int = K + 1, up: bool = True):
    i = item()
    y[i] = x[i] * T(n) if up else T(K)

@kernel(over=n)
def count(n: int, out y: Tensor[i64, n]):
    y[item()] = n
""")
    weft.write("x.npy", npy([1, 2], (2,)))
    for words, want in ((("k.weft:scale[f32]",), [3, 6]), (("k.weft:scale[f32, 4]",), [5, 10]), (("k.weft:scale[f32]", "n=-0b11"), [-3, -6]),
                        (("k.weft:scale[f32,7]", "up=False"), [7, 7])):
        weft.ok("call", *words, "x=@x.npy", "-o", "y=y.npy")
        assert values_of(weft.read("y.npy")) == want, words
    weft.ok("call", "k.weft:count", "n=0x3", "-o", "y=y.npy")
    assert values_of(weft.read("y.npy"), "i8") == [3, 3, 3]
    weft.ok("call", "k.weft:scale", "x=@x.npy", "-o", "y=y.npy")
    assert values_of(weft.read("y.npy")) == [3, 6]
    assert "W0244" in weft.bad("call", "k.weft:scale", "n=3")
    assert "did you mean `count`" in weft.bad("call", "k.weft:counts", "n=3")
    assert "n, which is -3" in weft.bad("call", "k.weft:count", "n=-3", "-o", "y=y.npy")
    for n in ("1__0", "0x", "9223372036854775808", "", "1.0"):
        assert f"`{n}` is no value" in weft.bad("call", "k.weft:count", f"n={n}") or "does not fit" in weft.bad("call", "k.weft:count", f"n={n}")


def test_the_later_of_two_stars_gives_the_name(weft):
    weft.write("a.weft", "def f() -> int:\n    return 1\ndef g() -> int:\n    return 10\n")
    weft.write("b.weft", "def f() -> int:\n    return 2\ndef g() -> int:\n    return 20\n")
    weft.write("main.weft", "from a import g\nfrom a import *\nfrom b import *\ndef main():\n    print(f(), g())\n")
    assert weft.ok("run", "main.weft") == "2 10\n"


DOCUMENTED = """'''A module.

   More of it.
'''
struct P[T: DType]:
    'A point.'
    x: T   # a comment
    y: T

    def norm(self,
             k: int = 3) -> T:
        return self.x

@export(T=[f32,  # one
           f64])
def f[T: DType](a: T) -> T:
    \"\"\"Doc
       in lines.   \"\"\"
    return a

def _hidden():
    pass
"""

SHOWN = """d.weft

A module.

More of it.

struct P[T: DType]:
    A point.
    x: T
    y: T

    def norm(self, k: int = 3) -> T:

@export(T=[f32, f64])
def f[T: DType](a: T) -> T:
    Doc
    in lines.
"""


def test_doc_prints_what_a_file_has(weft):
    weft.write("d.weft", DOCUMENTED)
    assert weft.ok("doc", "d.weft") == SHOWN, weft.ok("doc", "d.weft")
    weft.write("bad.weft", "def f(:\n")
    assert "W0111" in weft.bad("doc", "bad.weft")


def test_a_name_from_elsewhere_is_told_what_it_is_here(weft):
    weft.write("names.weft", "def f(x: float32):\n    pass\ndef g(x: f32):\n    print(asin(x), len(x))\n")
    weft.write("modules.weft", "import numpy as np\ndef main():\n    print(np.zeros(3))\n")
    said = weft.bad("check", "names.weft") + weft.bad("check", "modules.weft")
    for part in ("write `f32` instead of `float32`", "from std.math import asin", "x.shape[0]", "load_npy"):
        assert part in said, said
    assert "did you mean" not in said


def test_an_int_by_a_literal_is_shown_where_it_became_one(weft):
    weft.write("sums.weft", "@export\n@kernel(over=M)\ndef sums(x: Tensor[f32, M, N], out y: Tensor[f32, M]):\n"
                            "    i = item()\n    s = 0\n    for j in range(N):\n        s += x[i, j]\n    y[i] = s\n")
    said = weft.bad("check", "sums.weft")
    assert "write `s: f32` instead of `s`" in said and ":5:5: note: s is int" in said, said
    assert said.count("error[") == 1, said


def test_an_instance_is_named_by_what_its_list_says(weft):
    """`int` and i64 are one type, and two words."""
    weft.write("scale.weft", "@export(T=[f32, i64])\n@kernel(over=N)\ndef scale[T: DType](a: T, mut x: Tensor[T, N]):\n"
                             "    i = item()\n    x[i] *= a\n\n@export(T=[int])\ndef twice[T: DType](a: T) -> T:\n    return 2 * a\n")
    header = weft.ok("build", "scale.weft", "--emit", "header", "-o", "-")
    assert "scale_i64(" in header and "scale_f32(" in header and "twice_int(" in header, header
