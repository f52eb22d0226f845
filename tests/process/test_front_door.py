"""`import simpsh` is cheap, and its public names are typed."""

import errno
import json
import os
import pickle
import subprocess
import sys
import textwrap

import pytest

import simpsh
from tests.harness.sh import PROJECT, run_command


def run(program):
    environment = {**os.environ, "PYTHONPATH": PROJECT}
    return subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)


def test_importing_is_cheap_and_public_names_load_neither_asyncio_nor_the_line_editor():
    program = """
import sys
before = set(sys.modules)
import simpsh
after = set(sys.modules)
simpsh.diagnose; simpsh.PidFd
import json
print(json.dumps([[*(after - before)], [*sys.modules]]))
"""
    imported, loaded = json.loads(run(program))
    assert set(imported) <= {*("simpsh", "__future__")}
    assert {"asyncio", "rich", "prompt_toolkit", "typing"} & set(loaded) == set()


def test_every_public_name_exists_and_is_known_to_type_checkers():
    assert len(simpsh.__all__) == len(set(simpsh.__all__))
    for name in simpsh.__all__:
        assert getattr(simpsh, name) is not None
    assert set(dir(simpsh)) == {*simpsh.__all__, "__version__"}
    assert repr(simpsh.Exited) == "<class 'simpsh.Exited'>"
    assert simpsh.decode(0x0700).__class__ is pickle.loads(pickle.dumps(simpsh.Exited(7))).__class__
    with pytest.raises(AttributeError, match="module 'simpsh' has no attribute 'nonsense'"):
        _ = simpsh.nonsense
    rooms = {name.removesuffix(".py") for name in os.listdir(os.path.join(PROJECT, "simpsh"))}
    assert set(simpsh.__all__) & rooms == set(), "a public name is a room's"
    with open(os.path.join(PROJECT, "simpsh", "__init__.py"), encoding="utf-8") as file:
        text = file.read()
    block = text[text.index("if TYPE_CHECKING:") : text.index("_HOMES")]
    scope = {}
    exec(textwrap.dedent(block.partition("\n")[2].partition("\n# ")[0]), scope)
    del scope["__builtins__"], scope["__version__"]
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
with simpsh.Subreaper(deadline_seconds=1.5) as subtree:
    collected: list[simpsh.ExitInfo] = subtree.collected
asyncio.run(end(simpsh.double_fork(lambda: None)))
reveal_type(simpsh.snapshot(1).state)
simpsh.until_state(1, 5)
simpsh.nosuch
"""


@pytest.mark.long("mypy reads the package without its cache")
@pytest.mark.timeout(300)
def test_mypy_strict_knows_the_types_for_users_of_the_package(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "user.py").write_text(USER)
    argv = [sys.executable, "-m", "mypy", "--strict", "user.py"]
    environment = {**os.environ, "MYPYPATH": PROJECT}
    done = run_command(argv, cwd=tmp_path, env=environment, timeout=None)
    lines = [line for line in done.stdout.split("\n") if line.startswith("user.py")]
    assert len(lines) == 3, done.stdout + done.stderr
    assert 'Revealed type is "str"' in lines[0] or 'Revealed type is "builtins.str"' in lines[0]
    assert 'has incompatible type "int"; expected "str"' in lines[1]
    assert 'Module has no attribute "nosuch"' in lines[2]


AT_THE_LIMIT = """
import os, resource, simpsh
for call, too_few in {
    "simpsh.Signal": 0,
    "simpsh.PidFd.open(os.getpid())": 0,
    "simpsh.diagnose(os.getppid())": 0,
    "simpsh.snapshot(os.getpid())": 1,
    "simpsh.family(os.getpid())": 1,
    "simpsh.descriptors(os.getpid())": 2,
    "simpsh.pipe_holders(inode=7)": 2,
    "simpsh.double_fork(os.getpid)": 1,
    "simpsh.daemonize()": 2,
}.items():
    for free in range(too_few + 1):
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
            continue
        # So many are free below the limit; which numbers are open already must not matter.
        taken = [os.open("/dev/null", os.O_RDONLY) for _ in range(20)]
        limit = taken[-1] + 1 + free
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        try:
            exec(call)
            words = "no error"
        except OSError as error:
            words = error.errno
        os.write(1, f"{call}, {free} free: {words}\\n".encode())
        os._exit(0)
"""


def test_without_descriptors_the_error_says_so():
    lines = run(AT_THE_LIMIT).splitlines()
    assert len(lines) == 18
    assert [line for line in lines if not line.endswith(f": {errno.EMFILE}")] == []
