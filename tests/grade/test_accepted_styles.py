"""Right programs of several styles get all points: an exercise asks for no single way."""

from __future__ import annotations

import shutil

import pytest

from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.exercises.exercise_judge import Judgement, judge
from simpsh.grade.sandbox.program_build import program_of

ORPHAN_SELECTS_A_PIDFD = """\
import os, select
before = os.getpid()
end = os.pidfd_open(before)
if os.fork() == 0:
    select.select([end], [], [])
    while os.getppid() == before:
        os.sched_yield()
    print(before, os.getppid(), flush=True)
    os._exit(0)
"""
# The parent lives on for a moment, so that the child sleeps in poll.
ORPHAN_POLLS_A_PIDFD = ORPHAN_SELECTS_A_PIDFD.replace(
    "select.select([end], [], [])",
    "parent = select.poll()\n    parent.register(end, select.POLLIN)\n    parent.poll()",
)
ORPHAN_POLLS_A_PIDFD += "import time\ntime.sleep(0.2)\n"
_WAKEUP = r"""
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile sig_atomic_t is_ready;
static void note(int number) { (void)number; is_ready = 1; }
int main(void) {
    sigset_t mask, before;
    struct sigaction action = {.sa_handler = note};
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mask, &before);
    sigaction(SIGUSR1, &action, NULL);
    pid_t worker = fork();
    if (worker == 0) {
        pause();
        _exit(0);
    }
    WAIT
    printf("ready\n");
    fflush(stdout);
    kill(worker, SIGTERM);
    waitpid(worker, NULL, 0);
    return 0;
}
"""
_SIGNALFD = "int news = signalfd(-1, &mask, 0); struct signalfd_siginfo one;"
WAKEUPS = {
    "pselect": "while (!is_ready) pselect(0, NULL, NULL, NULL, NULL, &before);",
    "ppoll": "while (!is_ready) ppoll(NULL, 0, NULL, &before);",
    "epoll_pwait": "int many = epoll_create1(0); struct epoll_event some;"
    "while (!is_ready) epoll_pwait(many, &some, 1, -1, &before);",
    "signalfd": f"{_SIGNALFD} if (read(news, &one, sizeof one) < 0) return 1;",
    "signalfd and poll": f"{_SIGNALFD} struct pollfd it = {{news, POLLIN, 0}}; poll(&it, 1, -1);"
    "if (read(news, &one, sizeof one) < 0) return 1;",
    "sigwait": "int number; sigwait(&mask, &number);",
}
ZOMBIE = """\
import os, select, signal, sys
way, code = sys.argv[1], int(sys.argv[2])


def child():
    pid = os.fork()
    if pid == 0:
        os._exit(code)
    return pid


if way == "wait":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    pid = child()
    signal.sigwaitinfo({signal.SIGCHLD})
    with open(f"/proc/{pid}/stat") as file:
        print(pid, file.read().rpartition(")")[2].split()[0])
    os.waitpid(pid, 0)
elif way == "ignore":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(write_end)
        os.read(read_end, 1)
        os._exit(code)
    end = os.pidfd_open(pid)
    os.close(write_end)
    select.select([end], [], [])
elif way == "handler":
    read_end, write_end = os.pipe()

    def collect(*_):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            os.write(write_end, b"x")

    signal.signal(signal.SIGCHLD, collect)
    child()
    os.read(read_end, 1)
else:
    middle = os.fork()
    if middle == 0:
        child()
        os._exit(0)
    os.waitpid(middle, 0)
"""
VIEWER_IS_SPAWNED = """\
import os, sys
ending = os.path.splitext(sys.argv[1])[1] if len(sys.argv) == 2 else ""
viewer = {".txt": "cat", ".sh": "sh", ".xyz": "xyzview"}.get(ending)
if viewer is None:
    print("no viewer", file=sys.stderr)
    sys.exit(2)
try:
    pid = os.posix_spawnp(viewer, [viewer, sys.argv[1]], os.environ)
except OSError as error:
    print(f"open-file: {viewer}: {error.strerror}", file=sys.stderr)
    print(f"{viewer} ended with status 127")
    sys.exit(1)
news = os.waitid(os.P_PID, pid, os.WEXITED)
has_ended = news.si_code == os.CLD_EXITED
print(viewer, "ended with status" if has_ended else "was killed by signal", news.si_status)
sys.exit(1 if news.si_status else 0)
"""
# The order in which a shell makes them is not the only one.
SECOND_IS_MADE_FIRST = """\
import os, sys
words = sys.argv[1:]
middle = words.index("--")
read_end, write_end = os.pipe()


def start(command, end, number):
    pid = os.fork()
    if pid == 0:
        os.dup2(end, number)
        os.execvp(command[0], command)
    return pid


second = start(words[middle + 1 :], read_end, 0)
first = start(words[:middle], write_end, 1)
os.close(read_end)
os.close(write_end)
code = 1
for _ in range(2):
    pid, status = os.wait()
    if pid == second:
        code = os.waitstatus_to_exitcode(status)
sys.exit(code)
"""
LINES_OF_A_FIFO = """\
import os, sys
requests = os.open(sys.argv[1], os.O_RDWR)
rest = b""
while True:
    *lines, rest = (rest + os.read(requests, 4096)).split(b"\\n")
    for line in lines:
        if line == b"quit":
            sys.exit(0)
        print("got", line.decode(), flush=True)
"""
SLEEPS_BY_SELECT = """\
import os, select, sys
text = sys.argv[1] if len(sys.argv) == 2 else ""
is_number = text.isascii() and text.isdigit() and len(text) < 3
if not is_number or int(text) > 60:
    print("a number from 0 to 60", file=sys.stderr)
    sys.exit(2)
if os.fork() == 0:
    select.select([], [], [], int(text))
    os._exit(0)
os.wait()
"""
DAEMON_SENDS_A_SIGNAL = """\
import fcntl, os, signal, sys
path, first = os.path.abspath(sys.argv[1]), os.getpid()
READY, REFUSED = signal.SIGUSR1, signal.SIGUSR2
signal.pthread_sigmask(signal.SIG_BLOCK, {READY, REFUSED})
middle = os.fork()
if middle:
    os.waitpid(middle, 0)
    if signal.sigwait({READY, REFUSED}) == READY:
        sys.exit(0)
    print("daemon: one is running already", file=sys.stderr)
    sys.exit(1)
os.setsid()
if os.fork():
    os._exit(0)
os.chdir("/")
os.umask(0o027)
file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
try:
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    os.kill(first, REFUSED)
    os._exit(1)
os.ftruncate(file, 0)
os.write(file, f"{os.getpid()}\\n".encode())
null = os.open("/dev/null", os.O_RDWR)
for number in range(3):
    os.dup2(null, number)
for number in map(int, os.listdir("/proc/self/fd")):
    if number > 2 and number != file:
        try:
            os.close(number)
        except OSError:
            pass
os.kill(first, READY)
while True:
    signal.pause()
"""
STYLES = {
    "an orphan selects on a pidfd": ("make-orphan", ORPHAN_SELECTS_A_PIDFD, "py"),
    "an orphan polls a pidfd": ("make-orphan", ORPHAN_POLLS_A_PIDFD, "py"),
    **{
        f"a wakeup by {name}": ("lost-wakeup", _WAKEUP.replace("WAIT", wait), "c")
        for name, wait in WAKEUPS.items()
    },
    "a zombie by sigwait and a pidfd": ("make-zombie", ZOMBIE, "py"),
    "a viewer is spawned": ("open-file", VIEWER_IS_SPAWNED, "py"),
    "the second of a pipeline is made first": ("pipeline", SECOND_IS_MADE_FIRST, "py"),
    "a FIFO is kept open": ("fifo-server", LINES_OF_A_FIFO, "py"),
    "a daemon sends a signal": ("daemon", DAEMON_SENDS_A_SIGNAL, "py"),
    "a child sleeps in select": ("validate-arguments", SLEEPS_BY_SELECT, "py"),
}


