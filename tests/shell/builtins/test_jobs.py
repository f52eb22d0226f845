"""jobs fg bg wait kill disown, through the shell itself."""

import pytest

from tests.harness.sh import FORK, both_engines, run

# The shell collects its children while it waits for one in the foreground; the jobs end then.
GONE = "sh -c 'while test -e /proc/$1; do :; done' sh"
STOPPED = "sh -c 'until grep -q State:.T /proc/$1/status; do :; done' sh"


CASES = {
    "wait by job number and by name": (
        "sh -c 'exit 3' & true & wait %sh; printf $?; wait %2; printf $?",
        "30",
    ),
    # A signal sent before the shell sleeps would be handled before the wait begins.
    "a trapped signal ends the wait, then its action runs": (
        "trap 'printf trap' USR1; sh -c 'until grep -q State:.S /proc/$PPID/status; do :; "
        "done; kill -USR1 $PPID; exec sleep 100' & wait $!\n"
        "printf '[%s]' $?; kill -KILL $!; wait $! 2>/dev/null",
        "trap[138]",
    ),
    "a trapped SIGCHLD is taken from the wait for a substitution that has closed its output": (
        "trap 'printf child' CHLD; x=$(exec >&-; "
        "exec sh -c 'until grep -q State:.S /proc/$1/status; do :; done' sh $$)\n"
        "printf -; trap - CHLD",
        "child-",
    ),
    "kill of a job without groups reaches each process": (
        "sleep 100 | sleep 100 & kill -KILL %1; wait %1; printf $?",
        "137",
    ),
    "kill of a job with a group reaches the group": (
        "set -m; sh -c 'sleep 100 & printf x >f; wait' & "
        "sh -c 'until test -s f; do :; done'; kill -KILL %1; wait %1; printf $?",
        "137",
    ),
    "other signals leave a stopped job stopped": (
        f"set -m; sleep 100 & kill -STOP %1; {STOPPED} $!; kill -USR1 %1; "
        f"{STOPPED} $!; printf on; kill -KILL %1; wait $!",
        "on",
    ),
    "kill of a negative number reaches a group": (
        "set -m; sleep 100 & kill -TERM -$!; wait $!; printf $?; sleep 100 & "
        "kill -- -$!; wait $!; printf $?",
        "143143",
    ),
    "kill -l translates numbers, statuses and names": (
        "kill -l 9; kill -l 143; kill -l TERM; kill -l sigint 35",
        "KILL\nTERM\n15\n2\nRTMIN+1\n",
    ),
    "a number that no pid can have is no process": ("kill 99999999999999999999; printf $?", "1"),
    # A background job has a process id even if its program cannot be started.
    "what cannot be started has a process": (
        ": >plain; mkdir -p dir; for line in ./nosuch ./plain ./dir 'cat </nosuch' 'ls 9>&77' "
        "'ls | nosuch' 'nosuch | :' 'nosuch | nosuch' '(nosuch)' '{ nosuch; }'; do "
        "eval \"$line >f\" '2>&1 &'; [ $! -gt 1 ] && ! [ $! = \"$p\" ] || printf '(%s)' $!; p=$!; "
        "wait $!; printf '%s ' $?; done",
        "127 126 126 1 1 127 0 127 127 127 ",
    ),
    "nor has a group of its own without one": (
        "set -m; trap 'printf hit' TERM; ./nosuch 2>f & kill $! 2>/dev/null; kill -- -$! "
        "2>/dev/null; wait $! 2>/dev/null; [ $? -gt 126 ] && printf 'over '\n"
        "x=$(head -c 200000 /dev/zero | tr '\\0' x)\n"
        "/bin/echo $x 2>f & [ $! -gt 1 ]; wait $!; printf '%s ' $?; nosuch 2>f | sleep 100 2>f & "
        "[ $(jobs -p) -gt 1 ] && kill %1; wait $! 2>/dev/null; printf '%s ' $?; "
        "trap './nosuch 2>f & [ $! -gt 1 ]; printf \"%s \" $?' USR1; sh -c 'kill -USR1 $PPID'",
        "over 126 143 0 ",
    ),
    "the first of many statuses is known": (
        "(exit 5) & p=$!; i=0; while [ $i -lt 1030 ]; do : & i=$((i+1)); done; wait $p; printf $?; "
        "wait $p; printf $?",
        "5127",
    ),
    "$! after bg": (
        "set -m; sh -c 'kill -STOP $$'\nsleep 100 & p=$!\nbg %1 >f; [ $! = $p ] || printf other; "
        "wait $!; printf $?; kill $p",
        "other0",
    ),
    "an ended job is listed once": (
        f"sh -c 'exit 3' & {GONE} $!; jobs; printf again; jobs",
        "[1]+  Exit 3               sh -c 'exit 3'\nagain",
    ),
    "wait does not know a job whose end was listed": (
        f"sh -c 'exit 3' & {GONE} $!; jobs >f; wait $!; printf $?",
        "127",
    ),
    "wait knows an ended job by each of its names, until it was waited for": (
        f"sh -c 'exit 3' & sh -c 'exit 4' & sh -c 'exit 5' & sh -c 'exit 6' & {GONE} $!; wait %%; "
        "printf $?; for job in - ?5 sh %; do wait %$job; printf $?; done",
        "6453127",
    ),
    "a substitution lists the jobs of the shell it copies": (
        "sleep 100 &\nkill $(jobs -p)\nwait $!\nprintf $?",
        "143",
    ),
    "a pipeline lists the jobs of the shell it copies": (
        "sleep 100 &\njobs | cat\nkill %1\nwait",
        "[1]+  Running              sleep 100 &\n",
    ),
    "disown of nothing fails": ("disown; printf $?; disown -a %1; printf $?", "12"),
}


@pytest.mark.usual(
    "wait by job number and by name-fork",
    "wait by job number and by name-spawn",
    "a trapped signal ends the wait, then its action runs-fork",
    "kill of a job with a group reaches the group-spawn",
    "kill -l translates numbers, statuses and names-fork",
    "what cannot be started has a process-spawn",
)
@pytest.mark.long("each script in both engines")
@both_engines
@pytest.mark.parametrize("case", CASES)
def test_the_builtins_of_jobs_in_a_script(shell, case):
    script, text = CASES[case]
    assert run(shell, script).text == text


def test_kill_l_lists_names_that_s_takes_in_lines_of_a_terminal():
    lines = run(FORK, "kill -l").text.splitlines()
    assert lines[0].split()[:3] == ["HUP", "INT", "QUIT"]
    assert max(map(len, lines)) <= 80


def test_jobs_p_prints_the_groups():
    answer = run(
        FORK, "set -m; sleep 100 | sleep 101 & jobs -p; ps -o pgid= $!; kill -KILL %1; wait"
    )
    first, second = answer.text.split()
    assert first == second
