"""If no process can be created: one line at once, status 126, and the shell continues."""

import os
import sys

import pytest

from tests.harness.process import all_pids
from tests.harness.sh import PROJECT, Shell, run
from tests.shell import other_user

EAGAIN = "fork: Resource temporarily unavailable"
engines = pytest.mark.parametrize("engine", ["fork", "spawn"])


@pytest.fixture
def uid():
    """A user without processes, so that only ours count against the limit."""
    taken = set()
    for pid in all_pids():
        try:
            taken.add(os.stat(f"/proc/{pid}").st_uid)
        except FileNotFoundError:
            continue
    # Another run of the tests may choose a user at the same moment.
    return next(uid for uid in range(61000 + os.getpid() % 4000, 65500) if uid not in taken)


def outcome_of(uid, processes, script, *options, engine="spawn"):
    """Run simpsh as a user with this limit of processes, including the shell."""
    argv = (sys.executable, "-P", other_user.__file__, f"{uid}", f"{processes}", engine, *options)
    return run(Shell("limited", argv), script, extra={"PYTHONPATH": PROJECT}, seconds=60)


def reasons(outcome):
    return [line.split(": ", 2)[2] for line in outcome.error.splitlines()]


@pytest.mark.needs("root")
@engines
def test_no_process_at_all_is_one_line_and_126_for_every_construct(uid, engine):
    constructs = ["/bin/true", "/bin/true | /bin/true", "(:; /bin/true)", ": | :", "/bin/true &"]
    constructs += ["(:) &", "command /bin/true", "/bin/true <<E\ntext\nE", "x=$(: | :)"]
    constructs += ["x=$(/bin/true)", *(["(:)", "x=$(:)", "x=$(pwd)"] if engine == "fork" else [])]
    script = "".join(f"{one}\nset -- $? $*\n" for one in constructs)
    outcome = outcome_of(uid, 1, f"{script}exit $1", engine=engine)
    assert reasons(outcome) == [EAGAIN] * len(constructs)
    assert outcome.status == 126


@pytest.mark.needs("root")
@engines
@pytest.mark.parametrize("option", ["-m", "+m"])
def test_without_a_process_the_last_background_process_stays_the_same(uid, engine, option):
    script = 'echo "[$!]"\n(:) &\necho $? "[$!]"\n./nosuch &\necho $? "[$!]"\n'
    outcome = outcome_of(uid, 1, script, option, engine=engine)
    assert (outcome.text, outcome.status) == ("[]\n126 []\n126 []\n", 0)


@pytest.mark.needs("root")
def test_subshells_that_only_print_need_no_process(uid):
    outcome = outcome_of(uid, 1, 'x=$(echo "$(echo a) b"); echo $x; exit $?')
    assert (outcome.text, outcome.error, outcome.status) == ("a b\n", "", 0)


@pytest.mark.needs("root")
@engines
def test_a_half_started_pipeline_is_ended_without_leftover_processes(uid, engine):
    script = "/bin/cat | /bin/cat | /bin/cat | /bin/cat\nset -- $?\n/bin/echo one\nwait\nexit $1"
    outcome = outcome_of(uid, 3, script, engine=engine)
    assert reasons(outcome) == [EAGAIN]
    assert (outcome.text, outcome.status) == ("one\n", 126)


@pytest.mark.needs("root")
def test_after_a_failed_fork_a_narrating_shell_runs_the_next_command(uid):
    outcome = outcome_of(uid, 2, "/bin/true | /bin/true\n/bin/echo one\n", "-v")
    assert outcome.text == "one\n"
    assert outcome.error.count(f": {EAGAIN}\n") == 1
    assert "Traceback" not in outcome.error
