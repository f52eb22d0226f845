"""The examples of the documents are true: sessions are typed into simpsh, and compared."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.transcripts import Session, play, sessions
from tests.support.shells import PROJECT, run_command, simpsh_command

README = Path(PROJECT) / "README.md"
DOCUMENTS = [README, *sorted(Path(PROJECT, "docs").rglob("*.md"))]
SESSIONS = [
    (document, session) for document in DOCUMENTS for session in sessions(document.read_text())
]
COLUMNS = {README: 500}
"""How wide a reader's terminal is: 80 columns, but for long lines that a forge does not break."""
BASH = ("bash", "--norc", "--noprofile", "--noediting")


def name_of(value):
    return value.stem if isinstance(value, Path) else f"line {value.line}"


def test_the_readme_opens_with_the_two_commands_and_holds_a_session():
    text = README.read_text()
    found = sessions(text)
    assert "make run" in text
    assert "make test" in text
    assert len(found) == text.count("```simpsh")
    assert ("-v",) in [session.options for session in found]
    # The tutorial and the guides hold sessions, too.
    names = {document.stem for document, _ in SESSIONS}
    assert names >= {"README", "index", "tutorial", "why-does-it-hang", "trace-a-program"}


@pytest.mark.parametrize(("document", "session"), SESSIONS, ids=name_of)
def test_the_session_happens_as_written(document, session, start_shell):
    terminal = start_shell(
        *session.options, environment={"TERM": "dumb"}, columns=COLUMNS.get(document, 80)
    )
    shown = play(session, terminal)
    assert session.pattern().fullmatch(shown), (
        f"{document.name} has\n{session.text}\nsimpsh showed\n{shown}"
    )


def block(document, kind):
    """Return the first fenced block of a kind."""
    text = Path(PROJECT, "docs", document).read_text()
    return re.search(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]


def test_the_program_of_the_guide_has_the_two_outputs(tmp_path):
    (tmp_path / "race.c").write_text(block("how-to/see-every-order.md", "c"))
    done = run_command([*simpsh_command(), "explore", "race.c"], cwd=tmp_path)
    text = Path(PROJECT, "docs", "how-to", "see-every-order.md").read_text()
    assert re.search("step --schedule .* race.c", text)[0] in done.stdout, done.stdout + done.stderr
    assert "COMPLETE (2 outputs" in done.stdout
    subprocess.run(["cc", "-o", "race", "race.c"], cwd=tmp_path, check=True)
    asked = [sys.executable, "-c", block("how-to/see-every-order.md", "python")]
    subprocess.run(asked, cwd=tmp_path, timeout=60, check=True)


def test_the_demonstration_of_the_authors_guide_runs():
    code = f"import os\n{block('writing-lessons.md', 'python')}\nrace()\n"
    done = run_command([sys.executable, "-c", code])
    assert sorted(done.stdout.split()) == ["child", "parent"]


def test_the_exercise_of_the_guide_is_one():
    exec(block("exercises.md", "python"), names := {})
    assert names["EXERCISE"].trials[0].asks[0].points == 2


@pytest.mark.parametrize("document", ["students", "how-to/first-lesson", "how-to/install"])
def test_the_commands_of_a_guide_run(document, start_shell, tmp_path):
    text = Path(PROJECT, "docs", f"{document}.md").read_text()
    for lines in re.findall(r"^\n```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for line in lines.splitlines():
            words = shlex.split(line, comments=True)
            terminal = start_shell(*words[1:], rows=200)
            if words[1] == "lesson" and words[2] not in ("new", "check", "list"):
                terminal.wait(r"\[\d+/\d+\]")
                terminal.send("\x04")
            # doctor has 1 where something is missing.
            assert terminal.wait_exit() <= (words[1] == "doctor"), (line, terminal.screen())


EXAMPLE = """# A document

```simpsh
>> echo one \\
.. two
one two
>> sleep 0 & wait
[1] <pid>
…
>> echo three
three
```

```console
>> not this one
```
"""


def test_a_true_session_matches_and_a_false_one_does_not(start_shell):
    prompts = {"TERM": "dumb", "PS1": ">> ", "PS2": ".. "}
    [session] = sessions(EXAMPLE)
    shown = play(session, start_shell(program=BASH, environment=prompts))
    assert session.pattern().fullmatch(shown), shown
    false = Session(1, ">> echo one\ntwo\n")
    shown = play(false, start_shell(program=BASH, environment=prompts))
    assert shown == ">> echo one\none\n"
    assert not false.pattern().fullmatch(shown)
