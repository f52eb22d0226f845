"""Long pipelines, many words, big here-documents; nothing is left after hundreds of commands."""

import pytest

from tests.harness.sh import FORK, SIMPSH, SPAWN, both_engines, run, run_cases, simpsh

pytestmark = pytest.mark.timeout(150)
SECONDS = 120.0


@both_engines
def test_a_pipeline_of_200_stages(shell):
    script = "printf 'text\\n'" + " | cat" * 199 + "; echo $?; true" + " | sh -c 'exit 7'" * 199
    script += "; echo $?; echo x" + " | { cat; }" * 30 + " | (cat)" * 30
    outcome = run(shell, script, seconds=SECONDS)
    assert (outcome.text, outcome.stderr) == ("text\n0\n7\nx\n", b"")


@both_engines
def test_here_documents_around_the_capacity_of_a_pipe(shell):
    sizes = (0, 1, 511, 4095, 4096, 4097, 65535, 65536, 65537, 131072)
    cases = {
        f"{size}": f"sleep 0 <<E\n{'x' * size}\nE\nwc -c <<E\n{'x' * size}\nE" for size in sizes
    }
    answers = run_cases(shell, cases, form="file")
    assert {name: int(answer.text) for name, answer in answers.items()} == {
        f"{size}": size + 1 for size in sizes
    }


def test_a_pattern_of_many_stars_is_matched_in_linear_time():
    name = "a" * 200
    script = f"touch {name}\nset -- {'a*' * 60}b; echo $#; set -- {'a*' * 60}; echo $1\n"
    outcome = run(SIMPSH, script, seconds=100)
    assert outcome.text.split() == ["1", name]


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


WATCHING = simpsh("-v")


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
    alone = "sh -c 'until [ $(wc -w </proc/$PPID/task/$PPID/children) = 1 ]; do :; done'"
    outcome = run(SIMPSH, f"{'true & ' * 50}\n{alone}\n{LOOK}")
    assert look(outcome.text)[1] == [1]
