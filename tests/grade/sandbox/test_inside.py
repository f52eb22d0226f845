"""Programs that run inside the sandbox: the tools of students, and calls that are only limited."""

import errno
import sys

import pytest

from simpsh.base.errors import SimpshError
from tests.grade.sandbox.inside import run_inside, sandbox_for
from tests.support.needed_programs import is_installed

pytestmark = pytest.mark.needs("ptrace")

_MAIN = "printf '#include <stdlib.h>\\nint main(void) { malloc(5); return 3; }\\n' > a.c; "
LINES = {
    "cc": f"{_MAIN} cc a.c -o a; ./a; [ $? = 3 ]",
    "gcc": f"{_MAIN} gcc -O2 -fsanitize=undefined a.c -o a; ./a; [ $? = 3 ]",
    "make": f"{_MAIN} printf 'all: a b\\na b:\\n\\tcc -o $@ a.c\\n' > Makefile; make -s; [ -x b ]",
    "gdb": f"{_MAIN} cc -g a.c -o a; gdb -batch -ex run ./a | grep -q 'exited with code 03'",
    "valgrind": f"{_MAIN} cc -g a.c -o a; valgrind --leak-check=full ./a 2>&1 | grep -q 'lost: 5 '",
    "strace": "strace -f -o out sh -c 'true | cat' && grep -q execve out",
    "python3": "python3 -c 'import asyncio, multiprocessing as m; print(m.Pool(2).map(abs, [1]))'",
    "node": 'node -e \'require("child_process").execSync("echo hi > x")\' && grep -q hi x',
    "go": "printf 'package main\\nfunc main() {}\\n' > a.go; HOME=. go run a.go",
    "perl": "perl -e 'my $p = fork; exit 3 unless $p; waitpid $p, 0; exit($? != 768)'",
    "bash": "mkfifo f; bash -c 'cat f & echo hi > f; wait; exec 3<>f; [ -t 0 ]'; [ $? = 1 ]",
    "mktemp": "mktemp && mktemp -p /dev/shm && mv $(mktemp) b && ln b $(mktemp -d)/c",
    "flock": "flock -n file true",
    "unshare": "! unshare -Ur true",
}


# Prints the name of each line that fails, with its status and the end of its output.
_EACH = """
mkdir {name} && cd {name}
out=$(sh -c "$(cat ../{name}.sh)" 2>&1) || echo "{name}: $? $(echo "$out" | tail -c 300)"
cd ..
"""


@pytest.mark.needs("cc")
@pytest.mark.timeout(400)
def test_the_tools_of_students_run_and_make_no_namespace():
    installed = {name: line for name, line in LINES.items() if is_installed(name)}
    files = {f"{name}.sh": line for name, line in installed.items()}
    files["all"] = "".join(_EACH.format(name=name) for name in installed)
    try:
        sandbox = sandbox_for(300, processes=200)
        assert run_inside("/bin/sh", "all", sandbox=sandbox, seconds=300, files=files) == ""
    except SimpshError as problem:
        pytest.skip(str(problem))


ASKS = """
import ctypes, socket
libc = ctypes.CDLL(None, use_errno=True)
for family, kind, protocol in ((2, 2, 136), (2, 1, 262), (10, 5, 132), (2, 1, 6), (1, 1, 0)):
    try:
        socket.socket(family, kind, protocol)
        print(protocol, "made")
    except OSError as error:
        print(protocol, error.errno)
print(libc.io_setup(1, None) if hasattr(libc, "io_setup") else "-", libc.sync())
"""


def test_sockets_are_filtered_by_protocol_and_sync_waits_for_no_disk():
    printed = run_inside(sys.executable, "-IS", "-c", ASKS, sandbox=sandbox_for(60))
    refused = errno.EPROTONOSUPPORT
    expected = f"136 {refused} 262 {refused} 132 {refused} 6 made 0 made - 0"
    assert printed.split() == expected.split()
