"""jobs fg bg wait kill disown, through the shell itself."""

from __future__ import annotations

import pytest

from tests.support.shells import FORK, SPAWN, Outcome, run

# The shell collects its children while it waits for one in the foreground: these end then.
GONE = "sh -c 'while test -e /proc/$1; do :; done' sh"
STOPPED = "sh -c 'until grep -q State:.T /proc/$1/status; do :; done' sh"


@pytest.fixture(params=[FORK, SPAWN], ids=["fork", "spawn"])
def simpsh(request):
    def run_script(script: str, **keywords) -> Outcome:
        return run(request.param, script, **keywords)

    return run_script


# ------------------------------------------------------------------------------- wait


def test_wait_gives_each_process_its_own_status(simpsh):
    script = "sh -c 'exit 3' & A=$!; sh -c 'exit 4' & wait $A; printf $?; wait $!; printf $?"
    assert simpsh(script).text == "34"


def test_wait_without_operands_waits_for_all_and_succeeds(simpsh):
    outcome = simpsh("sh -c 'printf a; exit 3' & sh -c 'printf a; exit 4' & wait; printf $?")
    assert outcome.text == "aa0"


def test_the_last_operands_status_counts(simpsh):
    script = "sh -c 'exit 3' & A=$!; sh -c 'exit 4' & wait $! $A; printf $?"
    assert simpsh(script).text == "3"


def test_wait_for_a_stranger_is_127_and_in_a_script_silent(simpsh):
    outcome = simpsh("wait 1; printf $?")
    assert (outcome.text, outcome.error) == ("127", "")


def test_wait_for_an_unknown_job_is_127(simpsh):
    outcome = simpsh("wait %7; printf $?")
    assert outcome.text == "127"
    assert "wait: %7: no such job" in outcome.error


def test_a_status_is_told_once(simpsh):
    assert simpsh("sh -c 'exit 3' & wait $!; printf '%s ' $?; wait $!; printf $?").text == "3 127"


def test_a_status_is_kept_for_a_later_line(simpsh):
    assert simpsh(f"sh -c 'exit 3' & A=$!\n{GONE} $A\ntrue\nwait $A; printf $?").text == "3"


def test_wait_by_job_number_and_by_name(simpsh):
    script = "sh -c 'exit 3' & true & wait %sh; printf $?; wait %2; printf $?"
    assert simpsh(script).text == "30"


def test_a_pipelines_job_has_its_last_members_status(simpsh):
    assert simpsh("sh -c 'exit 3' | sh -c 'exit 4' & wait %1; printf $?").text == "4"


def test_wait_n_takes_whichever_ends_first(simpsh):
    script = "mkfifo p; sh -c 'read x <p; exit 3' & sh -c 'exit 4' & wait -n; printf $?; "
    assert simpsh(script + ">p; wait -n; printf $?; wait -n; printf $?").text == "43127"


def test_a_process_that_was_killed_is_reported_in_a_script(simpsh):
    outcome = simpsh("sleep 100 & kill $!; wait $!; printf $?")
    assert outcome.text == "143"
    assert outcome.error == "simpsh: line 1: sleep 100: Terminated (SIGTERM)\n"


def test_a_trapped_signal_ends_the_wait_and_then_its_action_runs(simpsh):
    # Sent before the shell sleeps, the signal would be taken before the wait begins.
    script = "trap 'printf trap' USR1; sh -c 'until grep -q State:.S /proc/$PPID/status; do :; "
    script += "done; kill -USR1 $PPID; exec sleep 100' & wait $!\n"
    script += "printf '[%s]' $?; kill -KILL $!; wait $! 2>/dev/null"
    assert simpsh(script).text == "trap[138]"


@pytest.mark.parametrize("operand", ["x", "-1", "''", "-x"])
def test_wait_for_nonsense_is_misuse(simpsh, operand):
    outcome = simpsh(f"wait -- {operand}; printf $?" if operand != "-x" else "wait -x; printf $?")
    assert outcome.text == "2"
    assert outcome.error.count("\n") == 1


# ------------------------------------------------------------------------------- kill


def test_kill_of_a_job_without_groups_reaches_each_of_its_processes(simpsh):
    outcome = simpsh("sleep 100 | sleep 100 & kill -KILL %1; wait %1; printf $?")
    assert outcome.text == "137"


def test_kill_of_a_job_with_a_group_reaches_the_group(simpsh):
    script = "set -m; sh -c 'sleep 100 & printf x >f; wait' & "
    script += "sh -c 'until test -s f; do :; done'; kill -KILL %1; wait %1; printf $?"
    assert simpsh(script).text == "137"


@pytest.mark.parametrize("signal", ["-TERM", "-s HUP", "-15", "-n 1"])
def test_a_stopped_job_that_is_told_to_end_is_continued(simpsh, signal):
    script = f"set -m; sleep 100 & kill -STOP %1; {STOPPED} $!; kill {signal} %1; "
    script += "wait $!; test $? -gt 128; printf $?"
    assert simpsh(script).text == "0"


def test_other_signals_leave_a_stopped_job_stopped(simpsh):
    script = f"set -m; sleep 100 & kill -STOP %1; {STOPPED} $!; kill -USR1 %1; "
    script += f"{STOPPED} $!; printf on; kill -KILL %1; wait $!"
    assert simpsh(script).text == "on"


def test_kill_of_a_negative_number_reaches_a_group(simpsh):
    script = "set -m; sleep 100 & kill -TERM -$!; wait $!; printf $?; sleep 100 & "
    assert simpsh(script + "kill -- -$!; wait $!; printf $?").text == "143143"


