"""After hundreds of commands: no zombie, no additional descriptor, an empty table of jobs."""

import pytest

from tests.harness.sh import FORK, SPAWN, run, simpsh

pytestmark = pytest.mark.timeout(150)

# Commands of different kinds: programs, errors, redirections, copies of the shell.
ROUND = """
true; false || true; nosuch 2>/dev/null; ./absent 2>/dev/null
true >f; cat <f; cat <<E; true <absent 2>/dev/null
text
E
true | true | cat; (true; false); { true; } >f 2>&1 <f; x=$(true | cat); x=$(pwd)
true & wait; (true | false) & wait $!; true & true & true & wait; ! true
: >f; pwd >f; read x <f; . ./empty; command true; sh -c 'exit 3' >f 2>&1
"""

# The shell lists its descriptors by a pattern, which creates no process.
LOOK = "set -- /proc/$$/fd/*; echo fds $#; cat /proc/$$/task/$$/children; echo"


def script(rounds):
    return f": >empty\n{ROUND}{LOOK}\n" + ROUND * rounds + f"{LOOK}\njobs\n"


def look(text):
    """Return the numbers of descriptors, and of children except the one that lists them."""
    lines = [line for line in text.splitlines() if line != "text"]
    counts = [int(line.split()[1]) for line in lines if line.startswith("fds")]
    children = [len(line.split()) for line in lines if not line.startswith("fds")]
    return counts, children


WATCHING = simpsh("-v", "--trace", "../recording")


@pytest.mark.parametrize(
    ("shell", "rounds", "most"),
    [(FORK, 6, 7), (SPAWN, 6, 7), (WATCHING, 1, 11)],
    ids=["fork", "spawn", "watched"],
)
def test_many_commands_leave_no_zombie_and_no_descriptor(shell, rounds, most):
    # About 35 commands per round. Two descriptors belong to a signal pipe, which is kept for the
    # next wait.
    outcome = run(shell, script(rounds), form="file", seconds=140)
    counts, children = look(outcome.text)
    assert counts[0] == counts[1] <= most
    # The only child is cat, which reads the list.
    assert children == [1, 1]


def test_background_jobs_without_a_wait_are_reaped():
    script = "true & " * 50 + "\nsleep 0.3\n" + "true\n" * 3 + LOOK
    outcome = run(simpsh(), script, seconds=60)
    assert look(outcome.text)[1] == [1]
