"""A tutor's check and the judged program run as different users; the check gets the status."""

from __future__ import annotations

import json
import signal

import pytest

from tests.grade.confinement import GRADE, accepted
from tests.support.document_blocks import shown_in
from tests.support.shells import run_command, write_program

pytestmark = pytest.mark.needs("ptrace", "root")


@pytest.fixture
def grade(tmp_path):
    (tmp_path / "submissions").mkdir()

    def graded(check: str, *more: str):
        (tmp_path / "check.sh").write_text(check)
        argv = [*GRADE, *accepted(), *more]
        done = run_command([*argv, "--check", "sh check.sh", "submissions"], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        found = {}
        for path in (tmp_path / "results").iterdir():
            one = json.loads(path.read_text())
            found[one["name"]] = (one["points"], one["marks"][0]["checks"][0]["instead"])
        return found

    graded.submissions = tmp_path / "submissions"
    return graded


@pytest.mark.slow
def test_a_check_learns_both_users_and_how_a_program_ended(grade):
    program = "#!/bin/sh\nid -u\ncat\necho $VALUE >&2\nkill -TERM $$\n"
    write_program(grade.submissions / "two" / "run", program)
    (grade.submissions / "two" / "secret").write_text("x")
    check = """
cd "$1"
export VALUE=7
who=$(echo given | "$SIMPSH_RUN" ./run 2>err)
word=$?
set -- $who
[ "$1" != "$(id -u)" ] || exit 1
[ "$1" != 0 ] && [ "$(id -u)" != 0 ] || exit 2
echo "$2 $(cat err) $word $(stat -c %u secret | grep -c "^$(id -u)$")"
"$SIMPSH_RUN" ./nothing 2>/dev/null
echo $?
exit 1
"""
    assert grade(check) == {"two": (0, "127")}
    check = check.replace('"$SIMPSH_RUN" ./nothing 2>/dev/null\necho $?\n', "")
    expected = f"given 7 {128 + signal.SIGTERM} 1"
    assert grade(check, "--again") == {"two": (0, expected)}
    # More than fits into one message of a socket.
    words = '"$SIMPSH_RUN" ./run $(seq 100000) 2>&1; exit 1'
    reason = "SIMPSH_RUN: Message too long: shorten the arguments or the environment"
    assert grade(words, "--again") == {"two": (0, reason)}


def test_the_check_in_the_guide_works(grade):
    for name, sign in (("right", "*"), ("wrong", "+")):
        write_program(grade.submissions / name, f"#!/bin/sh\nexpr $1 '{sign}' $2\n")
    [check] = shown_in("grading.md", "sh", "A class")
    found = grade(check)
    assert (found["right"][0] > 0, found["wrong"]) == (True, (0, "7 times 9 is 16"))


def test_a_program_whose_caller_is_ended_ends_with_it(grade):
    program = "#!/bin/sh\necho $$ > /tmp/pid\nsleep 1000\n"
    write_program(grade.submissions / "sleeper", program)
    check = """
mkfifo /tmp/never
"$SIMPSH_RUN" "$1" & one=$!
until [ -s /tmp/pid ]; do :; done
kill -9 $one
while [ -d /proc/$(cat /tmp/pid) ]; do :; done
echo gone
exit 1
"""
    assert grade(check, "--seconds", "30") == {"sleeper": (0, "gone")}
