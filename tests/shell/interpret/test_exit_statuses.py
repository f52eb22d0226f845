"""The end of a script: exit statuses from 0 to 255, traps, and the options that end it."""

from __future__ import annotations

import pytest

from tests.shell.program_cases import both_engines, run_cases
from tests.support.shells import BASH, FORMS, SIMPSH, Shell, run


@pytest.mark.parametrize("form", FORMS)
def test_a_script_ends_with_its_last_status_in_each_form(form):
    assert run(SIMPSH, "true\nsh -c 'exit 7'\n", form=form).status == 7
    assert run(SIMPSH, "false\nexit 300\n", form=form).status == 44
    assert run(SIMPSH, "", form=form).status == 0
    assert run(SIMPSH, "# nothing\n\n", form=form).status == 0
    assert run(SIMPSH, "sh -c 'kill -36 $$' 2>/dev/null", form=form).status == 164
    assert run(SIMPSH, "false; (exit", form=form).status == 2
    assert run(SIMPSH, "trap 'exit 9' EXIT; false", form=form).status == 9


@both_engines
def test_a_syntax_error_ends_a_script_with_2_after_the_commands_before_it(shell):
    outcome = run(shell, "echo before\necho not | | run\necho after\n", form="file")
    assert (outcome.text, outcome.status) == ("before\n", 2)
    first, line, caret = outcome.error.splitlines()
    assert first.startswith("simpsh: ../script: line 2: ")
    assert line.strip() == "echo not | | run"
    assert line[caret.index("^")] == "|"
    assert line[: caret.index("^")] == "  echo not | "


@both_engines
def test_the_exit_trap_runs_once_however_the_script_ends(shell):
    ends = {
        "trap 'echo bye $?' EXIT; false": 1,
        "trap 'echo bye $?' EXIT; exit 3": 3,
        "trap 'echo bye $?' EXIT; (exit 4); exit": 4,
        "trap 'echo bye $?' EXIT; set -e; sh -c 'exit 5'; echo never": 5,
        "trap 'echo bye $?' EXIT; (true); x=$(true); sh -c 'exit 6'": 6,
        "trap 'echo bye $?' EXIT; set -u; echo $unset": 1,
    }
    answers = run_cases(shell, {text: f"({text})" for text in ends})
    seen = {text: (answers[text].text, answers[text].status) for text in ends}
    assert seen == {text: (f"bye {status}\n", status) for text, status in ends.items()}
    # A nested script runs its EXIT trap too, and a subshell has its own trap.
    outcome = run(shell, "trap 'echo bye $?' EXIT\necho )")
    assert (outcome.text, outcome.status) == ("bye 2\n", 2)
    outcome = run(shell, "trap 'echo outer' EXIT; (trap 'echo inner' EXIT; true); echo between")
    assert outcome.text == "inner\nbetween\nouter\n"


@both_engines
def test_pipefail_behaves_as_in_bash(shell):
    pipelines = (
        "sh -c 'exit 3' | true",
        "sh -c 'exit 3' | sh -c 'exit 4' | true",
        "true | true",
        "! sh -c 'exit 3' | true",
        "(exit 5) | { true; }",
        "sh -c 'kill -TERM $$' 2>&1 | cat >f",
        "{ sh -c 'exit 3' | true; } && echo yes",
    )
    script = "".join(
        f"echo {number}: {sign}; set {sign}o pipefail; {pipeline}; echo $?\n"
        for number, pipeline in enumerate(pipelines)
        for sign in "-+"
    )
    assert run(shell, script).text == run(BASH, script).text


def test_a_failed_start_is_reported_in_one_line():
    def outcome(*options):
        return run(Shell("bare", (*SIMPSH.argv, *options, "--")), "exit 0", form="stdin")

    for options, status, line in [
        (["nosuch"], 127, "simpsh: nosuch: No such file or directory\n"),
        (["/"], 126, "simpsh: /: Is a directory\n"),
        (["-c"], 2, None),
        (["--engine", "steam"], 2, None),
        (["-v", "--verbose-fd", "77"], 2, None),
    ]:
        end = outcome(*options)
        # A mistake in the options is followed by the usage.
        assert end.error.partition("usage: simpsh ")[0].count("\n") == 1, (options, end)
        assert end.error.startswith("simpsh: "), options
        assert end.status == status, options
        assert line is None or end.error == line
