"""Whatever submissions and files are called, and whatever programs print, the marks are the same.

Each submission of a class is the same program, and prints its own name. The result of one with a
harmless name is the expected one; the others must equal it after their names are replaced.
"""

import csv
import io
import json
import os

import pytest

from simpsh.base.phrases import escaped
from tests.grade.confinement import grade

pytestmark = pytest.mark.needs("ptrace")

HARMLESS = "qqqq"
NAMES = (
    *("<P1>", "<w>", "a|b", " w", "w ", "x (deleted)", "pipe:[1]", "a\nb", "\udcff", "\udcfe"),
    *("-rf", "=1+1"),
    *("P0", "P1", "P1.1", "kernel", "init", "you", "reaper", "simpsh", "output", "two-children"),
    *("File x", "SyntaxError: x", "Traceback (most recent call last):", "a: b", "◀ here", "%s"),
)
PROGRAM = """\
import os, sys
os.write(1, {word!r} + b"\\n")
pids = []
for code in sys.argv[1:]:
    pids.append(os.fork())
    if pids[-1] == 0:
        os._exit(int(code))
os.waitid(os.P_PID, pids[1], os.WEXITED | os.WNOWAIT)
pid, status = os.waitpid(pids[0], 0)
print(pid, os.waitstatus_to_exitcode(status))
"""
FORMS = ("csv", "json", "text")


def marks_of(result, name):
    """Return the marks of a result with its name replaced."""
    words = json.dumps([result["problem"], result["remarks"], result["points"], result["marks"]])
    return words.replace(json.dumps(f"{name}.py")[1:-1], f"{HARMLESS}.py")


@pytest.mark.usual("a few")
@pytest.mark.long("a class with each hostile name")
@pytest.mark.parametrize("names", [("<P1>", "a\nb", "=1+1"), NAMES], ids=["a few", "all"])
def test_the_names_of_submissions_change_no_mark(tmp_path, names):
    submissions = tmp_path / "submissions"
    submissions.mkdir()
    for name in (HARMLESS, *names):
        text = PROGRAM.format(word=os.fsencode(name))
        (submissions / f"{name}.py").write_text(text)
    words = ("--exercise", "two-children", "submissions", "--format")
    done = {form: grade(*words, form, cwd=tmp_path, timeout=900) for form in FORMS}
    case = done["json"].stderr
    results = {each["name"]: each for each in json.loads(done["json"].stdout)["submissions"]}
    assert sorted(results) == sorted(f"{name}.py" for name in (HARMLESS, *names)), case
    expected = marks_of(results[f"{HARMLESS}.py"], HARMLESS)
    assert "your program ended without having collected P2" in expected
    for name in names:
        assert marks_of(results[f"{name}.py"], name) == expected, f"{case} {name!r}"
    rows = [*csv.reader(io.StringIO(done["csv"].stdout))][1:]
    # A spreadsheet would take `=1+1` and `-rf` as formulas.
    shown = {row[0].removeprefix("'"): row[1:] for row in rows}
    assert sorted(shown) == sorted(escaped(name) for name in results), case
    assert all(cells == shown[f"{HARMLESS}.py"] for cells in shown.values()), case
    for name in results:
        assert f"4/7  {escaped(name)} " in done["text"].stdout, f"{case} {name!r}"
