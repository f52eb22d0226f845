"""A daemon's start: every step, its errors, its word to the launcher, and the hang it cures."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile

import pytest

from simpsh import AlreadyRunning, PidFile, daemonize, descriptors, pipe_holders, snapshot
from simpsh.process.kinship import children
from simpsh.process.process_stat import stat
from tests.process.forking import (
    child,
    collected,
    diagnosed,
    end_orphan,
    fork_child,
    kill_now,
    run_alone,
    sleep_for_ever,
    until,
)


class Launch:
    """A launcher in a process of its own, and what comes of it."""

    def __init__(self, body):
        """Run `body(say)` in a launcher; `say` sends JSON from the daemon to the test."""
        self.read_end, write_end = os.pipe()
        # No pipe: a daemon that keeps its standard error would keep us reading.
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
        # The daemon, an orphan now, is a child of the test runner, which is a subreaper.
        for one in children(os.getpid()):
            if one.sid != os.getsid(0):
                kill_now(one.pid)
                until(lambda one=one: collected(one.pid), f"{one.pid} is gone")


# -- the steps ---------------------------------------------------------------------------------


def describe():
    """What a daemon can say about itself."""
    seen = snapshot(os.getpid())
    table = {one.number: (one.target, one.mode) for one in descriptors(os.getpid())}
    mask = os.umask(0)
    return {
        "pid": seen.pid,
        "sid": seen.sid,
        "pgid": seen.pgid,
        "tty": seen.tty,
        "cwd": seen.cwd,
        "umask": mask,
        "table": table,
        "ignored": [one.name for one in seen.ignored],
        "blocked": [one.name for one in seen.blocked],
    }


def test_the_daemon_has_left_everything_behind(tmp_path):
    os.set_inheritable(inherited := os.open("/dev/zero", os.O_RDONLY), True)
    high = os.dup2(inherited, 900)

    def body(say, kept):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        # Below the soft limit there is no descriptor to find for who loops up to it.
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, resource.getrlimit(7)[1]))
        os.chdir(tmp_path)
        daemonize(keep=(kept,), umask=0o027)
        say(describe())
        sleep_for_ever()

    with Launch(body) as launch:
        assert (launch.status, launch.errors) == (0, "")
        seen = launch.hear()
        pid = seen["pid"]
        assert pid != launch.launcher
        assert seen["sid"] == seen["pgid"] != pid
        assert seen["tty"] == 0
        assert (seen["cwd"], seen["umask"]) == ("/", 0o027)
        table = {int(number): tuple(line) for number, line in seen["table"].items()}
        assert [table.pop(number) for number in (0, 1, 2)] == [("/dev/null", "rw")] * 3
        assert [target for target, _ in table.values()] == [
            os.readlink(f"/proc/self/fd/{launch.read_end}")
        ]
        assert set(seen["ignored"]) <= {"SIGPIPE", "SIGXFSZ"}
        assert seen["blocked"] == []
        # It is no session leader: opening a terminal gives it none.
        assert stat(pid).sid != pid
    os.close(inherited)
    os.close(high)


def test_output_goes_to_the_log_and_is_appended(tmp_path):
    log = tmp_path / "log"
    log.write_text("before\n")

    def body(say, kept):
        daemonize(log=log, keep=(kept,))
        print("from print")
        print("from stderr", file=sys.stderr, flush=True)
        sys.stdout.flush()
        os.write(1, b"from write\n")
        say([one.mode for one in descriptors(os.getpid())][:3])
        sleep_for_ever()

    def launcher(say, kept):
        sys.stdout = os.fdopen(1, "w", closefd=False)
        body(say, kept)

    with Launch(launcher) as launch:
        assert launch.status == 0
        assert launch.hear() == ["rw", "w", "w"]
        assert set(log.read_text().split("\n")) == {
            "before",
            "from print",
            "from stderr",
            "from write",
            "",
        }
        assert log.read_text().startswith("before\n")


def test_a_new_log_is_not_for_everybody(tmp_path):
    def body(say, kept):
        os.umask(0)
        daemonize(log=tmp_path / "log", keep=(kept,))
        say(0)

    with Launch(body) as launch:
        launch.hear()
        assert (tmp_path / "log").stat().st_mode & 0o777 == 0o640


def test_relative_paths_mean_those_of_the_launcher(tmp_path):
    def body(say, kept):
        os.chdir(tmp_path)
        os.mkdir("home")
        daemonize(pid_file="pid", log="log", working_directory="home", keep=(kept,))
        say(os.getcwd())
        sleep_for_ever()

    with Launch(body) as launch:
        assert launch.hear() == str(tmp_path / "home")
        assert (tmp_path / "log").exists()
        assert (tmp_path / "pid").exists()


def test_the_pid_file_holds_the_daemons_pid_and_lock(tmp_path):
    path = tmp_path / "pid"

    def body(say, kept):
        daemon = daemonize(pid_file=path, keep=(kept,))
        assert daemon.pid_file is not None
        say(daemon.pid)
        sleep_for_ever()

    with Launch(body) as launch:
        pid = launch.hear()
        assert PidFile.read(path) == pid
        assert PidFile.holder(path) == pid
        with pytest.raises(AlreadyRunning, match=f"already running as process {pid} "):
            daemonize(pid_file=path)
    assert PidFile.holder(path) is None


def test_it_starts_with_closed_standard_descriptors_too(tmp_path):
    def body(say, kept):
        kept = os.dup2(kept, 50)
        os.closerange(0, 3)
        sys.stdin = sys.stdout = sys.stderr = None
        daemonize(keep=(kept,), pid_file=tmp_path / "pid", log=tmp_path / "log")
        table = {one.number: one.target for one in descriptors(os.getpid())}
        os.write(50, json.dumps([table[0], table[1], table[2]]).encode() + b"\n")
        sleep_for_ever()

    with Launch(body) as launch:
        assert launch.hear() == ["/dev/null", f"{tmp_path}/log", f"{tmp_path}/log"]


# -- readiness ---------------------------------------------------------------------------------


def test_the_launcher_waits_until_the_daemon_is_ready():
    gate_read, gate_write = os.pipe()

    def launcher_body(say, kept):
        os.close(gate_write)
        daemon = daemonize(keep=(gate_read, kept), wait_until_ready=True)
        os.read(gate_read, 1)
        daemon.ready()
        daemon.ready()
        daemon.failed("too late to fail")
        sleep_for_ever()

    def starter():
        launch = Launch(launcher_body)
        return launch.status

    pid = fork_child(starter)
    os.close(gate_read)
    # The starter waits for the launcher, the launcher reads the readiness pipe.
    launcher = until(lambda: children(pid), "the launcher")[0].pid
    daemon = diagnosed(launcher, "empty pipe").waits_for
    assert len(daemon) == 1
    assert os.waitpid(pid, os.WNOHANG) == (0, 0)
    os.write(gate_write, b"x")
    os.close(gate_write)
    assert os.waitpid(pid, 0)[1] == 0
    end_orphan(daemon[0])


@pytest.mark.parametrize(
    ("end", "errors"),
    [
        (lambda daemon: daemon.failed("no such\ndatabase"), "no such database\n"),
        (
            lambda _: os._exit(3),
            "the daemon did not become ready: it exited with status 3\n",
        ),
        (
            lambda _: os.kill(os.getpid(), signal.SIGKILL),
            "the daemon did not become ready: it was killed by SIGKILL (Killed)\n",
        ),
        (
            lambda daemon: daemon.failed("x" * 100_000),
            "x" * 3500 + "\n",
        ),
        (
            lambda daemon: daemon.failed("  "),
            "it gave no reason\n",
        ),
    ],
)
def test_a_failing_daemon_is_the_launchers_error(end, errors):
    def body(say, kept):
        end(daemonize(wait_until_ready=True))

    with Launch(body) as launch:
        assert (launch.status, launch.errors) == (1, errors)


def test_an_error_after_the_first_fork_is_the_launchers(tmp_path):
    home = tmp_path / "home"
    home.mkdir()

    def body(say, kept):
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


def test_a_launcher_that_is_gone_does_not_hurt_the_daemon():
    gate_read, gate_write = os.pipe()

    def body(say, kept):
        daemon = daemonize(keep=(gate_read, kept), wait_until_ready=True)
        say(os.getpid())
        os.read(gate_read, 1)
        daemon.ready()
        say("still here")
        sleep_for_ever()

    read_end, write_end = os.pipe()
    pid = fork_child(
        lambda: body(lambda value: os.write(write_end, f"{value}\n".encode()), write_end)
    )
    daemon = int(os.read(read_end, 20))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.write(gate_write, b"x")
    assert os.read(read_end, 20) == b"still here\n"
    end_orphan(daemon)
    for one in (read_end, write_end, gate_read, gate_write):
        os.close(one)


# -- errors before the first fork are exceptions -----------------------------------------------


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
        ({"keep": (-1,)}, ValueError, "descriptor -1 is not open"),
    ],
)
def test_what_is_wrong_before_the_first_fork_is_an_exception(options, kind, message):
    before = os.listdir("/proc/self/fd")
    with pytest.raises(kind, match=message):
        daemonize(**options)
    assert len(os.listdir("/proc/self/fd")) == len(before)


# -- the classic mistakes: closing instead of redirecting, leaking a descriptor ----------------


def mistaken_daemon(close_standard):
    """The usual recipe without its care; returns in the daemon."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    if close_standard:
        os.closerange(0, 3)


