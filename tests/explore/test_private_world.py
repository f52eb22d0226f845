"""No run changes anything outside, and a program sees the real files and users."""

import ctypes
import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.base.record import changed
from simpsh.explore import flags as known
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.native_runs import FreeProgram, native_runs
from simpsh.explore.workplace import private_world
from simpsh.explore.workplace.private_world import in_private_world, why_not_private
from simpsh.explore.workplace.workspace import StandardInput
from simpsh.process import proc
from simpsh.process.worker import in_own_process
from tests.harness.sh import run_command
from tests.support.ordinary_user import USER, become_user, import_all

FEW = ExplorationLimits(budget_seconds=60, natives=3)


@pytest.fixture(params=["private", "copied"])
def world(request, monkeypatch):
    """The private world, or a copy as if namespaces were refused."""
    if request.param == "copied":
        monkeypatch.setattr(private_world, "_refusals", ["no namespaces"])
    elif why_not_private():
        pytest.skip(why_not_private())
    return request.param


@pytest.fixture
def umask_of_a_group():
    before = os.umask(0o027)
    yield
    os.umask(before)


def state_of(directory):
    """Return everything that a directory shows, except access times."""
    found = []
    for where, folders, files in os.walk(directory):
        for name in (".", *folders, *files):
            path = os.path.join(where, name)
            facts = os.lstat(path)
            data = Path(path).read_bytes() if os.path.isfile(path) else b""
            owned = facts.st_mode, facts.st_uid, facts.st_gid, facts.st_nlink, facts.st_size
            found.append((path, owned, facts.st_mtime_ns, facts.st_ctime_ns, data))
    return sorted(found)


