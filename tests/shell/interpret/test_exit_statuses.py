"""The end of a script: exit statuses from 0 to 255, traps, and the options that end it."""

from __future__ import annotations

from tests.harness.sh import BASH, SIMPSH, Shell, both_engines, run


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
def test_an_error_that_ends_a_script_runs_the_exit_trap(shell):
    for error, status in (("set -u; echo $unset", 1), ("echo )", 2)):
        outcome = run(shell, f"trap 'echo bye $?' EXIT\n{error}")
        assert (outcome.text, outcome.status) == (f"bye {status}\n", status)


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


@both_engines
def test_pipefail_counts_for_a_background_pipeline_if_it_is_set_when_that_begins(shell):
    script = """\
set -o pipefail; (exit 3) | true & wait $!; echo $?; (exit 4) | true & wait %%; echo $?
(exit 5) | true & early=$!; set +o pipefail; (exit 6) | true & late=$!; set -o pipefail
for i in 1 2 3 4 5 6 7 8 9; do : & done
wait $late; echo $?; wait $early; echo $?; ! (exit 7) | true & wait $!; echo $?
"""
    assert run(shell, script).text == "3\n4\n0\n5\n0\n"


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