def prints_while_a_database_is_open(database):
    descriptor = os.open(database, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, b"RECORD1\n")
    with contextlib.suppress(OSError):
        os.write(1, b"debug message\n")
    os.write(descriptor, b"RECORD2\n")


def test_mistake_4_closing_instead_of_redirecting_writes_messages_into_the_database(tmp_path):
    mistaken, ours = tmp_path / "mistaken", tmp_path / "ours"

    def body(say, kept):
        mistaken_daemon(close_standard=True)
        # The first two files to be opened become 0 and 1.
        os.open("/dev/null", os.O_RDONLY)
        prints_while_a_database_is_open(mistaken)
        say(0)

    with Launch(body) as launch:
        launch.hear()
        assert mistaken.read_bytes() == b"RECORD1\ndebug message\nRECORD2\n"

    def careful(say, kept):
        daemonize(keep=(kept,))
        os.open("/dev/null", os.O_RDONLY)
        prints_while_a_database_is_open(ours)
        say(0)

    with Launch(careful) as launch:
        launch.hear()
        assert ours.read_bytes() == b"RECORD1\nRECORD2\n"


def somebodys_pipe(start):
    """Run `start` with a further inherited descriptor: the write end of somebody's pipe."""
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    with Launch(start) as launch:
        launch.hear()
        os.close(write_end)
        holders = pipe_holders(os.fstat(read_end).st_ino).writers
        is_at_end = not holders
        if is_at_end:
            assert os.read(read_end, 1) == b""
    os.close(read_end)
    return is_at_end


