"""Many processes and random kills: no hang, and no effect is recorded before its cause."""

import pytest

from simpsh.base.events import Exit, Fork
from simpsh.chronicle.chronicle_builder import chronicle_of
from tests.harness.recorded import ROUNDS, disorder, recorded, whats

STORM = r"""
/* 100 processes: children that live, fork on, exit, stop and are killed, by a given seed. */
static unsigned state;
static unsigned next(unsigned below) {
    state = state * 1103515245u + 12345u;
    return (state >> 16) % below;
}
static void life(void) {
    switch (next(6)) {
    case 0: _exit(next(200));
    case 1: if (fork() == 0) { usleep(next(3000)); _exit(1); } _exit(2);      /* an orphan */
    case 2: raise(SIGKILL);
    case 3: execl("/bin/true", "true", (char *) 0); _exit(127);
    case 4: for (;;) pause();
    default: { pid_t p = fork(); if (!p) _exit(3); waitpid(p, 0, 0); usleep(next(2000)); _exit(0); }
    }
}
int main(int argc, char **argv) {
    state = atoi(argv[1]);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int count = atoi(argv[2]); pid_t pids[1000];
    for (int i = 0; i < count; i++) {
        unsigned seed = next(1000000);
        pids[i] = fork();
        if (pids[i] == 0) { state = seed; life(); }
        if (next(3) == 0) kill(pids[next(i + 1)], next(2) ? SIGKILL : SIGTERM);
        if (next(4) == 0) { kill(pids[i], SIGSTOP); kill(pids[i], next(2) ? SIGCONT : SIGKILL); }
    }
    for (int i = 0; i < count; i++) kill(pids[i], SIGKILL);
    while (wait(0) > 0) ;
    return 0;
}
"""


@pytest.mark.parametrize("level", ["events", "calls", "io"])
def test_a_storm_of_processes_and_kills_is_recorded_in_order(compiled, level):
    program = compiled(STORM)
    rounds, count = ROUNDS or 3, 100 if ROUNDS else 40
    for seed in range(1, rounds + 1):
        found = recorded(program, str(seed), str(count), level=level)
        assert found.notes == ()
        assert disorder(found.events) == []
        forks = [what for what in whats(found, Fork) if not what.thread]
        assert len(forks) >= count
        assert len(whats(found, Exit)) == len(forks) + 1
        chronicle = chronicle_of(found.events, level)
        assert all(edge.source < edge.target for edge in chronicle.edges)
        assert all(process.exit is not None for process in chronicle.processes.values())


def test_a_parent_killed_before_its_report_does_not_lose_its_child(compiled):
    program = compiled(
        r"""
        int main(int argc, char **argv) {
            prctl(PR_SET_CHILD_SUBREAPER, 1);
            for (int i = 0; i < atoi(argv[1]); i++) {
                pid_t pid = fork();
                if (pid == 0) { setpgid(0, 0); for (;;) if (fork() == 0) _exit(0); else wait(0); }
                usleep(300 + 37 * i % 900);
                kill(pid, SIGKILL);
                while (wait(0) > 0) ;
            }
            return 0;
        }
        """
    )
    for _ in range(ROUNDS or 2):
        found = recorded(program, "30", level="events")
        assert found.notes == ()
        assert disorder(found.events) == []
