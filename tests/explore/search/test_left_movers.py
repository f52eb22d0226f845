"""Steps that may always go first: the set of outcomes stays the same, with fewer states."""

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.search.exploration import outcome_of
from simpsh.explore.search.program_outcomes import outcomes_of
from simpsh.explore.search.state_search import StateSearch
from tests.harness.compiled import compile_c

pytestmark = pytest.mark.long("each test explores a program in several ways")

HEAD = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>
#define SAY(text) write(1, text, strlen(text))
"""


@pytest.fixture
def searched(tmp_path, tmp_path_factory):
    """Search the program of a C text, reduced or not."""

    def search_of(text, *, is_reduced=True):
        directory = tmp_path_factory.mktemp("searched")
        (directory / "program.c").write_text(HEAD + text)
        target = compile_c(directory / "program.c", directory / "program")
        with Knowledge(program_of((target,), directory=str(tmp_path))) as knowledge:
            search = StateSearch(knowledge, is_reduced=is_reduced)
            while search.advance(60):
                pass
            assert search.is_finished
            endings = outcomes_of(search, 5000).endings
        return len(search.graph.states), set(map(outcome_of, endings))

    return search_of


REAPS = """
int status, sum;
pid_t reaped;
int main(void) {
    for (int child = 0; child < 3; child++)
        if (fork() == 0) { %s return child * VARIES; }
    %s
}
"""


@pytest.mark.usual('while (wait(NULL) > 0) {} SAY(".");-0')
@pytest.mark.parametrize("varies", [0, 1])
@pytest.mark.parametrize(
    "wait",
    [
        'while (wait(NULL) > 0) {} SAY(".");',
        'wait(&status); SAY(status ? "1" : "0"); while (wait(NULL) > 0) {}',
        'SAY(waitpid(-1, NULL, WNOHANG) > 0 ? "1" : "0"); while (wait(NULL) > 0) {}',
    ],
)
def test_ends_that_go_first_hide_no_outcome(wait, varies, searched):
    text = REAPS.replace("VARIES", str(varies)) % ("", wait)
    assert searched(text)[1] == searched(text, is_reduced=False)[1]


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        # A process notices that another one is gone: its parent, a child that it may signal.
        ('if (child == 2) SAY(getppid() == first ? "p" : "o");', ""),
        ("", 'SAY(kill(last, 0) ? "1" : "0"); while (wait(NULL) > 0) {}'),
    ],
)
def test_an_end_that_another_process_notices_does_not_go_first(child, parent, searched):
    head = "#include <signal.h>\npid_t first, last;\n"
    text = head + REAPS.replace("VARIES", "0") % (child, parent)
    text = text.replace("int main(void) {", "int main(void) { first = getpid();")
    text = text.replace("if (fork() == 0)", "if ((last = fork()) == 0)")
    outcomes = searched(text)[1]
    assert outcomes == searched(text, is_reduced=False)[1]


NEIGHBOURS = """
#include <signal.h>
int ends[2];
char letter;
int main(void) {
    pipe(ends);
    if (fork() == 0) { write(ends[1], "x", 1); SAY("l"); return 0; }
    if (fork() == 0) {
        kill(0, SIGTERM);
        close(ends[1]);
        while (read(ends[0], &letter, 1) == 1) SAY("r");
        return 0;
    }
    close(ends[1]);
    while (wait(NULL) > 0) SAY("w");
}
"""


def test_a_signal_to_a_group_leaves_no_left_movers(searched):
    assert searched(NEIGHBOURS)[1] == searched(NEIGHBOURS, is_reduced=False)[1]