def test_mistake_5_a_leaked_descriptor_keeps_somebodys_pipe_open():
    def mistaken(say, kept):
        mistaken_daemon(close_standard=False)
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        say(0)
        sleep_for_ever()

    def ours(say, kept):
        daemonize(keep=(kept,))
        say(0)
        sleep_for_ever()

    assert somebodys_pipe(mistaken) is False
    assert somebodys_pipe(ours) is True


# -- the hang of the very first report ---------------------------------------------------------

SERVER = """
import os, signal, sys
from simpsh import daemonize
HOW = sys.argv[1]
if HOW == "forked":
    if os.fork() == 0:
        signal.pause()
else:
    print("before the daemon", flush=True)
    if os.fork() == 0:
        daemonize(pid_file=sys.argv[2], wait_until_ready=True).ready()
        signal.pause()
    os.wait()
print("started")
"""


def test_a_captured_command_that_leaves_a_server_hangs_and_with_daemonize_it_ends_at_once(tmp_path):
    """The whole story: hang, diagnosis, end of the hang; then the same with daemonize."""
    program = tmp_path / "server.py"
    program.write_text(SERVER)
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}

    def capture(how):
        command = [sys.executable, str(program), how, str(tmp_path / "pid")]
        return subprocess.run(command, capture_output=True, env=environment, check=True)

    def hangs():
        capture("forked")

    with child(hangs) as pid:
        zombie = until(
            lambda: [one.pid for one in children(pid) if one.state == "Z"], "the command has ended"
        )[0]
        found = diagnosed(pid, "poll")
        (server,) = found.waits_for
        text = "\n".join(found.lines())
        assert {holder.pid: holder.numbers for holder in found.holders if 1 in holder.numbers} == {
            server: (1,)
        }
        assert {holder.numbers for holder in found.holders} == {(1,), (2,)}
        assert f"Process {server} " in text
        for descriptor in (1, 2):
            place = f"holds a write end as descriptor {descriptor}: "
            assert f"{place}probably an orphan of process {zombie} [" in text
    end_orphan(server)

    done = capture("daemon")
    assert (done.stdout, done.stderr) == (b"before the daemon\nstarted\n", b"")
    end_orphan(PidFile.read(tmp_path / "pid"))


def test_the_daemon_never_comes_back_into_the_launchers_code(tmp_path):
    """Handlers and `finally` blocks of the launcher run in neither launcher nor intermediate."""
    note = tmp_path / "note"

    def body(say, kept):
        try:
            daemonize(keep=(kept,))
            say(os.getpid())
            sleep_for_ever()
        finally:
            with note.open("a") as file:
                file.write("finally\n")

    with Launch(body) as launch:
        launch.hear()
        assert not note.exists()


def test_a_keyboard_interrupt_ends_the_waiting_launcher_with_130():
    def body():
        daemonize(wait_until_ready=True)
        sleep_for_ever()

    def launcher():
        # As in a shell without job control the children ignore what the keyboard sends.
        body()

    pid = fork_child(launcher)
    daemon = diagnosed(pid, "empty pipe").waits_for
    os.kill(pid, signal.SIGINT)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
    end_orphan(daemon[0])


def test_run_alone_reports_what_went_wrong():
    """The helper that other tests rely on really fails."""
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        run_alone(lambda: 1 / 0)