@contextmanager
def patient_process():
    """A process that blocks all signals, so that they stay pending; only SIGKILL ends it."""
    code = (
        "import signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals());"
        " print('up', flush=True); sys.stdin.read()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True, **pipes) as one:
        assert one.stdout.readline() == b"up\n"
        yield one
        one.stdin.close()


@pytest.mark.parametrize("is_free", [False, True], ids=["explored", "free"])
def test_nothing_outside_changes_whatever_the_program_does(is_free, world, compiled, tmp_path):
    if is_free and world == "copied":
        pytest.skip("there a program that acts outside is never run freely")
    own, outside = tmp_path / "own", tmp_path / "outside"
    own.mkdir()
    (outside / "directory").mkdir(parents=True)
    for path in (outside / "file", outside / "directory" / "file"):
        path.write_text("as it was\n")
    (outside / "link").symlink_to("file")
    (own / "way").symlink_to("../outside")
    program = compiled("flagged_programs/harms_outside.c")
    with patient_process() as victim, ExitStack() as closing, open(outside / "file", "r+") as given:
        for path in (outside, outside / "file"):
            number = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
            closing.callback(os.close, number)
            os.set_inheritable(number, True)
        before = state_of(tmp_path)
        words = (program, str(outside), str(victim.pid))
        target = program_of(words, directory=str(own))
        target = changed(target, input=StandardInput(given.fileno()))
        if is_free:
            runs = in_private_world(partial(native_runs, FreeProgram(target), 3, 60))
            assert [run.output for run in runs] == [b"done"] * 3
        else:
            found = explore(target, FEW)
            # Without a free run, the run ends at the first call that is not examined.
            assert found.texts <= {"done"}
            assert found.flags
        assert state_of(tmp_path) == before
        assert victim.poll() is None
        assert int(proc.status_field(victim.pid, "ShdPnd"), 16) == 0


def test_nothing_is_sent_outside_whatever_the_program_does(world, compiled, tmp_path):
    library = ctypes.CDLL(None)
    library.syscall(250, 1, b"simpsh-test")  # a session keyring, as a login makes one
    with ExitStack() as closing:
        listening = []
        for domain, address in (
            (socket.AF_INET, ("127.0.0.1", 0)),
            (socket.AF_UNIX, "\0simpsh-test-{}"),
            (socket.AF_UNIX, str(tmp_path / "service")),
        ):
            listening.append(closing.enter_context(socket.socket(domain)))
            port = listening[0].getsockname()[1] if listening[1:] else 0
            listening[-1].bind(address.format(port) if isinstance(address, str) else address)
            listening[-1].listen()
            listening[-1].setblocking(False)
        queue = library.msgget(0, 0o600)
        closing.callback(library.msgctl, queue, 0, None)
        victim = closing.enter_context(patient_process())
        words = map(str, (port, queue, victim.pid, tmp_path / "service"))
        program = program_of(
            (compiled("flagged_programs/reaches_outside.c"), *words), directory=str(tmp_path)
        )
        found = explore(program, FEW)
        assert found.texts == ({"done"} if world == "private" else set())
        assert bool(found.natives) == (world == "private")
        for one in listening:
            with pytest.raises(BlockingIOError):
                one.accept()
        assert library.msgrcv(queue, ctypes.create_string_buffer(64), 8, 0, 0o4000) == -1
        assert os.getpriority(os.PRIO_PROCESS, victim.pid) == os.getpriority(os.PRIO_PROCESS, 0)
        assert library.syscall(250, 10, -3, b"user", b"simpsh-test", 0) == -1  # a search for it


def test_no_message_queue_reaches_the_outside_or_the_next_run(world, compiled, tmp_path):
    program = compiled("flagged_programs/message_queue.c")
    found = explore(program_of((program,), directory=str(tmp_path)), FEW)
    assert [*found.flags] == [known.NOT_EXAMINED.of("POSIX message queues")]
    assert found.texts == ({"m"} if world == "private" else set())
    assert ctypes.CDLL(None).mq_unlink(b"/simpsh-told") == -1


LOOKS = {
    "the owner and ctime of a file": "import os; s = os.stat('f'); print(s.st_uid, s.st_ctime_ns)",
    "the umask": "import os; print(os.umask(0))",
    "the highest pid": "print(open('/proc/sys/kernel/pid_max').read())",
    "the path of the directory": "import os; print(os.getcwd(), os.listdir(os.getcwd()))",
    "the order of the directory, the size, links and blocks of a file": "import os;"
    " print([(e.name, e.stat().st_size, e.stat().st_nlink, e.stat().st_blocks)"
    " for e in os.scandir('.')], os.stat('.').st_size, os.stat('.').st_nlink)",
    "a file by its absolute path": "import os; p = os.path.realpath('f'); open(p, 'a').write('x');"
    " print(open('f').read(), open(p).read())",
    "a file beside the directory": "open('../n', 'w').write('n'); print(open('../n').read())",
    "a file in /tmp, and its removal": "import os, tempfile; f, n = tempfile.mkstemp(); os.write(f,"
    " b'x'); print(open(n).read()); os.unlink(n); print(os.path.exists(n))",
}
"""Facts that differ in a copy, and a line of Python that prints each."""


@pytest.mark.parametrize("line", LOOKS.values(), ids=list(LOOKS))
def test_the_private_world_shows_the_facts_of_the_outside(line, tmp_path, umask_of_a_group):
    if why_not_private():
        pytest.skip(why_not_private())
    own = tmp_path / "own"
    own.mkdir()
    for name in ("f", "a", "z", "m", "directory"):
        (own / name).mkdir() if name == "directory" else (own / name).write_text("as it was")
    program = program_of((sys.executable, "-ISc", line), directory=str(own))
    [run, *_] = in_private_world(partial(native_runs, FreeProgram(program), 1, 60))
    outside = run_command([sys.executable, "-ISc", line], cwd=own)
    assert run.output.decode() == outside.stdout


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("echo b > f; bash -c 'test . -ef {} && echo same'", "same"),
        ("read x; echo b > f; bash -c true; echo $x", "a"),
    ],
    ids=["the working directory", "the standard input"],
)
def test_each_run_begins_with_the_restored_files(line, text, tmp_path):
    # Examining bash, in another directory, restores the files, too.
    if why_not_private():
        pytest.skip(why_not_private())
    (tmp_path / "f").write_text("a\n")
    program = program_of((line.format(tmp_path),), directory=str(tmp_path))
    with open(tmp_path / "f") as file:
        found = explore(changed(program, input=StandardInput(file.fileno())), FEW)
    assert found.texts == {f"{text}\n"}
    assert found.has_every_order


def test_files_are_restored_and_the_outside_is_unchanged(tmp_path):
    if why_not_private():
        pytest.skip(why_not_private())
    file = tmp_path / "f"
    file.write_text("a")

    def work():
        root = private_world.current_world().root
        found = []
        for text in "bc":
            file.write_text(text)
            Path("/tmp/simpsh-test-new").write_text("x")
            root.renew()
            found += [file.read_text(), os.path.exists("/tmp/simpsh-test-new")]
        return found, os.listdir("/sys")

    found, names = in_private_world(work, str(tmp_path))
    assert found == ["a", False] * 2
    assert names == os.listdir("/sys"), "the old root cannot be reached"
    assert file.read_text() == "a"


