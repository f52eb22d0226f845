"""Each error ends the script, the line, or nothing, as the one table says (POSIX XCU 2.8.1)."""

import pytest

from tests.harness.sh import run_command, simpsh_command

GOES_ON, ENDS = "on\n", ""


@pytest.mark.parametrize(
    ("command", "in_script", "at_prompt"),
    [
        (": ${x?gone}", ENDS, ENDS),
        ("readonly r=1; r=2", ENDS, ENDS),
        ("for x in ${y?gone}; do :; done", ENDS, ENDS),
        ("a=(1 2)", ENDS, ENDS),
        (": >/no/such", ENDS, GOES_ON),
        ("{ :; } >/no/such", GOES_ON, GOES_ON),
        ("true >/no/such", GOES_ON, GOES_ON),
        ("no-such-command", GOES_ON, GOES_ON),
        ("export a-b", ENDS, GOES_ON),
        ("command export a-b", GOES_ON, GOES_ON),
        ("printf %d x >/dev/null", GOES_ON, GOES_ON),
        ("export -p >/dev/full", GOES_ON, GOES_ON),
        ("set -e; { :; } >/no/such", ENDS, ENDS),
        ("set -e; if { :; } >/no/such; then :; fi", GOES_ON, GOES_ON),
    ],
)
def test_an_error_ends_what_the_policy_says(command, in_script, at_prompt):
    for option, expected in (("-c", in_script), ("-ic", at_prompt)):
        run = run_command((*simpsh_command(), option, f"{command}; echo on"))
        assert (option, run.stdout) == (option, expected)
        assert run.stderr
