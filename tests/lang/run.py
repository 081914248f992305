#!/usr/bin/env python3
"""Programs and their exact messages.

    tests/lang/run.py [--weft build/release/bin/weft] [-k TEXT]

A program here says on the line itself what `weft check` is to say of it:

    return totl / 2            # expect W0201: totl
    n = 1                      # expect W0219, W0218

The set of (line, code) must be the same, and the text behind the colon must stand in the message. A line that
begins with "# flags:" gives more arguments. A folder is a program of several files: main.weft is checked.

Then the examples of `weft explain`: the program behind "Wrong:" gives its code and no other error, the one
behind "Right:" is clean of it. Where nothing is said until code is made, that is `weft build`.
"""
import argparse
import ast
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tempfile
import textwrap

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
EXPECT = re.compile(r"# expect (?P<codes>W\d{4}(?:, W\d{4})*)(?:: (?P<text>.*))?$")
MESSAGE = re.compile(r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):(?P<col>\d+): (?P<kind>error|warning)\[(?P<code>W\d+)\]: (?P<text>.*)$")
ROW = re.compile(r'DIAG\((W\d+), (ERROR|WARNING),((?:\s*"(?:[^"\\]|\\.)*")+),((?:\s*"(?:[^"\\]|\\.)*")+)\)')

TOLD_BY_BUILD = {"W0541"}  # what depends on the target


def check(weft, args, cwd=None, command="check"):
    """(exit status, [(file, line, code, kind, text)], everything it said)"""
    p = subprocess.run([weft, command] + args, cwd=cwd, capture_output=True, text=True, timeout=60)
    out = p.stdout + p.stderr
    found = [(m["file"], int(m["line"]), m["code"], m["kind"], m["text"]) for m in map(MESSAGE.match, out.split("\n")) if m]
    return p.returncode, found, out


# ---------------------------------------------------------------- programs

def expected(path):
    wanted = {}
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            m = EXPECT.search(line.rstrip("\n"))
            for code in m["codes"].split(", ") if m else []:
                wanted[(os.path.basename(path), number, code)] = m["text"] or ""
    return wanted


def flags(path):
    with open(path, encoding="utf-8") as f:
        m = re.search(r"^# flags: (.*)$", f.read(), re.M)
    return m[1].split() if m else []


def run_program(weft, path):
    files = sorted(glob.glob(os.path.join(path, "**", "*.weft"), recursive=True)) if os.path.isdir(path) else [path]
    main = os.path.join(path, "main.weft") if os.path.isdir(path) else path
    wanted = {}
    for file in files:
        wanted.update(expected(file))
    rc, found, out = check(weft, flags(main) + [main])
    if rc not in (0, 1):
        return f"exit {rc}: {out[-300:]}"
    got = {(os.path.basename(file), line, code): text for file, line, code, _, text in found}
    for key in sorted(wanted.keys() - got.keys()):
        return f"{key[0]}:{key[1]}: {key[2]} was expected"
    for key in sorted(got.keys() - wanted.keys()):
        return f"{key[0]}:{key[1]}: {key[2]} was not expected: {got[key]}"
    for key, text in wanted.items():
        if text not in got[key]:
            return f"{key[0]}:{key[1]}: {key[2]} says {got[key]!r}, not {text!r}"
    has_error = any(kind == "error" for _, _, _, kind, _ in found)
    return None if rc == int(has_error) else f"exit {rc}"


# ---------------------------------------------------------------- weft explain

def explanations():
    for path in sorted(glob.glob(os.path.join(ROOT, "compiler", "base", "diags_*.def"))):
        if path.endswith("diags_ir.def"):  # about IR text, which weft check does not read
            continue
        with open(path, encoding="utf-8") as f:
            text = f.read()
            rows = list(ROW.finditer(text))
            assert len(rows) == text.count("\nDIAG("), f"{path}: a row is not as ROW wants it"
            for m in rows:
                if "not built yet" in m[3]:
                    continue
                text = "".join(ast.literal_eval(s) for s in re.findall(r'"(?:[^"\\]|\\.)*"', m[4]))
                if "Wrong:" in text and "Right:" in text:
                    wrong, right = text.split("Wrong:", 1)[1].split("Right:", 1)
                    yield m[1], m[2], program(wrong), program(right)


def program(text):
    return textwrap.dedent(text.lstrip("\n")).rstrip() + "\n"


def run_explanation(weft, row):
    code, severity, wrong, right = row
    with tempfile.TemporaryDirectory(prefix="weft-") as folder:
        path = os.path.join(folder, "example.weft")
        for text, is_wrong in ((wrong, True), (right, False)):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            if code in TOLD_BY_BUILD:
                rc, found, out = check(weft, [path, "-o", os.path.join(folder, "out")], command="build")
            else:
                rc, found, out = check(weft, [path])
            codes = {c for _, _, c, _, _ in found}
            errors = {c for _, _, c, kind, _ in found if kind == "error"}
            if rc not in (0, 1):
                return f"exit {rc}: {out[-300:]}"
            if is_wrong and (code not in codes or errors - {code}):
                return f"the wrong program gives {sorted(codes)}"
            if not is_wrong and (errors or code in codes):
                return f"the right program gives {sorted(codes)}"
    return None


# ---------------------------------------------------------------- main

def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--weft", default=os.path.join(ROOT, "build", "release", "bin", "weft"))
    ap.add_argument("-k", default="", metavar="TEXT", help="only what has TEXT in its name or code")
    ap.add_argument("--jobs", type=int, default=2)
    opt = ap.parse_args()
    programs = sorted(p for p in glob.glob(os.path.join(HERE, "*")) if p.endswith(".weft") or
                      os.path.exists(os.path.join(p, "main.weft")))
    work = [(os.path.basename(p), run_program, p) for p in programs]
    work += [(f"explain {row[0]}", run_explanation, row) for row in explanations()]
    work = [w for w in work if opt.k in w[0]]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(opt.jobs) as pool:
        for (name, _, _), why in zip(work, pool.map(lambda w: w[1](opt.weft, w[2]), work)):
            if why:
                failed += 1
                print(f"FAIL {name}: {why}", flush=True)
    print(f"lang: {len(work) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