def test_a_link_that_only_the_private_world_refuses_is_named(compiled, tmp_path):
    # Outside, these directories are on one file system; in the private world they are on two.
    home, other = Path("/tmp"), Path("/var/tmp")
    if why_not_private() or home.stat().st_dev != other.stat().st_dev:
        pytest.skip(why_not_private() or "other file systems")
    with TemporaryDirectory(dir=home) as name:
        Path(name, "data").touch()
        argv = compiled("flagged_programs/links_elsewhere.c"), str(other / "simpsh-test-link")
        found = explore(program_of(argv, directory=name), FEW)
    assert known.OTHER_WORLD.of("link from one to another") in found.flags


def test_a_file_with_several_names_is_named_if_it_changes(world, compiled, tmp_path):
    (tmp_path / "one").write_text("abc")
    (tmp_path / "other").hardlink_to(tmp_path / "one")
    program = program_of(("echo x >> one; cat other",), directory=str(tmp_path))
    if world == "copied":
        with pytest.raises(UsageProblem, match="holds what cannot be copied"):
            explore(program, FEW)
    else:
        assert known.REFUSED.of("a file with several names") in explore(program, FEW).flags


@pytest.mark.parametrize("name", ["time_of_use", "links_of_removed"])
def test_differences_of_an_overlay_are_named(name, compiled, tmp_path):
    if why_not_private():
        pytest.skip(why_not_private())
    (tmp_path / "data").write_text("ab")
    program = (compiled(f"flagged_programs/{name}.c"),)
    found = explore(program_of(program, directory=str(tmp_path)), FEW)
    assert [*found.flags] == [OF_FILES]


OF_FILES = known.HANGS_ON.of("inode numbers, times of files or the use of resources")
_RIGHTS = known.NOT_EXAMINED.of("rights")
_ROOM = known.NOT_EXAMINED.of("the kind of a file system, or the room left in it")
SEEN_BY_A_USER = {
    "cat data; test -r data && echo so >> data": [],
    "id -G": [known.NOT_EXAMINED.of("the groups of its user")],
    "stat -c %u data": [OF_FILES],
    "./of_root -u": [known.LACKS_RIGHT, _ROOM],
    "ls -F": [],
    "echo x > own/n; cat own/n; rm -r own/n; echo y > n; rm -f data": [],
    "echo x > others/own/n": [known.OTHER_WORLD.of("{}/others/own/n")],
    "cd others/own; echo x > n": [known.OTHER_WORLD.of("{}/others/own/n")],
    "chgrp 4 own": [_RIGHTS],
    "chmod 700 own": [],
}
"""Lines that an ordinary user runs in a directory of root, and the flags of the differences."""


@pytest.mark.parametrize("line", SEEN_BY_A_USER)
def test_differences_for_an_ordinary_user_are_named(line):
    if why_not_private() or os.geteuid() != 0:
        pytest.skip(why_not_private() or "root is needed")
    import_all()
    with TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        directory = Path(name)
        (directory / "data").write_text("ab")
        for own in (directory / "own", directory / "others" / "own"):
            own.mkdir(parents=True)
            os.chown(own, USER, USER)
        shutil.copy(shutil.which("id"), directory / "of_root")
        (directory / "of_root").chmod(0o4755)

        def as_ordinary_user():
            os.chdir(name)
            become_user(4, USER)
            words = line.split() if line.startswith("./") else [line]
            return explore(program_of(tuple(words), directory=name), FEW)

        found = in_own_process(as_ordinary_user, 120)
    expected = [flag.of(flag.detail.format(name)) for flag in SEEN_BY_A_USER[line]]
    assert list(found.flags) == expected


def test_pids_begin_where_the_memory_of_a_shell_has_few_other_numbers(tmp_path):
    # In a container, and soon after the start of a machine, pids have fewer digits outside.
    if why_not_private():
        pytest.skip(why_not_private())
    script = "p=$$; echo ${#p}"
    program = program_of((shutil.which("sh"), "-c", script), directory=str(tmp_path))
    assert in_private_world(partial(explore, program, FEW)).texts in ({"5\n"}, {"6\n"}, {"7\n"})
