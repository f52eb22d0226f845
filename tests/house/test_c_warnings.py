"""The C of tests, lessons and documents compiles without a warning, as C17, by every compiler."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.harness.compiled import WARNINGS
from tests.harness.sh import PROJECT
from tests.support.needed_programs import require

HEADERS = Path(PROJECT, "tests/explore/programs")
COMPILERS = (
    "gcc",
    "clang",
    *(f"gcc-{n}" for n in range(11, 20)),
    *(f"clang-{n}" for n in range(13, 24)),
)


@pytest.mark.long("each installed compiler compiles six hundred files")
@pytest.mark.timeout(3600)
def test_all_c_compiles_without_a_warning():
    require("gcc", "clang")
    listed = subprocess.run(
        ["git", "-C", PROJECT, "ls-files", "*.c"], capture_output=True, text=True, check=True
    )
    compilers = {Path(path).resolve(): path for path in map(shutil.which, COMPILERS) if path}
    complaints = []
    for name in listed.stdout.splitlines():
        path = Path(PROJECT, name)
        # A program of several variants names them in its first lines.
        variants = {*re.findall(r"-D[A-Z]+=\d+", path.read_text())} or {"-DNO_VARIANTS"}
        for compiler in compilers.values():
            for variant in sorted(variants):
                words = [
                    compiler,
                    *WARNINGS,
                    "-Wextra",
                    variant,
                    f"-I{PROJECT}/tests/explore/programs",
                ]
                done = subprocess.run(
                    [*words, "-S", "-o", "/dev/null", path],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                complaints += [f"{compiler} {variant}\n{done.stderr}"] * bool(done.stderr)
    assert complaints == []
