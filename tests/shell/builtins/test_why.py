"""`why` for another user, and at the prompt; tests/spec/why.spec has its answers."""

import sys

import pytest

from tests.harness.sh import PROJECT, run_command
from tests.shell import other_user

FORBIDDEN = {
    "cat <secret": (
        'open("secret", O_RDONLY|O_CLOEXEC) = -1 EACCES',
        "you may not read the file",
        "ls -l secret",
    ),
    "echo >public": ("EACCES", "you may not write the file; the shell opens it", "sudo tee public"),
    "echo >new": ("EACCES", "a new file is written into its directory", "ls -ld ."),
    "cat <closed/file": ("EACCES", "the modes of the file, or of a directory above it", "namei -l"),
    "closed/program": ('execve("closed/program") = -1 EACCES', "a directory above it"),
    "./public": ('execve("./public") = -1 EACCES', "the file has no x for you"),
    "ulimit -u 1; /bin/true": (
        "fork() = -1 EAGAIN",
        "a limit of processes is reached",
        "ulimit -u",
    ),
}


@pytest.mark.needs("root")
def test_a_denied_action_of_another_user_is_explained(tmp_path):
    (tmp_path / "secret").touch(0o600)
    (tmp_path / "public").touch(0o644)
    (tmp_path / "closed").mkdir(0o700)
    tmp_path.chmod(0o755)
    script = "".join(f"{line}\nwhy\npwd\n" for line in FORBIDDEN)
    # Another user may lack access to the parent directories; so enter the directory first.
    argv = [sys.executable, "-P", other_user.__file__, "61077", "100", "fork", "-i", "--no-rc"]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": PROJECT, "COLUMNS": "200"}
    done = run_command(argv, input=script, cwd=tmp_path, env=environment)
    assert "Traceback" not in done.stderr, done.stderr
    answers = done.stdout.split(f"{tmp_path}\n")
    assert len(answers) == len(FORBIDDEN) + 1, (done.stdout, done.stderr)
    for (line, parts), answer in zip(FORBIDDEN.items(), answers[:-1], strict=True):
        explanation = " ".join(answer.split())
        assert [part for part in parts if part not in explanation] == [], (
            line,
            explanation,
            done.stderr,
        )


def test_at_the_prompt_an_answer_leads_to_a_lesson(start_shell):
    terminal = start_shell("--no-rc", rows=60, columns=100)
    terminal.wait_prompt()
    terminal.send("sh -c 'exit 5'\rwhy\r")
    terminal.wait(r"F1: lesson status-word$")
    terminal.wait(r"^status 5\b[^\n]*\Z")
    terminal.run("clear")
    terminal.send("cd /no/such; why\r")
    terminal.wait("F1: lesson why-cd-is-built-in")
    terminal.wait(r"^status 1\b[^\n]*\Z")
    terminal.key("f1")
    terminal.wait("Why is cd built in")
    terminal.send("\x03")
    terminal.wait(r"^status \d+\b[^\n]*\Z")