def judged(tmp_path, exercise: str, code: str, end: str) -> Judgement:
    if end == "c" and shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    path = tmp_path / f"mine.{end}"
    path.write_text(code)
    return judge(ExerciseCatalogue().find(exercise), program_of(str(path)))


def instead(found: Judgement) -> dict[str, str]:
    return {check.key: check.instead for check in found.checks if not check.is_passed}


@pytest.mark.parametrize(("exercise", "code", "end"), STYLES.values(), ids=STYLES)
def test_a_right_program_of_another_style_gets_all_points(tmp_path, exercise, code, end):
    assert instead(judged(tmp_path, exercise, code, end)) == {}


def test_a_line_that_stays_in_a_buffer_is_told_of(tmp_path):
    code = _WAKEUP.replace("WAIT", WAKEUPS["pselect"]).replace("fflush(stdout);", "")
    found = instead(judged(tmp_path, "lost-wakeup", code, "c"))
    assert list(found) == ["collected"]
    assert "printf keeps the text in a buffer until fflush or the end" in found["collected"]


def test_what_simpsh_cannot_know_it_does_not_deny(tmp_path):
    # A lock is released at the end of its process: true, and no cause that is followed.
    code = ORPHAN_SELECTS_A_PIDFD.replace("import os, select", "import fcntl, os").replace(
        "end = os.pidfd_open(before)",
        'lock = os.open("lock", os.O_CREAT | os.O_RDWR)\nfcntl.lockf(lock, fcntl.LOCK_EX)',
    )
    code = code.replace("select.select([end], [], [])", "fcntl.lockf(lock, fcntl.LOCK_EX)")
    found = instead(judged(tmp_path, "make-orphan", code, "py"))
    assert list(found) == ["certain"]
    assert found["certain"].startswith("nothing was seen that made the child wait")
