"""Orders that an exercise forces between a process and what it waits for, whatever it sleeps in."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.exercises.exercise_judge import judge
from simpsh.grade.sandbox.program_build import program_of

pytestmark = [
    pytest.mark.needs("ptrace", "compiler"),
    pytest.mark.long("each program is tried in every order"),
]

_WAKEUP = """#define _GNU_SOURCE
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t is_ready;
static void note(int number) { is_ready = number; }

int main(void) {
    sigset_t ready, before;
    int ends[2];
    char bytes[200];
    sigemptyset(&ready);
    sigaddset(&ready, SIGUSR1);
    sigprocmask(SIG_BLOCK, &ready, &before);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = note}, NULL);
    pid_t worker = fork();
    if (worker == 0)
        pause();
    PREPARE
    while (!is_ready) {
        SLEEP
    }
    puts("ready");
    fflush(stdout);
    kill(worker, SIGTERM);
    waitpid(worker, NULL, 0);
    (void)ends, (void)bytes;
}
"""
_EVENT = "struct epoll_event event;"
_SAFE = {
    "sigsuspend": ("", "sigsuspend(&before);"),
    "ppoll": ("", "ppoll(NULL, 0, NULL, &before);"),
    "pselect": ("", "pselect(0, NULL, NULL, NULL, NULL, &before);"),
    "epoll_pwait": (
        f"{_EVENT} int e = epoll_create1(0);",
        "epoll_pwait(e, &event, 1, -1, &before);",
    ),
    "sigwaitinfo": ("", "is_ready = sigwaitinfo(&ready, NULL);"),
    "signalfd": ("int s = signalfd(-1, &ready, 0);", "is_ready = read(s, bytes, 200) > 0;"),
}
_UNBLOCK = "sigprocmask(SIG_SETMASK, &before, NULL);"
_WITH_A_GAP = {
    "pause": ("", "pause();"),
    "sigsuspend": ("", "sigsuspend(&before);"),
    "poll": ("", "poll(NULL, 0, -1);"),
    "select": ("", "select(0, NULL, NULL, NULL, NULL);"),
    "epoll_wait": (f"{_EVENT} int e = epoll_create1(0);", "epoll_wait(e, &event, 1, -1);"),
    "sleep": ("", "sleep(5);"),
    "usleep": ("", "usleep(400000);"),
    "sem_wait": ("sem_t s; sem_init(&s, 0, 0);", "sem_wait(&s);"),
    "read": ("pipe(ends);", "read(ends[0], bytes, 1);"),
}


def failed(tmp_path: Path, exercise: str, text: str, only: str) -> dict[str, str]:
    """Return the reasons by the keys of the checks that a program fails."""
    name = "program.c" if "#include" in text else "program.py"
    (tmp_path / name).write_text(text)
    task = ExerciseCatalogue().find(exercise)
    mark = judge(task, program_of(str(tmp_path / name)), only=only)
    return {check.key: check.instead for check in mark.checks if not check.is_passed}


@pytest.mark.usual("sigsuspend")
@pytest.mark.parametrize("name", _SAFE)
def test_a_signal_right_before_a_sleep_with_its_own_mask_is_not_lost(tmp_path, name):
    prepare, sleep = _SAFE[name]
    text = _WAKEUP.replace("PREPARE", prepare).replace("SLEEP", sleep)
    for key in ("gap", "birth"):
        assert not failed(tmp_path, "lost-wakeup", text, key)


@pytest.mark.usual("pause")
@pytest.mark.parametrize("name", _WITH_A_GAP)
def test_a_signal_between_the_test_and_any_other_sleep_is_lost(tmp_path, name):
    prepare, sleep = _WITH_A_GAP[name]
    text = _WAKEUP.replace("PREPARE", prepare + _UNBLOCK).replace("SLEEP", sleep)
    reason = failed(tmp_path, "lost-wakeup", text, "gap")["gap"]
    assert reason.startswith(
        "what your program waits for came right before it slept, and it sleeps"
    )


@pytest.mark.usual("select.select([read_end], [], [])-True", "time.sleep(0.5)-False", "pass-False")
@pytest.mark.parametrize(
    ("way", "is_right"),
    [
        ("select.select([read_end], [], [])", True),
        ("p = select.poll(); p.register(os.pidfd_open(before)); p.poll()", True),
        ("libc.prctl(1, 10); signal.sigwait({10})", True),
        ("time.sleep(0.5)", False),
        ("pass", False),
    ],
)
def test_an_orphan_waits_for_the_end_of_its_parent_however_late_that_is(tmp_path, way, is_right):
    text = f"""import ctypes, os, select, signal, time
libc = ctypes.CDLL(None)
signal.pthread_sigmask(signal.SIG_BLOCK, {{10}})
before = os.getpid()
read_end, write_end = os.pipe()
if os.fork() == 0:
    os.close(write_end)
    {way}
    print(before, os.getppid(), flush=True)
    os._exit(0)
"""
    found = failed(tmp_path, "make-orphan", text, "certain")
    assert not found if is_right else "certain" in found
