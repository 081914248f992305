"""Prints format_cases.def: what Python makes of values and formats.

    python3 tests/unit/format_cases.py > tests/unit/format_cases.def

Rows: INT(value, format, text), FLT(bits of the f64, ...), STR(...), BOO(...); BAD(kind, format) where
Python raises ValueError, or has no memory for the width. The formats are every combination of a few of each part, thinned by a fixed seed."""
import itertools
import random
import struct

FILLS = ["", "<", ">", "^", "=", "*<", "0>", "é^", "x="]
SIGNS = ["", "+", "-", " "]
FLAGS = ["", "#", "0", "#0"]
WIDTHS = ["", "1", "6", "13", "20"]
GROUPS = ["", ",", "_"]
PRECISIONS = ["", ".0", ".1", ".3", ".10"]
INT_TYPES = ["", "d", "b", "o", "x", "X", "c", "n", "e", "E", "f", "F", "g", "G", "%", "s", "q"]
FLOAT_TYPES = ["", "e", "E", "f", "F", "g", "G", "n", "%", "d", "s"]
INTS = [0, 1, -1, 7, 65, 255, -4096, 999, 1000, 1234567, -1234567890123, 2**63 - 1, -2**63]
FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 2.5, 1e-5, 0.0001, 1e16, 1e15, 123456789.125, 9999999.5, 1e22, 1e-300, 5e-324,
          1.7976931348623157e308, 0.5, 1e100, -0.004, 2.0**-44, 100.0, 99.95, float("inf"), float("-inf"), float("nan")]
STRS = ["", "a", "weft", "naïve", "日本語 text"]
MANGLED = [",,", "_,", ".", "10.", "zz", "<<<", "5 ", "#z", "+-", "é", "1000000000000", "0,,d", ".f"]


def c_string(text):
    out = ""
    for byte in text.encode():
        out += chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else "\\%03o" % byte
    return '"' + out + '"'


def rows(kind, macro, values, types, count, literal):
    space = list(itertools.product(FILLS, SIGNS, ["", "", "z"], FLAGS, WIDTHS, GROUPS, PRECISIONS, types))
    picked = random.sample(space, count)
    simple = [("", "", "", "", w, g, p, t) for w in ("", "9") for g in ("", ",") for p in ("", ".2") for t in types]
    for parts in [("".join(p)) for p in simple + picked] + MANGLED:
        if not parts:
            continue
        for value in random.sample(values, 2):
            try:
                text = format(value, parts)
            except OverflowError:
                continue
            except (ValueError, MemoryError):
                print(f"BAD('{kind}', {c_string(parts)})")
                break
            print(f"{macro}({literal(value)}, {c_string(parts)}, {c_string(text)})")


def main():
    random.seed(7)
    for value in INTS:
        for spec in ("d", "x", "#b", "15,", "+", "08", "015_x"):
            print(f"INT({value - 1 if value == -2**63 else value}LL, {c_string(spec)}, {c_string(format(value, spec))})"
                  .replace("-9223372036854775809LL", "(-9223372036854775807LL - 1)"))
    number = lambda v: "(-9223372036854775807LL - 1)" if v == -2**63 else f"{v}LL"
    rows("i", "INT", INTS, INT_TYPES, 500, number)
    for value in FLOATS:
        for spec in (".3", ".0f", "g", ".17g", "e", "20", "010.2f", "+.1e", "#.0f", "#g", "%", "z.1f", ",.2f"):
            bits = struct.unpack("<Q", struct.pack("<d", value))[0]
            print(f"FLT({bits:#x}, {c_string(spec)}, {c_string(format(value, spec))})")
    rows("f", "FLT", FLOATS, FLOAT_TYPES, 700, lambda v: f"{struct.unpack('<Q', struct.pack('<d', v))[0]:#x}")
    for value in STRS:
        for fill, zero, width, precision in itertools.product(FILLS, ["", "0"], WIDTHS, ["", ".0", ".1", ".3"]):
            parts = fill + zero + width + precision
            if parts and "=" not in parts[:2]:
                print(f"STR({c_string(value)}, {c_string(parts)}, {c_string(format(value, parts))})")
    rows("s", "STR", STRS, ["", "s", "d"], 60, c_string)
    rows("b", "BOO", [True, False], INT_TYPES, 60, lambda v: str(int(v)))


main()
