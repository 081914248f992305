#!/usr/bin/env python3
"""Measures the compiler and the runtime: ./dev bench [--json FILE]

Whole processes, in turns, best of many; ratios beside clang where it is installed. Every row names its bound: the
figure that must hold on a quiet machine."""
import argparse, json, os, platform, shutil, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ROUNDS = 25

LOOP_IN_C = """void saxpy(long n, float a, const float *restrict x, float *restrict y) {
    for (long i = 0; i < n; i++)
        y[i] = a * x[i] + y[i];
}
"""


def machine():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":")[1].strip() + f", {os.cpu_count()} processors"
    return platform.machine()


def once(argv, cwd):
    """(wall seconds, peak memory in MB) of one process."""
    start = time.perf_counter()
    pid = os.posix_spawnp(argv[0], argv, {**os.environ, "WEFT_CACHE": "off"},
                          file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    if status:
        sys.exit(f"{' '.join(argv)} failed")
    return wall, usage.ru_maxrss / 1024


def best(commands, cwd, rounds=ROUNDS):
    """The best wall time and the largest peak of each command, run in turns."""
    os.chdir(cwd)
    walls, peaks = [[] for _ in commands], [0.0] * len(commands)
    for _ in range(rounds):
        for k, argv in enumerate(commands):
            wall, peak = once(argv, cwd)
            walls[k].append(wall)
            peaks[k] = max(peaks[k], peak)
    return [min(w) for w in walls], peaks


def thousand_lines():
    parts = ['"""A thousand lines."""\n']
    for k in range(83):
        parts.append(f"""
def scaled_{k}(x: f32, n: int) -> f32:
    acc: f32 = 0
    for j in range(n):
        if j % 3 == {k % 3}:
            acc += x * f32(j)
        else:
            acc -= x
    return acc

@export
@kernel(over=N)
def kernel_{k}(a: f32, x: Tensor[f32, N], mut y: Tensor[f32, N]): y[item()] = scaled_{k}(a * x[item()], {k})
""")
    return "".join(parts)


def size_of(path):
    out = subprocess.run(["size", path], capture_output=True, text=True).stdout.split("\n")[1].split()
    return int(out[0]) + int(out[1])


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--weft", default=os.path.join(ROOT, "build/release/bin/weft"))
    ap.add_argument("--json")
    opt = ap.parse_args()
    weft = os.path.abspath(opt.weft)
    rows = []

    def row(name, value, unit, bound, note=""):
        met = "" if bound is None else ("  met" if value <= bound else "  NOT MET")
        shown = "" if bound is None else f"(bound {bound:g} {unit})"
        print(f"{name:52} {value:9.3f} {unit:6} {shown:20}{met}  {note}", flush=True)
        rows.append({"name": name, "value": value, "unit": unit, "bound": bound, "note": note})

    print(machine())
    with tempfile.TemporaryDirectory() as tmp:
        shutil.copy(os.path.join(ROOT, "examples/saxpy.weft"), tmp)
        with open(os.path.join(tmp, "long.weft"), "w") as f:
            f.write(thousand_lines())
        with open(os.path.join(tmp, "saxpy.c"), "w") as f:
            f.write(LOOP_IN_C)
        lines = thousand_lines().count("\n")
        (check,), _ = best([[weft, "check", "long.weft"]], tmp)
        row(f"weft check, {lines} lines, whole process", 1e3 * check, "ms", 10)

        clang = shutil.which("clang-22") or shutil.which("clang")
        commands = [[weft, "build", "saxpy.weft", "-o", "lib"]]
        if clang:
            commands.append([clang, "-O2", "-march=native", "-c", "saxpy.c", "-o", "saxpy_c.o"])
        walls, peaks = best(commands, tmp)
        row("weft build of saxpy, whole process", 1e3 * walls[0], "ms", 80)
        row("weft build of saxpy, peak memory", peaks[0], "MB", 150)
        if clang:
            row("  beside clang -O2 -c of the same loop", walls[0] / walls[1], "x", 2.0, f"clang {1e3 * walls[1]:.1f} ms")

        flags = subprocess.run([weft, "config", "--cflags", "--libs"], capture_output=True, text=True).stdout.split()
        main_c = os.path.join(ROOT, "examples/saxpy_main.c")
        subprocess.run(["cc", "-O2", main_c, "-Ilib", "lib/libsaxpy.a", *flags, "-Wl,--gc-sections", "-o", "with"], check=True)
        with open("without.c", "w") as f:
            f.write("#include <stdio.h>\nint main(void) { puts(\"1\"); return 0; }\n")
        subprocess.run(["cc", "-O2", "without.c", "-o", "without"], check=True)
        row("the runtime adds to a C program", (size_of("with") - size_of("without")) / 1024, "KB", 100)

        bench = os.path.join(HERE, "bench_launch.c")
        if os.path.exists(bench):
            subprocess.run(["cc", "-O2", bench, *flags, "-o", "bench_launch"], check=True)
            out = subprocess.run(["./bench_launch"], capture_output=True, text=True, check=True).stdout
            for line in out.split("\n"):
                if line.startswith("row "):
                    _, value, unit, bound, name = line.split(" ", 4)
                    row(name, float(value), unit, float(bound))
        os.chdir(ROOT)
    if opt.json:
        with open(opt.json, "w") as f:
            json.dump({"machine": machine(), "rows": rows}, f, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
