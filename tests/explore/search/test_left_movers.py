"""Steps that may always go first: the set of outcomes stays the same, with fewer states."""

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.objects.learned_uses import PrintedTexts
from simpsh.explore.objects.marked_text import ProcessId, text_of
from simpsh.explore.search.exploration import outcome_of
from simpsh.explore.search.program_outcomes import Outcomes
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
            endings = Outcomes(search, 5000).endings
        return len(search.graph.states), set(map(outcome_of, endings))

    return search_of


@pytest.mark.usual
def test_writes_of_the_same_text_commute_with_each_other_only():
    printed = PrintedTexts()
    printed.note("P0", b"hi")
    printed.note("P1", b"hi")
    printed.note("P1", b"hihi")
    printed.note("P0", text_of((ProcessId("P0"),)))
    assert printed.commutes("P0", b"hi")
    assert not printed.commutes("P1", b"hi")
    assert not printed.commutes("P0", text_of((ProcessId("P0"),)))
    assert printed.extent == 0


@pytest.mark.usual
def test_a_new_text_shows_that_a_write_does_not_commute():
    printed = PrintedTexts()
    for name in ("P0", "P1"):
        printed.note(name, b"x")
    assert printed.commutes("P0", b"x")
    printed.note("P0", b"y")  # its own writes are in a fixed order
    assert (printed.extent, printed.commutes("P0", b"x")) == (0, True)
    printed.note("P1", b"y")
    assert printed.extent == 1
    assert not printed.commutes("P0", b"x")
    printed.note("P2", b"z")
    assert printed.extent == 1


SAME = 'int main(void) { fork(); fork(); fork(); SAY("hi\\n"); while (wait(NULL) > 0) {} }'
ONE_OTHER = """
int main(void) {
    for (int child = 0; child < 3; child++)
        if (fork() == 0) { SAY("hi\\n"); SAY("hi\\n"); return 0; }
    SAY("ho\\n");
}
"""
LATE_OTHER = """
int main(void) {
    int ends[2];
    pipe(ends);
    for (int child = 0; child < 2; child++)
        if (fork() == 0) {
            char letter = '0' + child;
            write(ends[1], &letter, 1);
            SAY("hi\\n");
            return 0;
        }
    char first;
    read(ends[0], &first, 1);
    SAY(first == '0' ? "hi\\n" : "ho\\n");
}
"""


@pytest.mark.usual("text1")
@pytest.mark.parametrize("text", [SAME, ONE_OTHER, LATE_OTHER])
def test_writes_that_go_first_hide_no_outcome(text, searched):
    states, outcomes = searched(text)
    all_states, all_outcomes = searched(text, is_reduced=False)
    assert outcomes == all_outcomes
    assert states <= all_states


def test_processes_that_print_the_same_text_need_few_states(searched):
    states, outcomes = searched(SAME)
    assert {outcome.output for outcome in outcomes} == {8 * b"hi\n"}
    all_states, _ = searched(SAME, is_reduced=False)
    assert states < all_states / 20


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
        # The order in which its children end is forgotten ...
        'while (wait(NULL) > 0) {} SAY(".");',
        'for (int i = 0; i < 3; i++) wait(NULL);\n SAY(".");',
        'while (wait(&status) > 0) sum += status;\n SAY(sum ? "1" : "0");',
        'while ((reaped = wait(NULL)) > 0) {}\n reaped = 0; SAY(".");',
        # ... or is not,
        'wait(&status); SAY(status ? "1" : "0"); while (wait(NULL) > 0) {}',
        "wait(NULL); wait(&status); while (wait(NULL) > 0) {} return status >> 8;",
        'while (wait(&status) > 0) sum = 2 * sum + (status >> 8);\n SAY(sum > 4 ? "1" : "0");',
        'wait(NULL); SAY("."); wait(NULL);',
        # ... or a wait asks whether a child has ended already.
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


GROUPS = """
pid_t leader, reader;
int ends[2], status;
char letter;
int main(void) {
    pipe(ends);
    leader = fork();
    if (leader == 0) { setpgid(0, 0); write(ends[1], "x", 1); return 0; }
    %s
    reader = fork();
    if (reader == 0) {
        %s
        close(ends[1]);
        while (read(ends[0], &letter, 1) == 1) SAY("r");
        return 0;
    }
    close(ends[1]);
    while (waitpid(-1, &status, WUNTRACED) > 0) SAY("w");
}
"""


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        ("setpgid(leader, leader);", ""),
        ("setpgid(leader, leader);", "setpgid(0, getpgid(leader));"),
        ('SAY(getpgid(leader) == leader ? "1" : "0");', 'SAY(setpgid(0, leader) ? "-" : "j");'),
    ],
)
def test_left_movers_of_programs_with_groups_hide_no_outcome(parent, child, searched):
    text = GROUPS % (parent, child)
    states, outcomes = searched(text)
    all_states, all_outcomes = searched(text, is_reduced=False)
    assert outcomes == all_outcomes
    assert states < all_states


@pytest.mark.usual
def test_a_signal_to_a_group_leaves_no_left_movers(searched):
    text = GROUPS % ("setpgid(leader, leader);", "kill(0, SIGTERM);")
    text = "#include <signal.h>\n" + text.replace("return 0; }", 'SAY("l"); return 0; }', 1)
    assert searched(text)[1] == searched(text, is_reduced=False)[1]
