"""Run the tests that a change touches: `make t`. It prints what it chose.

The change is what differs from main, with the files that git does not know yet. For a file of
simpsh these run: the tests in its folder, those that import it or a module that imports it, and the
spec files whose head names its room. Everything uses `base`, `kernel` and what all tests share: for
them only their own tests run, and `make test` is the proof.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import grimp

from simpsh.console import show_lines

REPOSITORY = Path(__file__).resolve().parents[1]
USED_BY_ALL = (
    "simpsh/base/",
    "simpsh/kernel/",
    "tests/conftest.py",
    "tests/harness/",
    "tests/support/",
)
OTHERS = {
    "lessons": ("tests/lessons",),
    "docs": ("tests/house/test_documents.py", "tests/house/test_sessions.py"),
    "README.md": ("tests/house/test_documents.py", "tests/house/test_sessions.py"),
    "CHANGELOG.md": ("tests/house/test_documents.py",),
    "containers": ("tests/house/test_container_files.py",),
    "Makefile": ("tests/house/test_package.py",),
    "pyproject.toml": ("tests/house/test_package.py",),
}
"""The tests of what is no module of simpsh."""


def changed_paths() -> list[str]:
    """Return the paths that differ from main, and those that git does not know."""
    main = "origin/main" if _git("branch", "--remotes", "--list", "origin/main") else "main"
    [base] = _git("merge-base", main, "HEAD")
    unknown = _git("ls-files", "--others", "--exclude-standard")
    return sorted({*_git("diff", "--name-only", base), *unknown})


def _git(*words: str) -> list[str]:
    argv = ["git", "-C", str(REPOSITORY), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()


def tests_of(path: str, imports: grimp.ImportGraph) -> Iterator[str]:
    """Yield the paths of the tests that a changed file touches."""
    top, *inner = path.split("/")
    name = inner[-1] if inner else top
    if top == "tests" and (name.startswith("test_") or name.endswith(".spec")):
        yield path
    elif top in ("simpsh", "tests"):
        module = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        if name.endswith(".py") and not path.startswith(USED_BY_ALL):
            yield from _importing(module, imports)
        if top == "simpsh":
            yield from _in_the_folder_of(inner[:-1])
            yield from specs_of(inner[0])
    else:
        yield from OTHERS.get(top, ())


def _in_the_folder_of(folders: Sequence[str]) -> Iterator[str]:
    """Yield the test files in the folder of these names in tests/, or in the next one above."""
    for size in range(len(folders), 0, -1):
        if found := sorted(Path(REPOSITORY, "tests", *folders[:size]).glob("test_*.py")):
            yield from (str(test.relative_to(REPOSITORY)) for test in found)
            return


def _importing(module: str, imports: grimp.ImportGraph) -> Iterator[str]:
    """Yield the test files that import a module, or a module that imports it."""
    users = {module} & imports.modules
    for _ in range(2):
        users |= {
            user for each in users for user in imports.find_modules_that_directly_import(each)
        }
    for user in users:
        if user.rpartition(".")[2].startswith("test_"):
            yield f"{user.replace('.', '/')}.py"


def specs_of(room: str) -> Iterator[str]:
    """Yield the spec files that name a room in their first line, `# room: NAME …`."""
    for path in (REPOSITORY / "tests/spec").rglob("*.spec"):
        head = re.match(r"# room: (.*)", path.read_text())
        if head and room in head[1].split():
            yield str(path.relative_to(REPOSITORY))


def main() -> int:
    """Choose tests, print them, and run pytest, with the arguments, for them."""
    changed = changed_paths()
    imports = grimp.build_graph("simpsh", "tests", cache_dir=None)
    found = {test for path in changed for test in tests_of(path, imports)}
    chosen = sorted(test for test in found if (REPOSITORY / test).exists())
    show_lines(f"    {test}" for test in chosen)
    show_lines(
        f"everything uses {path}: run make test" for path in changed if path.startswith(USED_BY_ALL)
    )
    show_lines([f"{len(changed)} files differ from main and touch {len(chosen)} files of tests"])
    if not chosen:
        return 0
    argv = [sys.executable, "-m", "pytest", "-q", *sys.argv[1:], *chosen]
    return subprocess.run(argv, cwd=REPOSITORY, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
