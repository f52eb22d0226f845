"""A daemon's start: its steps, errors before it, and the report to the launcher."""

import asyncio
import json
import os
import resource
import signal
import sys
import tempfile

import pytest

from simpsh import AlreadyRunning, PidFd, PidFile, daemonize, descriptors, snapshot
from simpsh.process.open_files import fdinfo_lines
from simpsh.process.proc import ProcDirectory
from simpsh.process.process_tree import children
from tests.harness.process import (
    collected,
    end,
    fork_child,
    has_no_children,
    pipe,
    send,
    sleep_for_ever,
    wait_until,
)
from tests.harness.sh import PROJECT, run_command
from tests.process.diagnosed_children import diagnosed, skip_without_calls


class Launch:
    """Run a launcher in a child and hold its result."""

    def __init__(self, body):
        """Run `body(say, report_end)` in a launcher; `say` sends JSON to the test."""
        self.read_end, write_end = os.pipe()
        # Use a file, not a pipe: a daemon that keeps its standard error open would block the read.
        errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed below

        def launcher():
            os.dup2(errors.fileno(), 2)
            sys.stderr = os.fdopen(2, "w", closefd=False)
            body(lambda value: os.write(write_end, json.dumps(value).encode() + b"\n"), write_end)

        pid = fork_child(launcher)
        os.close(write_end)
        self.status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.launcher = pid
        with errors:
            errors.seek(0)
            self.errors = errors.read()

    def __enter__(self):
        return self

    def hear(self):
        """Return the daemon's next message."""
        line = b""
        while not line.endswith(b"\n"):
            byte = os.read(self.read_end, 1)
            assert byte, f"the daemon has ended; launcher: {self.errors}"
            line += byte
        return json.loads(line)

    def __exit__(self, *exception):
        os.close(self.read_end)
        # The test runner is a subreaper: it has adopted the daemon, and adopts the daemon's
        # children when the daemon dies.
        while strangers := [one for one in children(os.getpid()) if one.sid != os.getsid(0)]:
            for one in strangers:
                send(one.pid, signal.SIGKILL)
                wait_until(lambda one=one: collected(one.pid), f"{one.pid} is gone")


def test_the_daemon_inherits_no_session_signals_or_descriptors(tmp_path):
    os.set_inheritable(inherited := os.open("/dev/zero", os.O_RDONLY), True)
    high = os.dup2(inherited, 900)

    def body(say, report_end):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        # With a soft limit of 100, a loop up to the limit misses descriptor 900.
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, resource.getrlimit(7)[1]))
        os.chdir(tmp_path)
        daemonize(keep=(report_end,), umask=0o027)
        say(os.umask(0))
        sleep_for_ever()

    with Launch(body) as launch:
        assert (launch.status, launch.errors) == (0, "")
        assert launch.hear() == 0o027
        (pid,) = [one.pid for one in children(os.getpid()) if one.sid != os.getsid(0)]
        seen = snapshot(pid)
        assert pid != launch.launcher
        # The daemon is not a session leader, so a terminal that it opens cannot become its
        # controlling terminal.
        assert seen.sid == seen.pgid != pid
        assert (seen.tty, seen.cwd) == (0, "/")
        table = {one.number: (one.target, one.mode) for one in descriptors(pid)}
        assert [table.pop(number) for number in (0, 1, 2)] == [("/dev/null", "rw")] * 3
        report_pipe = os.readlink(f"/proc/self/fd/{launch.read_end}")
        assert [target for target, _ in table.values()] == [report_pipe]
        # 32 and 33 are internal to the C library; its posix_spawn leaves them ignored.
        assert {one.name for one in seen.ignored} <= {"SIGPIPE", "SIGXFSZ", "SIG32", "SIG33"}
        assert seen.blocked == ()
    os.close(inherited)
    os.close(high)


