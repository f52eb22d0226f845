"""A tutor's check runs the judged program in a sandbox within its own, and gets its status."""

import json
import re
import signal

import pytest

from tests.grade.confinement import grade
from tests.harness.sh import write_program
from tests.spec.documents import shown_in

pytestmark = pytest.mark.needs("ptrace", "namespaces")


@pytest.fixture
def judge(tmp_path):
    """Judge the programs in `submissions` with a check; return their results by name."""

    def judged(check: str, *more: str) -> dict[str, dict]:
        (tmp_path / "check.sh").write_text(check)
        grade(*more, "--check", "sh check.sh", "submissions", cwd=tmp_path)
        found = [json.loads(path.read_text()) for path in (tmp_path / "results").glob("*.json")]
        return {result["name"]: result for result in found}

    return judged


def remark_of(result: dict) -> str:
    """Return why the check failed; empty if it passed."""
    return result["marks"][0]["checks"][0]["instead"]


def test_a_check_learns_how_a_program_ended(judge, tmp_path):
    program = "#!/bin/sh\nid -u\ncat\necho $VALUE >&2\nkill -TERM $$\n"
    write_program(tmp_path / "submissions" / "two" / "run", program)
    check = """
cd "$1"
export VALUE=7
set -- $(echo given | "$SIMPSH_RUN" ./run 2>err; echo $?)
[ "$1" != 0 ] && [ "$1" = "$(id -u)" ] || exit 2
echo "$2 $(cat err) $3"
"$SIMPSH_RUN" ./nothing 2>/dev/null
echo $?
exit 1
"""
    assert judge(check)["two"]["feedback"].split() == [
        "given",
        "7",
        f"{128 + signal.SIGTERM}",
        "127",
    ]


def test_the_check_in_the_guide_works(judge, tmp_path):
    for name, sign in (("right", "*"), ("wrong", "+")):
        write_program(tmp_path / "submissions" / name, f"#!/bin/sh\nexpr $1 '{sign}' $2\n")
    [check] = shown_in("grading.md", "sh", "A class")
    found = judge(check)
    assert remark_of(found["right"]) == ""
    assert remark_of(found["wrong"]) == "7 times 9 is 16"


def test_a_program_whose_caller_is_ended_ends_with_it(judge, tmp_path):
    write_program(tmp_path / "submissions" / "sleeper", "#!/bin/sh\nexec sleep 1000\n")
    check = """
is_running() { cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -q 'sleep 1000'; }
"$SIMPSH_RUN" "$1" & one=$!
until is_running; do :; done
kill -9 $one
while is_running; do :; done
echo gone
exit 1
"""
    assert remark_of(judge(check)["sleeper"]) == "gone"


INPUTS = """
cd "$1"
run() { "$SIMPSH_RUN" ./run; }
printf '1 a\\n2 b\\n' > given
echo pipe | "$SIMPSH_RUN" ./run
"$SIMPSH_RUN" ./run < given
timeout 50 "$SIMPSH_RUN" ./run < given
echo function | run
echo $(run < given)
echo wrapped | timeout 50 "$SIMPSH_RUN" ./run
echo "$("$SIMPSH_RUN" ./run <<END
here
END
)"
while read -r number word; do
    echo "$number $(run)" "$(echo "$word" | run)"
done < given
cat given | while read -r number word; do echo "$number $(run) $(run </dev/null)"; done
exec 5<given
read -r first <&5
"$SIMPSH_RUN" ./run <&5
cd "$(mktemp -d)"
"$SIMPSH_RUN" "$1/run" </dev/null 2>&1
echo $?
exit 1
"""


def test_a_program_reads_what_it_is_given_and_never_what_the_check_reads(judge, tmp_path):
    write_program(
        tmp_path / "submissions" / "two" / "run", "#!/bin/sh\necho \"<$(cat | tr '\\n' ,)>\"\n"
    )
    feedback = judge(INPUTS)["two"]["feedback"].splitlines()
    file = "<1 a,2 b,>"
    assert feedback[:7] == ["<pipe,>", file, file, "<function,>", file, "<wrapped,>", "<here,>"]
    assert feedback[7:11] == ["1 <> <a,>", "2 <> <b,>", "1 <> <>", "2 <> <>"]
    # The check has read a line of this file, so the rest is the check's.
    assert feedback[11] == "<>"
    assert feedback[12].startswith("SIMPSH_RUN: /tmp/tmp.")
    assert "the program does not see this directory" in feedback[12]
    assert feedback[13:] == ["126"]


OUTPUTS = """
cd "$1"
export GIVEN=value
echo secret > /tmp/of-the-check
"$SIMPSH_RUN" ./run > out 2>&1
cat out
"$SIMPSH_RUN" ./run 2>&1 >/dev/null | tail -n 1
"$SIMPSH_RUN" yes | head -n 1
"$SIMPSH_RUN" ./run >&- 2>/dev/null
"$SIMPSH_RUN" sh -c 'exec 2>&-; sleep 1000 & echo started'
"$SIMPSH_RUN" sh -c 'echo changed > run; cat run'
cat run | head -n 1
ls /tmp/of-the-program
exit 1
"""


def test_a_programs_output_reaches_the_check_in_order_and_its_files_do_not(judge, tmp_path):
    program = """#!/bin/sh
echo first; echo second >&2; echo third $GIVEN
ls /tmp/of-the-check 2>/dev/null; touch /tmp/of-the-program; tr '\\0' ' ' < /proc/1/cmdline
[ -p /dev/stdout ] && echo; echo "$(ls -d /proc/[0-9]* | wc -l) processes" >&2
"""
    write_program(tmp_path / "submissions" / "two" / "run", program)
    feedback = judge(OUTPUTS)["two"]["feedback"].splitlines()
    assert feedback[:3] == ["first", "second", "third value"]
    assert feedback[3].split() == ["simpsh", "grade"]
    # Pid 1, the starter, and the program with the processes of $( ), of which one may have ended.
    counts = [re.fullmatch(r"(\d+) processes", line) for line in feedback[4:6]]
    assert all(count and 4 <= int(count[1]) <= 7 for count in counts), feedback
    # Changes of the program in the folder of the submission are discarded.
    assert feedback[6:10] == ["y", "started", "changed", "#!/bin/sh"]
    assert "cannot access '/tmp/of-the-program'" in feedback[10]
