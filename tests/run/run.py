#!/usr/bin/env python3
"""Runs what a user runs: programs on every device and optimisation level, and the command line.

    run.py [--weft PATH] [-k TEXT]

A program is a .weft file beside this script. Its leading comments say what must come out:

    # expect: LINE        `weft run` prints exactly these lines and exits 0
    # exit: N             ... or exits N
    # error: REGEX        ... and says this on stderr
    # tests: N            `weft test` passes N tests

Each is run with -O0, with -O3, and on the interpreter's device, with the same result. The functions of
the other .py files named test_* are run too. Ends with "N passed, N failed"."""
import argparse, os, re, subprocess, sys, tempfile, traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
WAYS = (["-O0"], ["-O3"], ["--device", "interp"])


def keys_of(path):
    keys = {}
    for line in open(path, encoding="utf-8"):
        m = re.match(r"# (expect|exit|error|tests): ?(.*)\n?$", line)
        if m:
            keys.setdefault(m[1], []).append(m[2])
        elif not line.startswith("#"):
            break
    return keys


def weft(command, args, cwd):
    p = subprocess.run([command] + args, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return p.returncode, p.stdout, p.stderr


def check_program(command, path, way):
    """None, or why it failed."""
    keys = keys_of(path)
    with tempfile.TemporaryDirectory() as tmp:
        if "tests" in keys:
            rc, out, err = weft(command, ["test"] + way + [path], tmp)
            want = f"{keys['tests'][0]} passed, 0 failed"
            return None if rc == 0 and want in out else f"wanted {want!r}, got exit {rc}: {(out + err)[-600:]}"
        rc, out, err = weft(command, ["run"] + way + [path], tmp)
    want_rc = int(keys.get("exit", ["0"])[0])
    if rc != want_rc:
        return f"exit {rc}, wanted {want_rc}: {err[-600:]}"
    want = "".join(line + "\n" for line in keys.get("expect", []))
    if out != want:
        return f"printed {out!r}, wanted {want!r}"
    for pattern in keys.get("error", []):
        if not re.search(pattern, err):
            return f"no /{pattern}/ in {err!r}"
    return None


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--weft", default=os.path.join(HERE, "../../build/release/bin/weft"))
    ap.add_argument("-k", default="")
    opt = ap.parse_args()
    command = os.path.abspath(opt.weft)
    passed = failed = 0

    def count(name, why):
        nonlocal passed, failed
        if why is None:
            passed += 1
        else:
            failed += 1
            print(f"FAIL {name}: {why}", flush=True)

    for name in sorted(n for n in os.listdir(HERE) if n.endswith(".weft") and opt.k in n):
        for way in WAYS:
            try:
                why = check_program(command, os.path.join(HERE, name), way)
            except subprocess.TimeoutExpired:
                why = "no answer in 60 s"
            count(f"{name} {' '.join(way)}", why)

    import book, cli, exports, growth, small_floats
    for name, test in sorted({**vars(book), **vars(cli), **vars(exports), **vars(growth), **vars(small_floats)}.items()):
        if not name.startswith("test_") or opt.k not in name:
            continue
        with tempfile.TemporaryDirectory() as tmp:
            try:
                test(cli.Weft(command, tmp))
                why = None
            except cli.Skip as e:
                print(f"skipped {name}: {e}")
                continue
            except Exception as e:
                why = f"{e}" if isinstance(e, AssertionError) else traceback.format_exc()
            count(name, why)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
