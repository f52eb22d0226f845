"""A long loop costs no memory; endless recursion ends in one line."""

from tests.harness.sh import both_engines, run

LOOP = """
i=0
while case $i in {rounds}) false;; *) :;; esac; do i=$((i + 1)); f $i; done
"""
FUNCTION = "f() { local x=$1; for y in $x; do z=$x$y; done; }"
PEAK = "while read name value _; do case $name in VmHWM:) peak=$value;; esac; done </proc/$$/status"


@both_engines
def test_a_long_loop_keeps_its_memory(shell):
    peaks = []
    for rounds in (100, 10_000):
        script = "\n".join((FUNCTION, LOOP.format(rounds=rounds), PEAK, "printf %s $peak"))
        outcome = run(shell, script, form="file")
        assert (outcome.status, outcome.error) == (0, "")
        peaks.append(int(outcome.text))
    # A frame or a tree that was kept for each round would take megabytes.
    assert peaks[1] - peaks[0] < 1000


@both_engines
def test_endless_recursion_is_one_line_and_2_for_any_function_body(shell):
    for body in (
        "f",
        "g() { if :; then f; fi; }; g",
        "for i in 1; do case x in *) f || f;; esac; done",
        "while :; do until f; do :; done; done",
        "eval f; eval f",
        "x=1 f; f >/dev/null",
        "local x=$1; f a$1; f",
    ):
        outcome = run(shell, f"f() {{ {body}; printf no; }}; f; printf no", form="file")
        assert outcome.status == 2, body
        assert outcome.text == "", body
        assert outcome.error.endswith(": stopped\n"), outcome.error
        assert outcome.error.count("\n") == 1, outcome.error
