"""A daemon's start: every step, and the errors before it."""

import json
import os
import resource
import signal
import sys

import pytest

from simpsh import AlreadyRunning, PidFile, daemonize, descriptors, snapshot
from simpsh.process.proc import stat
from tests.process.daemon_launch import Launch
from tests.process.forked_children import sleep_for_ever

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
        # 32 and 33 are the C library's own; its posix_spawn leaves them ignored.
        assert set(seen["ignored"]) <= {"SIGPIPE", "SIGXFSZ", "SIG32", "SIG33"}
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


def test_relative_paths_mean_those_of_the_launcher_and_a_log_is_not_for_others(tmp_path):
    def body(say, kept):
        os.umask(0)
        os.chdir(tmp_path)
        os.mkdir("home")
        daemonize(pid_file="pid", log="log", working_directory="home", keep=(kept,))
        say(os.getcwd())
        sleep_for_ever()

    with Launch(body) as launch:
        assert launch.hear() == str(tmp_path / "home")
        assert (tmp_path / "log").stat().st_mode & 0o777 == 0o640
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
        ({"keep": (1 << 40,)}, ValueError, "descriptor 1099511627776 is not open"),
        ({"keep": ("3",)}, TypeError, "'3' in `keep` is no descriptor, and has none"),
        ({"umask": 1.5}, TypeError, "float"),
        ({"keep": (-1,)}, ValueError, "descriptor -1 is not open"),
    ],
)
def test_what_is_wrong_before_the_first_fork_is_an_exception(options, kind, message):
    before = os.listdir("/proc/self/fd")
    with pytest.raises(kind, match=message):
        daemonize(**options)
    assert len(os.listdir("/proc/self/fd")) == len(before)