def test_kill_goes_on_after_a_target_that_does_not_exist(simpsh):
    outcome = simpsh("sleep 100 & kill -KILL 999999999 %9 x $!; printf $?; wait $!; printf $?")
    assert outcome.text == "1137"
    assert outcome.error.splitlines()[:3] == [
        "simpsh: line 1: kill: 999999999: No such process",
        "simpsh: line 1: kill: %9: no such job",
        "simpsh: line 1: kill: x: neither a process id nor a job such as %1",
    ]


def test_kill_l_translates_numbers_statuses_and_names(simpsh):
    assert simpsh("kill -l 9; kill -l 143; kill -l TERM; kill -l sigint 35").text == (
        "KILL\nTERM\n15\n2\nRTMIN+1\n"
    )


def test_kill_l_lists_names_that_s_takes(simpsh):
    outcome = simpsh("for='' ; kill -l")
    names = outcome.text.split()
    assert names[:3] == ["HUP", "INT", "QUIT"]
    assert "SIGTERM" not in names
    assert max(map(len, outcome.text.splitlines())) <= 80


@pytest.mark.parametrize(
    "words",
    [
        "",
        "-s",
        "-s NOSUCH 999999999",
        "-NOSUCH 999999999",
        "-TERM",
        "-s TERM",
        "-l 999",
        "-l x",
        "--",
    ],
)
def test_kill_misused_is_2_and_one_line(simpsh, words):
    outcome = simpsh(f"kill {words}; printf $?")
    assert outcome.text == "2"
    assert outcome.error.count("\n") == 1


def test_a_number_that_no_pid_can_have_is_no_process(simpsh):
    assert simpsh("kill 99999999999999999999; printf $?").text == "1"


# ----------------------------------------------------------------------- jobs, disown


def test_jobs_lists_number_mark_state_and_command(simpsh):
    script = "set -m; sleep 100 & A=$!; sleep 101 | cat & kill -STOP $A; "
    script += f"{STOPPED} $A; jobs; kill -KILL %1 %2; wait"
    assert simpsh(script).text == (
        "[1]+  Stopped (SIGSTOP)    sleep 100\n[2]-  Running              sleep 101 | cat &\n"
    )


def test_jobs_p_tells_the_groups_and_l_every_process(simpsh):
    script = (
        "set -m; sleep 100 | sleep 101 & jobs -p >f; jobs -l >g; printf $! >h; kill -KILL %1; wait"
    )
    outcome = simpsh(script)
    first, second = outcome.files["g"].content.decode().splitlines()
    leader = outcome.files["f"].content.decode().strip()
    assert first == f"[1]+  {leader} Running              sleep 100"
    assert second == f"      {outcome.files['h'].content.decode()} Running              sleep 101"


def test_an_ended_job_is_listed_once(simpsh):
    outcome = simpsh(f"sh -c 'exit 3' & {GONE} $!; jobs; printf again; jobs")
    assert outcome.text == "[1]+  Exit 3               sh -c 'exit 3'\nagain"


def test_a_listed_jobs_status_can_still_be_waited_for(simpsh):
    assert simpsh(f"sh -c 'exit 3' & {GONE} $!; jobs >&-; jobs >f; wait $!; printf $?").text == "3"


def test_jobs_of_an_unknown_job_fails(simpsh):
    outcome = simpsh("jobs %3; printf $?; jobs -x; printf $?")
    assert outcome.text == "12"


def test_a_disowned_job_is_listed_no_more_and_not_waited_for(simpsh):
    script = "sleep 100 & disown; jobs; wait; printf waited; kill -KILL $!"
    assert simpsh(script).text == "waited"


def test_disown_h_keeps_the_job_on_the_list(simpsh):
    script = "sleep 100 & disown -h %1; jobs; kill -KILL %1; wait"
    assert simpsh(script).text == "[1]+  Running              sleep 100 &\n"


def test_disown_a_lets_go_of_all(simpsh):
    script = "sleep 100 & A=$!; sleep 100 & disown -a; jobs; kill -KILL $A $!"
    assert simpsh(script).text == ""


def test_disown_of_nothing_fails(simpsh):
    assert simpsh("disown; printf $?; disown %2; printf $?; disown -a %1; printf $?").text == "112"


# ----------------------------------------------------------------------------- fg, bg


@pytest.mark.parametrize("name", ["fg", "bg"])
def test_a_script_has_no_job_control(simpsh, name):
    outcome = simpsh(f"sleep 100 & {name}; printf $?; kill -KILL $!; wait")
    assert outcome.text == "1"
    assert f"{name}: no job control here" in outcome.error


def test_fg_continues_a_stopped_job_and_gives_its_status(simpsh):
    script = "set -m; sh -c 'kill -STOP $$; exit 7'; printf '%s ' $?; fg; printf $?"
    assert simpsh(script).text == "147 sh -c 'kill -STOP $$; exit 7'\n7"


def test_bg_continues_a_stopped_job_behind(simpsh):
    script = "set -m; sh -c 'kill -STOP $$; exit 7'; bg; wait %1; printf $?"
    assert simpsh(script).text == "[1] sh -c 'kill -STOP $$; exit 7' &\n7"


def test_bg_of_a_running_job_says_so(simpsh):
    script = "set -m; sleep 100 & bg; printf $?; kill -KILL %1; wait"
    assert simpsh(script).text == "[1] sleep 100 & (running already)\n0"


def test_fg_without_jobs_and_with_an_unknown_one(simpsh):
    outcome = simpsh("set -m; fg; printf $?; fg %4; printf $?; bg; printf $?")
    assert outcome.text == "111"
    assert "fg: there is no job" in outcome.error
    assert "fg: %4: no such job" in outcome.error
