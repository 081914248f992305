"""The IR's tests: one .ir file a case, read by `weft opt` and looked at by FileCheck.

    lit tests/ir [--param weft=PATH]
"""
import os

import lit.formats

root = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
weft = lit_config.params.get("weft", os.path.join(root, "build", "release", "bin", "weft"))

config.name = "ir"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".ir"]
config.test_source_root = os.path.dirname(os.path.abspath(__file__))
config.test_exec_root = os.path.join(root, "build", "lit-ir")
config.substitutions.append((r"\bweft\b", weft))
config.environment["PATH"] = os.pathsep.join(["/usr/lib/llvm-22/bin", os.environ.get("PATH", "")])
