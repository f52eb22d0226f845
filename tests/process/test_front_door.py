"""`import simpsh` costs next to nothing, and gives users names that type-check."""

import compileall
import errno
import json
import os
import re
import resource
import subprocess
import sys
import textwrap

import pytest

import simpsh
from simpsh.base import descriptor_limit
from simpsh.base.patience import patience

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))


def run(program, *options):
    environment = {**os.environ, "PYTHONPATH": ROOT}
    return subprocess.run(
        [sys.executable, *options, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_importing_loads_nothing_heavy():
    program = "import sys; b = set(sys.modules); import simpsh; a = set(sys.modules) - b; print(*a)"
    assert set(run(program).split()) <= {
        *("simpsh", "__future__", "errno"),
        *("simpsh.base", "simpsh.base.descriptor_limit"),
    }


def test_looking_loads_neither_asyncio_nor_the_line_editor():
    program = (
        "import simpsh, sys, json; simpsh.diagnose; simpsh.PidFd; print(json.dumps([*sys.modules]))"
    )
    loaded = json.loads(run(program))
    assert {"asyncio", "rich", "prompt_toolkit", "typing"} & set(loaded) == set()


@pytest.mark.skipif(patience() > 1, reason="a slow machine says nothing of five milliseconds")
def test_importing_costs_under_five_milliseconds():
    compileall.compile_dir(os.path.join(ROOT, "simpsh"), quiet=1)

    def cost(program):
        # CPU time, not the clock: what else the machine does must not count.
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    bare, ours = (
        f"import sys; sys.path[:0] = [{ROOT!r}]",
        f"import sys; sys.path[:0] = [{ROOT!r}]; import simpsh",
    )
    # In turns, so that what else the machine does hits both; the least disturbed runs count.
    pairs = [(cost(bare), cost(ours)) for _ in range(15)]
    difference = min(two for _, two in pairs) - min(one for one, _ in pairs)
    assert difference < 0.005, f"{difference * 1000:.1f} ms"


def test_every_public_name_is_there_and_listed():
    assert len(simpsh.__all__) == len(set(simpsh.__all__))
    for name in simpsh.__all__:
        assert getattr(simpsh, name) is not None
        assert name in dir(simpsh)
    with pytest.raises(AttributeError, match="module 'simpsh' has no attribute 'nonsense'"):
        _ = simpsh.nonsense
    # No public name is a room's.
    rooms = {
        name.removesuffix(".py")
        for name in os.listdir(os.path.join(ROOT, "simpsh"))
        if not name.startswith("_")
    }
    assert set(simpsh.__all__) & rooms == set()


def test_the_names_for_the_type_checker_are_those_of_the_interpreter():
    with open(os.path.join(ROOT, "simpsh", "__init__.py"), encoding="utf-8") as file:
        text = file.read()
    block = text[text.index("if TYPE_CHECKING:") : text.index("_HOMES")]
    scope = {}
    exec(textwrap.dedent(block.partition("\n")[2].partition("\n# ")[0]), scope)
    scope.pop("__builtins__")
    assert set(scope) == set(simpsh.__all__)
    assert all(getattr(simpsh, name) is value for name, value in scope.items())


USER = """
import asyncio
import simpsh
from simpsh import Exited, PidFd, WaitStatus


def code_of(status: WaitStatus) -> int | None:
    return status.code if isinstance(status, Exited) else None


with PidFd.open(1) as process:
    info: simpsh.ExitInfo = process.wait()
    code: int | None = code_of(info.status)
    seconds: float = info.rusage.ru_utime


async def end(pid: int) -> simpsh.ExitInfo:
    with simpsh.AsyncPidFd.open(pid) as child:
        return await child.wait()


daemon: simpsh.Daemon = simpsh.daemonize(pid_file="x", keep=[1, open("y")], wait_until_ready=True)
daemon.ready()
ppids: list[int] = [relative.process.ppid for relative in simpsh.family(1)]
names: tuple[str, ...] = simpsh.diagnose(1).lines()
readers: tuple[simpsh.Holder, ...] = simpsh.pipe_holders(simpsh.descriptors(1)[0]).readers
with simpsh.Subreaper(deadline_seconds=1.5) as subtree, simpsh.ignore_children():
    collected: list[simpsh.ExitInfo] = subtree.collected
asyncio.run(end(simpsh.double_fork(lambda: None)))
reveal_type(simpsh.snapshot(1).state)
simpsh.until_state(1, 5)
simpsh.nosuch
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_mypy_strict_knows_the_types_for_users_of_the_package(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "user.py").write_text(USER)
    options = ("-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"))
    done = subprocess.run(
        [sys.executable, *options, "user.py"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": ROOT},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.split("\n") if line.startswith("user.py")]
    assert len(lines) == 3, done.stdout + done.stderr
    assert 'Revealed type is "str"' in lines[0] or 'Revealed type is "builtins.str"' in lines[0]
    assert 'has incompatible type "int"; expected "str"' in lines[1]
    assert 'Module has no attribute "nosuch"' in lines[2]


# -- no descriptor is left ------------------------------------------------------------------------

AT_THE_LIMIT = """
import os, resource, simpsh
def least(free):
    # So many are free below the limit; which numbers are open already must not matter.
    taken = [os.open("/dev/null", os.O_RDONLY) for _ in range(20)]
    limit = taken[-1] + 1 + free
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    return limit
limit = least({free})
try:
    {call}
    print("ok")
except OSError as error:
    print(error.errno, error.filename, error)
"""


@pytest.mark.parametrize(
    ("call", "too_few"),
    [
        ("simpsh.Signal", 0),
        ("simpsh.PidFd.open(os.getpid())", 0),
        ("simpsh.diagnose(os.getppid())", 0),
        ("simpsh.snapshot(os.getpid())", 1),
        ("simpsh.family(os.getpid())", 1),
        ("simpsh.descriptors(os.getpid())", 2),
        ("simpsh.pipe_holders(7)", 2),
        ("simpsh.double_fork(os.getpid)", 1),
        ("simpsh.daemonize()", 3),
    ],
)
def test_where_no_descriptor_is_left_the_limit_is_named_and_no_module_blamed(call, too_few):
    for free in range(too_few + 1):
        told = run(AT_THE_LIMIT.format(free=free, call=call)).strip()
        number, file, words = told.split(" ", 2)
        assert (number, file) == (str(errno.EMFILE), "None"), told
        assert re.fullmatch(
            r"\[Errno 24\] no descriptor is left: this process may have \d+ open "
            r"\(RLIMIT_NOFILE, `ulimit -n`\); close some, or raise the limit",
            words,
        )


def test_a_library_that_the_linker_cannot_open_names_the_limit():
    with pytest.raises(OSError, match="no descriptor is left: this process"):
        descriptor_limit.blame(ImportError("/x.so: cannot open … : Too many open files"))
    descriptor_limit.blame(ImportError("/x.so: cannot open … : No such file or directory"))


def test_a_full_system_is_told_from_a_full_process():
    with pytest.raises(OSError, match=r"in the whole system: /proc/sys/fs/file-max") as caught:
        descriptor_limit.blame(OSError(errno.ENFILE, os.strerror(errno.ENFILE)))
    assert caught.value.errno == errno.ENFILE
