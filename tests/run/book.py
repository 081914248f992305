"""docs/language.md keeps its word: each block of Weft in it compiles."""
import os, re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = os.path.join(ROOT, "docs", "language.md")
SAXPY = "from saxpy import saxpy\n"

# A block that is a part of a program stands in one here: the first line that tells it -> the whole, {} for the block.
CONTEXT = {
    "def rows(": "{}    pass\n",
    "def main():": SAXPY + "{}",
}


def blocks():
    """(line, text, the comment before it) of each block of Weft."""
    lines = open(PAGE, encoding="utf-8").read().split("\n")
    before = ""
    for at, line in enumerate(lines):
        if line == "```python":
            end = lines.index("```", at)
            yield at + 2, "\n".join(lines[at + 1:end]) + "\n", before
        if line.strip():
            before = line


def whole(text):
    for start, frame in CONTEXT.items():
        if text.startswith(start):
            return frame.replace("{}", text)
    return text


def test_book_blocks_compile(weft):
    weft.write("saxpy.weft", next(text for _, text, _ in blocks()))
    checked = 0
    for line, text, before in blocks():
        if before.startswith("<!-- not built yet"):
            continue
        name = f"block{line}.weft"
        weft.write(name, whole(text))
        rc, out, err = weft("check", name)
        assert rc == 0 and not err, f"docs/language.md:{line}: {err}"
        checked += 1
    assert checked >= 4, f"only {checked} blocks found"


def test_book_first_program_passes(weft):
    weft.write("saxpy.weft", next(text for _, text, _ in blocks()))
    assert "1 passed, 0 failed" in weft.ok("test", "saxpy.weft")


def test_examples_pass(weft):
    """On every device and level; a copy, so that nothing is written beside the originals."""
    examples = os.path.join(ROOT, "examples")
    for way in (["-O0"], ["-O3"], ["--device", "interp"]):
        assert re.search(r"^\d+ passed, 0 failed$", weft.ok("test", *way, examples), re.M)