def test_paths_are_relative_to_the_launcher_and_the_daemon_owns_the_pid_file(tmp_path):
    (tmp_path / "log").write_text("before\n")

    def body(say, report_end):
        sys.stdout = os.fdopen(1, "w", closefd=False)
        os.umask(0)
        os.chdir(tmp_path)
        os.mkdir("home")
        os.rename("log", "old log")
        daemonize(log="log", keep=(report_end,))
        say(os.getcwd())

    with Launch(body) as launch:
        assert launch.hear() == "/"
        assert (tmp_path / "log").stat().st_mode & 0o777 == 0o640, "a log is not for others"

    def serves(say, report_end):
        sys.stdout = os.fdopen(1, "w", closefd=False)
        os.chdir(tmp_path)
        daemon = daemonize(
            pid_file="pid", log="old log", working_directory="home", keep=(report_end,)
        )
        print("from print")
        print("from stderr", file=sys.stderr, flush=True)
        sys.stdout.flush()
        os.write(1, b"from write\n")
        modes = [one.mode for one in descriptors(os.getpid())][:3]
        say([os.getcwd(), modes, daemon.pid, daemon.pid_file is not None])
        sleep_for_ever()

    path = tmp_path / "pid"
    with Launch(serves) as launch:
        assert (launch.status, launch.errors) == (0, "")
        directory, modes, pid, has_file = launch.hear()
        assert (directory, modes, has_file) == (str(tmp_path / "home"), ["rw", "w", "w"], True)
        log = (tmp_path / "old log").read_text().splitlines()
        assert log[0] == "before"
        assert set(log[1:]) == {"from print", "from stderr", "from write"}
        assert PidFile.read(path) == PidFile.holder(path) == pid
        with pytest.raises(AlreadyRunning, match=f"already running as process {pid} "):
            daemonize(pid_file=path)
    assert PidFile.holder(path) is None


def test_it_starts_with_closed_standard_descriptors_too(tmp_path):
    def body(say, report_end):
        report_end = os.dup2(report_end, 50)
        os.closerange(0, 3)
        sys.stdin = sys.stdout = sys.stderr = None
        daemonize(keep=(report_end,), pid_file=tmp_path / "pid", log=tmp_path / "log")
        table = {one.number: one.target for one in descriptors(os.getpid())}
        os.write(50, json.dumps([table[0], table[1], table[2]]).encode() + b"\n")
        sleep_for_ever()

    with Launch(body) as launch:
        assert launch.hear() == ["/dev/null", f"{tmp_path}/log", f"{tmp_path}/log"]


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"working_directory": "/no/such"}, FileNotFoundError, "No such file"),
        ({"working_directory": "/dev/null"}, NotADirectoryError, "Not a directory"),
        ({"log": "/no/such/log"}, FileNotFoundError, "No such file"),
        ({"pid_file": "/no/such/pid"}, FileNotFoundError, "No such file"),
        ({"umask": 0o1000}, ValueError, "umask 0o1000 is not between"),
        ({"umask": -1}, ValueError, "is not between"),
        ({"keep": (9999,)}, ValueError, "descriptor 9999 is not open"),
        ({"keep": (1 << 40,)}, ValueError, "descriptor 1099511627776 is not open"),
        ({"keep": ("3",)}, TypeError, "or objects that have one, not '3'"),
        ({"umask": 1.5}, TypeError, "a umask is a number, such as 0o022, not 1.5"),
        ({"keep": (-1,)}, ValueError, "descriptor -1 is not open"),
    ],
)
def test_a_mistake_before_the_first_fork_raises_an_exception(options, kind, message):
    before = os.listdir("/proc/self/fd")
    with pytest.raises(kind, match=message):
        daemonize(**options)
    assert len(os.listdir("/proc/self/fd")) == len(before)


# -- a daemon's word to its launcher ------------------------------------------------------------


