"""The status of a pipeline with pipefail."""

from tests.harness.sh import BASH, both_engines, run


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
