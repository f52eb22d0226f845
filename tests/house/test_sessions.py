"""The examples of the documents are true: sessions are typed into simpsh, and compared."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.sh import PROJECT, run_command, run_simpsh, simpsh_command, write_program
from tests.spec.documents import sessions, shown_in
from tests.spec.players import type_lines
from tests.spec.session_text import flows, matches
from tests.support.needed_programs import require

README = Path(PROJECT) / "README.md"
DOCUMENTS = [README, *sorted(Path(PROJECT, "docs").rglob("*.md"))]
SESSIONS = [(document, session) for document in DOCUMENTS for session in sessions(document)]
COLUMNS = {README: 500}
"""The width of a reader's terminal: 80 columns, but more for long lines in a forge."""


def name_of(value):
    return value.stem if isinstance(value, Path) else f"line {value.line}"


@pytest.mark.parametrize(("document", "session"), SESSIONS, ids=name_of)
def test_the_session_happens_as_written(document, session, start_shell):
    terminal = start_shell(
        *session.kind.split()[1:], environment={"TERM": "dumb"}, columns=COLUMNS.get(document, 80)
    )
    cases = session.cases()
    seen = type_lines(cases, terminal)
    wrong = [
        (case.command, case.answer, answer)
        for case, answer in zip(cases, seen, strict=True)
        if not (matches(case.answer, answer) or flows(case.answer, answer))
    ]
    assert wrong == []


@pytest.mark.needs("compiler")
def test_the_program_of_the_guide_has_the_two_outputs(tmp_path):
    (tmp_path / "race.c").write_text(shown_in("how-to/see-every-order.md", "c")[0])
    done = run_simpsh("explore", "race.c", cwd=tmp_path)
    text = Path(PROJECT, "docs", "how-to", "see-every-order.md").read_text()
    assert re.search("step --schedule .* race.c", text)[0] in done.stdout, done.stdout + done.stderr
    assert "COMPLETE (2 outputs" in done.stdout
    subprocess.run(["cc", "-o", "race", "race.c"], cwd=tmp_path, check=True)
    asked = [sys.executable, "-c", *shown_in("how-to/see-every-order.md", "python")]
    subprocess.run(asked, cwd=tmp_path, timeout=60, check=True)


def test_the_program_of_the_authors_guide_runs():
    [race] = shown_in("writing-lessons.md", "python", "2.")
    done = run_command([sys.executable, "-c", race])
    assert sorted(done.stdout.split()) == ["child", "parent"]
    [seen] = shown_in("writing-lessons.md", "python", "6.")
    done = run_command([sys.executable, "-c", seen], cwd=PROJECT)
    assert "Fork(" in done.stdout, done.stderr


def test_the_exercise_of_the_guide_is_valid():
    exec(shown_in("exercises.md", "python")[0], names := {})
    assert names["EXERCISE"].trials[0].asks[0].points == 2


TYPED = [
    *shown_in("notebooks.md"),
    *shown_in("students.md"),
    *shown_in("writing-lessons.md"),
    *shown_in("how-to/first-lesson.md"),
    *shown_in("how-to/install.md"),
    *shown_in("how-to/see-every-order.md"),
    *shown_in("how-to/trace-a-program.md"),
    *shown_in("how-to/why-does-it-hang.md"),
]


@pytest.mark.parametrize("lines", TYPED, ids=lambda lines: lines[:30].strip())
def test_the_commands_of_a_guide_run(lines, start_shell, tmp_path):
    if "race.c" in lines:
        require("cc")
    (tmp_path / "race.c").write_text(shown_in("how-to/see-every-order.md", "c")[0])
    for name in ("server", "good", "bad"):
        write_program(tmp_path / name, "#!/bin/sh\n[ x$1 != x--fast ]\n")
    with subprocess.Popen(["sleep", "3" if "4711" in lines else "0"]) as other:
        for line in lines.replace("\\\n", "").replace("4711", str(other.pid)).splitlines():
            words = shlex.split(line, comments=True)
            terminal = start_shell(*words[1:], rows=200)
            if words[1] == "lesson" and words[2] not in "check list new show":
                terminal.wait(r"\[\d+/\d+\]")
                terminal.send("\x04")
            # Status 1 of these means: not ready, or the status of the traced command.
            may_fail = words[1] in ("doctor", "trace")
            assert terminal.wait_exit(120) <= may_fail, (line, terminal.screen())


def test_the_mistake_of_the_first_lesson_is_reported_and_repaired(tmp_path):
    [lines] = shown_in("how-to/first-lesson.md")
    new, check = ([*simpsh_command(), *line.split()[1:]] for line in lines.splitlines()[:2])
    run_command(new, cwd=tmp_path)
    text = (lesson := tmp_path / "my-first-fork/lesson.py").read_text()
    code = (program := tmp_path / "my-first-fork/one.py").read_text()
    [wrong] = shown_in("how-to/first-lesson.md", "python")
    program.write_text(code.replace("    os._exit(7)\n", f"    {wrong}"))
    report = run_command(check, cwd=tmp_path).stdout
    for line in shown_in("how-to/first-lesson.md", "text")[0].splitlines():
        assert line.rstrip("…") in report, report
    for old, mended in (("_exit(7)", "_exit(3)"), ("with 7", "with 3"), ("1792 is 7", "768 is 3")):
        text = text.replace(old, mended)
    lesson.write_text(text.replace("1792", "768"))
    assert run_command(check, cwd=tmp_path).stdout.startswith("ok ")