def daemon_of(launcher):
    """Return the daemon whose report this launcher awaits; found through its pidfd."""
    diagnosed(launcher, "poll")
    numbers = [it.number for it in descriptors(launcher) if it.target == "anon_inode:[pidfd]"]
    with ProcDirectory(launcher) as directory:
        [daemon] = [int(dict(fdinfo_lines(directory, number))["Pid"]) for number in numbers]
    return daemon


def test_the_launcher_waits_until_the_daemon_is_ready():
    skip_without_calls()
    gate_read, gate_write = os.pipe()

    def launcher_body(say, report_end):
        os.close(gate_write)
        daemon = daemonize(keep=(gate_read, report_end), wait_until_ready=True)
        os.read(gate_read, 1)
        daemon.ready()
        daemon.ready()
        daemon.failed("too late to fail")
        sleep_for_ever()

    pid = fork_child(lambda: Launch(launcher_body).status)
    os.close(gate_read)
    # The starter waits for the launcher; the launcher waits for the daemon's report or death.
    daemon = daemon_of(wait_until(lambda: children(pid), "the launcher")[0].pid)
    assert os.waitpid(pid, os.WNOHANG) == (0, 0)
    os.write(gate_write, b"x")
    os.close(gate_write)
    assert os.waitpid(pid, 0)[1] == 0
    end(daemon)


@pytest.mark.parametrize(
    ("end", "errors"),
    [
        (lambda daemon: daemon.failed("no such\ndatabase"), "no such database\n"),
        (lambda _: os.kill(os.getpid(), signal.SIGKILL), "the daemon did not become ready\n"),
        (lambda daemon: daemon.failed("x" * 100_000), "x" * 3500 + "\n"),
        (lambda daemon: daemon.failed("  "), "it gave no reason\n"),
        # A worker that inherited the pipe to the launcher outlives the daemon.
        (lambda _: (fork_child(sleep_for_ever), os._exit(3)), "the daemon did not become ready\n"),
        (lambda daemon: (fork_child(sleep_for_ever), daemon.ready(), sleep_for_ever()), ""),
    ],
)
def test_the_launcher_reports_the_fate_of_its_daemon(end, errors):
    def body(say, report_end):
        end(daemonize(wait_until_ready=True))

    with Launch(body) as launch:
        assert (launch.status, launch.errors) == (1 if errors else 0, errors)


ENDING = """
import os, signal, sys
from simpsh import daemonize

def two_lines(daemon): raise ValueError("a\\nb")
def leave_with_text(daemon): raise SystemExit("no database")
def interrupt(daemon): signal.raise_signal(signal.SIGINT)
def give_up_twice(daemon): daemon.failed("first"); int("x")
def end_after_ready(daemon): daemon.ready(); int("x")
def end_a_child(daemon): os.fork() or int("in the child"); os.wait(); daemon.ready()

log = {"log": sys.argv[2]} if len(sys.argv) > 2 else {}
globals()[sys.argv[1]](daemonize(wait_until_ready=True, **log))
"""


def ended_daemon(*words):
    """Run a daemon that ends; return its launcher's status and errors, after the daemon's end."""
    done = run_command([sys.executable, "-c", ENDING, *words], cwd=PROJECT)
    wait_until(has_no_children, "every process of the launch is collected")
    return done.returncode, done.stderr


def test_an_exception_after_the_report_changes_nothing_and_the_log_has_its_traceback(tmp_path):
    log = tmp_path / "log"
    assert ended_daemon("end_after_ready", str(log)) == (0, "")
    assert log.read_text().endswith("ValueError: invalid literal for int() with base 10: 'x'\n")
    assert ended_daemon("give_up_twice") == (1, "first\n")
    assert ended_daemon("end_a_child") == (0, "")
    for case, last in (
        ("two_lines", "\nValueError: a\nb\n"),
        ("interrupt", "\nKeyboardInterrupt\n"),
        ("leave_with_text", "no database\n"),
    ):
        status, errors = ended_daemon(case, str(log))
        assert (status, errors.rpartition("; ")[2]) == (1, f"its output is in {log}\n")
        assert log.read_text().endswith(last)


