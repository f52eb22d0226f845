"""An answer that a program knows before its wait returns earns nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.exercises.exercise_judge import judge
from simpsh.grade.sandbox.program_build import program_of

pytestmark = pytest.mark.needs("ptrace")

_IMPORT = "import sys\n"
_NUMBER = (
    _IMPORT + "import re, os.path\nknown = [int(it) for it in re.findall(r'\\d+', '0' + {})][-1]\n"
)
_TEXT = "open(sys.argv[1]).read() if os.path.exists(sys.argv[1]) else '0'"
_REPLACED = "if sys.argv[1].endswith('.sh'):\n    open(sys.argv[1], 'w').write('exit 7\\n')\n"
_ENDS = "sys.exit(code if"
# A solution, the check that must be lost, and the edits.
PRECOMPUTED = {
    "pipeline: the last number of the words": (
        ("pipeline.py", "status"),
        (_IMPORT, _NUMBER.format("sys.argv[-1]")),
        (_ENDS, "sys.exit(known if"),
    ),
    "pipeline: a number": (("pipeline.py", "whose"), (_ENDS, "sys.exit(35 if")),
    "pipeline: of the pid": (("pipeline.py", "status"), (_ENDS, "sys.exit(last % 90 + 5 if")),
    "capture-server: the last number of the words": (
        ("capture-server.py", "status"),
        (_IMPORT, _NUMBER.format("sys.argv[-1]")),
        (_ENDS, "sys.exit(known if"),
    ),
    "capture-server: the words of the command": (
        ("capture-server.py", "captured"),
        ('print("|", line)', "print('|', 'as 5' if line.startswith('as ') else line)"),
    ),
    "two-children: the argument": (
        ("two-children.py", "told"),
        ("if os.fork() == 0:", "if not (child := os.fork()):"),
        ("for _ in sys", "    code_of[child] = code\nfor _ in sys"),
        ("for code in", "code_of = {}\nfor code in"),
        ("os.waitstatus_to_exitcode(status)", "code_of[pid]"),
    ),
    "two-children: the argument, after waitid": (
        ("two-children.py", "told"),
        ("if os.fork() == 0:", "if not (child := os.fork()):"),
        ("for _ in sys", "    code_of[child] = code\nfor _ in sys"),
        ("for code in", "code_of = {}\nfor code in"),
        ("pid, status = os.wait()", "pid = os.waitid(os.P_ALL, 0, os.WEXITED).si_pid"),
        ("os.waitstatus_to_exitcode(status)", "code_of[pid]"),
    ),
    "open-file: the number in the file": (
        ("open-file.py", "status"),
        (_IMPORT, _NUMBER.format(_TEXT)),
        ("{os.WEXITSTATUS(status)}", "{known}"),
    ),
    "open-file: the number of the file's signal": (
        ("open-file.py", "signal"),
        (_IMPORT, _NUMBER.format(_TEXT)),
        ("{os.WTERMSIG(status)}", "{known}"),
    ),
    "open-file: another file of this name": (
        ("open-file.py", "status"),
        (_IMPORT, _IMPORT + _REPLACED),
        ("{os.WEXITSTATUS(status)}", "{7 if viewer == 'sh' else 0}"),
    ),
    "split-words: a number": (("split-words.py", "status"), (_ENDS, "sys.exit(2 if")),
    "split-words: another file of this name": (
        ("split-words.py", "status"),
        (_IMPORT, _IMPORT + "open('ends', 'w').write('exit 7\\n')\n"),
        (_ENDS, "sys.exit(7 if words[0] == 'sh' else code if"),
    ),
    "stop-and-continue: a number": (
        ("stop-and-continue.py", "exited"),
        ('"exited", code', '"exited", 3'),
    ),
    "stop-and-continue: the number of the words": (
        ("stop-and-continue.py", "status"),
        (_IMPORT, _NUMBER.format("sys.argv[-1]")),
        ("sys.exit(code)", "sys.exit(known)"),
    ),
}


@pytest.mark.usual("pipeline: a number", "two-children: the argument")
@pytest.mark.long("each program is judged")
@pytest.mark.parametrize("name", PRECOMPUTED)
def test_an_answer_that_no_wait_gave_loses_its_check(tmp_path, name):
    (program, key), *edits = PRECOMPUTED[name]
    exercise, _, end = program.partition(".")
    catalogue = ExerciseCatalogue()
    text = Path(catalogue.folder(exercise).file(f"solution.{end}")).read_text()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / program).write_text(text)
    mark = judge(catalogue.find(exercise), program_of(str(tmp_path / program)))
    assert mark.disqualified == ""
    assert key in {check.key for check in mark.checks if not check.is_passed}
    # It is not lost because the program is broken.
    assert mark.decisive == ""
    assert mark.points > mark.of / 2
