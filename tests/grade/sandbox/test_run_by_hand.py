"""`simpsh grade try` runs a submission in the sandbox, with a terminal of its own."""

import os

import pexpect
import pytest

from tests.harness.sh import run_simpsh, simpsh_command

pytestmark = pytest.mark.needs("ptrace", "namespaces")
PROGRAM = """
import os, sys
print(sys.argv[1:], os.isatty(0), os.path.exists(SECRET), flush=True)
print("\\x1b]0;title\\x07")
open("/tmp/submission/new", "w")
for line in sys.stdin:
    print("got", line.strip())
sys.exit(7)
"""


@pytest.fixture
def program(tmp_path):
    (tmp_path / "secret").write_text("x")
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.replace("SECRET", repr(str(tmp_path / "secret"))))
    return path


def test_it_gets_input_and_arguments_and_reaches_no_file(program):
    done = run_simpsh("grade", "try", str(program), "a", "b", input="one\n", status=7)
    lines = done.stdout.splitlines()
    assert lines[1:] == ["['a', 'b'] True False", "\\x1b]0;title\\x07", "got one"]
    assert sorted(os.listdir(program.parent)) == ["program.py", "secret"]


def test_keys_are_passed_on_and_one_of_them_ends_the_run(program):
    for keys, status in (("\x04", 7), ("\x1d", 1)):
        words = [*simpsh_command(), "grade", "try", str(program)]
        with pexpect.spawn(words[0], words[1:], timeout=60, encoding="utf-8") as typed:
            typed.expect("title")
            typed.send("hello\r")
            typed.expect("got hello")
            typed.send(keys)
            typed.expect(pexpect.EOF)
        assert typed.exitstatus == status


def test_a_submission_that_cannot_be_built_is_one_line(tmp_path):
    (tmp_path / "bad.c").write_text("int main(void) { return x; }\n")
    done = run_simpsh("grade", "try", str(tmp_path / "bad.c"), status=1)
    assert done.stderr.startswith("simpsh: grade try: it was not built: bad.c:1:")
    assert done.stderr.count("\n") == 1