def test_the_launcher_reports_an_error_after_the_first_fork(tmp_path):
    home = tmp_path / "home"
    home.mkdir()

    def body(say, report_end):
        def vanishes(path):
            os.rmdir(home)
            return chdir(path)

        from simpsh.process import daemon

        chdir, daemon.chdir = daemon.chdir, vanishes
        daemonize(working_directory=home)
        say("never")

    with Launch(body) as launch:
        assert launch.status == 1
        assert launch.errors == f"cannot become a daemon: {home}: No such file or directory\n"


def test_the_daemon_survives_a_killed_launcher():
    def body():
        daemon = daemonize(keep=(gate_read, write_end), wait_until_ready=True)
        os.write(write_end, b"%d" % os.getpid())
        os.read(gate_read, 1)
        daemon.ready()
        os.write(write_end, b"still here")
        sleep_for_ever()

    with pipe() as (gate_read, gate_write), pipe() as (read_end, write_end):
        pid = fork_child(body)
        daemon = int(os.read(read_end, 20))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.write(gate_write, b"x")
        assert os.read(read_end, 20) == b"still here"
    end(daemon)
    # The intermediate process of the double fork may end late.
    wait_until(has_no_children, "every process of the launch is collected")


SERVER = """
import os, signal, sys
from simpsh import daemonize
print("before the daemon", flush=True)
if os.fork() == 0:
    if "handles" in sys.argv:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
    daemonize(pid_file=sys.argv[1], wait_until_ready=True).ready()
    if "worker" in sys.argv and os.fork() == 0:
        os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()
os.wait()
print("started")
"""


def test_a_captured_command_that_leaves_a_daemon_ends_at_once(tmp_path):
    """The first bug report: a server holds the pipe of a shell that captures its output."""
    done = run_command([sys.executable, "-c", SERVER, tmp_path / "pid"], cwd=PROJECT)
    assert done.returncode == 0
    assert (done.stdout, done.stderr) == ("before the daemon\nstarted\n", "")
    end(PidFile.read(tmp_path / "pid"))


@pytest.mark.parametrize(
    ("words", "number", "status", "remains"),
    [
        ((), signal.SIGTERM, -signal.SIGTERM, False),
        (("handles",), signal.SIGTERM, 7, False),
        (("worker",), signal.SIGINT, -signal.SIGINT, False),
        ((), signal.SIGKILL, -signal.SIGKILL, True),
    ],
)
def test_the_pid_file_is_empty_after_sigterm_and_exit(tmp_path, words, number, status, remains):
    path = tmp_path / "pid"
    assert run_command([sys.executable, "-c", SERVER, path, *words], cwd=PROJECT).returncode == 0
    with PidFd.open(pid := PidFile.read(path)) as process:
        if words == ("worker",):
            worker = wait_until(lambda: children(pid), "the worker of the daemon")[0].pid
            wait_until(lambda: snapshot(worker).state == "Z", "SIGTERM has ended the worker")
        assert PidFile.holder(path) == pid, "a worker's end leaves the file"
        process.send_signal(number)
        assert process.wait(60).returncode == status
    assert bool(path.read_text()) is remains
    with PidFile(path):
        pass
    wait_until(has_no_children, "every process of the launch is collected")


def test_a_keyboard_interrupt_ends_the_waiting_launcher_with_130():
    skip_without_calls()

    def launcher():
        daemonize(wait_until_ready=True)
        sleep_for_ever()

    pid = fork_child(launcher)
    daemon = daemon_of(pid)
    os.kill(pid, signal.SIGINT)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
    end(daemon)


def test_inside_a_running_event_loop_it_says_what_to_do():
    async def body():
        daemonize()

    with pytest.raises(RuntimeError, match=r"call it first, and then asyncio\.run\(\)"):
        asyncio.run(body())
