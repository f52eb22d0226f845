"""One process group for each job; the owner of the terminal; background jobs that use it."""

import os
import re
import signal

import pytest

from tests.harness.process import (
    blocked_signals,
    children_of,
    descendants_of,
    group_members,
    group_of,
    ignored_signals,
    name_of,
    parent_of,
    send,
    session_of,
    state_of,
    wait_until,
)
from tests.harness.sh import simpsh_words
from tests.shell.jobs.prompt import FRESH, Prompt


def test_the_shell_and_each_command_lead_groups_and_the_shell_gets_the_terminal_back(prompt):
    # At the prompt the shell leads the group that owns the terminal.
    assert group_of(prompt.pid) == prompt.pid
    assert session_of(prompt.pid) == prompt.pid
    assert prompt.terminal.foreground_pgid() == prompt.pid
    # After a job has ended, the shell owns the terminal.
    for line in ("true", "true | true", "(true; true)", "nosuchcommand", ": $(true)"):
        prompt.run(line)
        assert prompt.owns_the_terminal(), line
    # A command leads its own group, which owns the terminal.
    group = prompt.begin("sleep 100", "sleep")
    assert prompt.children() == [group]
    assert group_members(group) == [group]
    assert group_of(group) == group
    assert session_of(group) == prompt.pid
    assert parent_of(group) == prompt.pid
    prompt.end("C-c")
    # A command in a subshell or in braces also leads its own group.
    for line in ("(sleep 100)", "{ sleep 100; true; }"):
        group = prompt.begin(line, "sleep")
        assert prompt.children() == group_members(group) == [group]
        prompt.end("C-c")
    # Every process of a pipeline is in the group of the first process.
    group = prompt.begin("cat | sed p | sort", "cat")
    members = prompt.wait_members(group, ["cat", "sed", "sort"])
    assert sorted(prompt.children()) == sorted(members)
    assert name_of(group) == "cat"
    prompt.end("C-c")
    # A subshell and its commands are one group.
    prompt.send("(sleep 100 | sleep 101; true)\r")
    prompt.wait_until(lambda: len(descendants_of(prompt.pid)) == 3, "there are not three")
    group = prompt.terminal.foreground_pgid()
    prompt.wait_until(
        lambda: sorted(descendants_of(prompt.pid)) == group_members(group), "not one group"
    )
    assert prompt.children() == [group]
    prompt.end("C-c")
    # A command substitution stays in the shell's group.
    prompt.send(": $(sleep 100)\r")
    prompt.wait_until(lambda: prompt.children("sleep"), "sleep never ran")
    assert group_of(prompt.children("sleep")[0]) == prompt.pid
    assert prompt.owns_the_terminal()


def test_a_background_job_is_a_group_and_the_shell_keeps_the_terminal(prompt):
    last = prompt.behind("sleep 100 | sleep 101 &")
    group = group_of(last)
    assert group != prompt.pid
    assert group_members(group) == sorted(prompt.children())
    assert last == max(prompt.children())
    prompt.run("kill %1; wait %1")
    # A list is one group, and a pipeline in a subshell stays in its group.
    for line, names in (("true && sleep 100 &", 2), ("(sleep 100 & wait) &", 2)):
        group = prompt.behind(line)
        prompt.wait_until(lambda group=group, names=names: len(group_members(group)) == names, line)
        assert prompt.children() == [group]
        assert prompt.owns_the_terminal()
        prompt.run("kill %%; wait %%")


def test_children_ignore_and_block_nothing(prompt):
    group = prompt.begin("cat | cat", "cat")
    for pid in prompt.wait_members(group, ["cat", "cat"]):
        assert ignored_signals(pid) == blocked_signals(pid) == frozenset()
    prompt.end("C-c")
    pid = prompt.behind("sleep 100 &")
    prompt.wait_until(lambda: name_of(pid) == "sleep", "it never ran")
    assert ignored_signals(pid) == blocked_signals(pid) == frozenset()


def test_signals_ignored_at_the_start_stay_ignored_in_children(start):
    given = (signal.SIGUSR1, signal.SIGHUP)
    prompt = start(ignored=(*given, signal.SIGTSTP))  # job control needs these
    group = prompt.begin("sleep 100 | sleep 101", "sleep")
    for pid in prompt.wait_members(group, ["sleep", "sleep"]):
        assert ignored_signals(pid) == frozenset(given)


def test_no_groups_are_made_by_a_script_or_a_command_string_on_a_terminal(start_shell, tmp_path):
    # A command string on a terminal creates no groups.
    terminal = start_shell("-c", "sleep 100 & sleep 101 | sleep 102")
    terminal.wait_until(
        lambda: [name_of(pid) for pid in children_of(terminal.pid)] == ["sleep"] * 3, "not three"
    )
    assert {group_of(pid) for pid in children_of(terminal.pid)} == {terminal.pid}
    assert terminal.foreground_pgid() == terminal.pid
    # An interrupt ends all processes.
    terminal.key("C-c")
    assert terminal.wait_exit() == -signal.SIGINT
    # A script on a terminal creates no groups.
    (tmp_path / "script").write_text("sleep 101 | sleep 102\n")
    terminal = start_shell("script")
    terminal.wait_until(
        lambda: [name_of(pid) for pid in children_of(terminal.pid)] == ["sleep"] * 2, "not two"
    )
    assert {group_of(pid) for pid in children_of(terminal.pid)} == {terminal.pid}
    # Under set -m a command string creates groups.
    terminal = start_shell("-c", "set -m; cat; echo over")
    group = terminal.foreground_is("cat")
    assert group != terminal.pid
    terminal.send("one\r")
    terminal.wait(r"^one\none$")
    terminal.key("C-d")
    terminal.wait(r"^over$")


def test_a_program_with_its_own_groups_gives_the_terminal_back_to_the_shell(prompt):
    # bash -m creates its own groups: cat gets one that the shell does not know.
    cat = prompt.begin("bash --norc -m -c 'cat; true'", "cat")
    job = prompt.children()[0]
    assert group_of(cat) == cat != job
    prompt.end("C-d")
    assert prompt.owns_the_terminal()
    # The same holds if bash is killed while its child owns the terminal.
    sleep = prompt.begin("bash --norc -m -c 'sleep 100; true'", "sleep")
    job = prompt.children()[0]
    assert job != sleep
    send(job, signal.SIGKILL)
    prompt.wait(r"^Killed \(SIGKILL\)\n>>$")
    assert prompt.owns_the_terminal()
    assert prompt.run("echo on") == "on"


def test_a_read_from_an_orphaned_group_fails_and_stops_no_process(prompt, tmp_path):
    # A process survives the exit of its parent, and keys do not reach it.
    prompt.run("sh -c 'sleep 100 & echo $! >pid'")
    pid = int((tmp_path / "pid").read_text())
    prompt.begin("sleep 101", "sleep")
    prompt.end("C-c")
    prompt.wait_states([pid], "S")
    # See credentials(7) and POSIX XBD 11.1.4: an orphaned group gets EIO, not SIGTTIN. The group
    # reads once the shell owns the terminal again; until then the group was in the foreground.
    os.mkfifo(tmp_path / "go")
    (tmp_path / "orphan").write_text("read go <go\ncat </dev/tty 2>error\necho >over\n")
    prompt.run("sh -c 'sh orphan &'")
    (tmp_path / "go").write_text("on\n")
    prompt.wait_until((tmp_path / "over").exists, "it never read")
    assert (tmp_path / "error").read_text() == "cat: -: Input/output error\n"
    assert prompt.run("echo on").endswith("on")


def test_an_orphaned_shell_in_the_background_does_not_wait_forever(start_shell, tmp_path):
    # No process could continue it: SIGTTIN does not stop an orphaned group.
    (tmp_path / "orphan").write_text(
        "while [ -d /proc/$1 ]; do :; done\n" + f"{simpsh_words()} </dev/tty; echo $? >status\n"
    )
    line = "bash --norc -m -c 'sh orphan $$ &'; exec cat"
    start_shell(program=("bash", "--norc", "-c", line))
    wait_until(lambda: (tmp_path / "status").exists(), "it ended")


def test_a_background_reader_is_stopped_and_fg_gives_it_the_keyboard(prompt):
    prompt.send("cat &\r")
    prompt.wait(r"^\[1\]\+  Stopped \(SIGTTIN\)    cat\n>>$")
    # A reader continued by bg stops again.
    prompt.send("bg\r")
    prompt.wait(r"^\[1\] cat &\n\[1\]\+  Stopped \(SIGTTIN\)    cat\n>>$")
    prompt.begin("fg", "cat")
    prompt.send("one\r")
    prompt.wait(r"^one\none$")
    prompt.end("C-d")
    assert prompt.status() == 0
    # A reader stops its whole pipeline.
    prompt.send("cat | cat &\r")
    prompt.wait(r"^\[1\]\+  Stopped \(SIGTTIN\)    cat \| cat\n>>$")
    prompt.send("fg\r")
    prompt.wait_until(lambda: not prompt.owns_the_terminal(), "it got no terminal")
    prompt.send("two\r")
    prompt.wait(r"^two\ntwo$")
    prompt.end("C-d")
    # A background job that changes the modes stops.
    prompt.send("stty -echo &\r")
    prompt.wait(r"^\[1\]\+  Stopped \(SIGTTOU\)    stty -echo\n>>$")
    prompt.run("kill -KILL %1; wait %1")
    # A job may write, but not under tostop, which never stops the shell itself.
    prompt.send("sh -c 'echo from behind' &\r")
    prompt.wait(r"^\[1\]\+  Done +sh -c 'echo from behind'\n" + FRESH)
    prompt.run("stty tostop")
    prompt.send("echo from behind &\r")
    prompt.wait(r"^\[1\]\+  Stopped \(SIGTTOU\)    echo from behind\n>>$")
    assert prompt.run("fg") == "echo from behind\nfrom behind"
    pid = prompt.behind("sleep 100 &")
    prompt.run("kill %1")
    prompt.wait_until(lambda: state_of(pid) is None, "it lives on")
    prompt.wait(r"Terminated \(SIGTERM\) sleep 100$")
    assert prompt.run("echo on") == "on"


STOPPING = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


@pytest.mark.parametrize("options", [(), ("-v",)], ids=" ".join)
def test_stop_signals_act_on_jobs_even_if_they_were_ignored_at_the_start(start, options):
    # A shell can inherit these ignored signals from tmux.
    prompt = start("--no-rc", *options, ignored=STOPPING)
    for line in ("cat", "cat | cat", "(cat; :)"):
        prompt.send(f"{line} &\r")
        prompt.wait(r"^\[1\]\+  Stopped \(SIGTTIN\) ")
        prompt.run("kill -KILL %1; wait %1")
        prompt.fresh()
    prompt.begin("sleep 100", "sleep")
    assert "Stopped (SIGTSTP)" in prompt.end("C-z")
    prompt.run("kill -KILL %sleep; wait %sleep")
    # The signals stay ignored without job control, and in a program that replaces the shell.
    show = "grep SigIgn /proc/self/status"
    assert masks(prompt.run(f"(:; {show})")) == set()
    assert masks(prompt.run(f"echo $({show})")) == set(STOPPING)
    assert masks(prompt.run(f"echo $( (:; {show}; :); :)")) == set(STOPPING)
    prompt.run("set +m")
    assert masks(prompt.run(show)) == set(STOPPING)
    prompt.run("set -m")
    assert masks(prompt.run("trap '' TSTP; " + show)) == {signal.SIGTSTP}
    prompt.run("trap - TSTP")
    prompt.send(f"exec {show}\r")
    prompt.wait(r"^SigIgn:\s+\w+380000$")


def masks(text):
    """Return the signals in the SigIgn line of `text`."""
    ((word),) = re.findall(r"SigIgn:\s+(\w+)", text)
    return {number for number in range(1, 32) if int(word, 16) >> (number - 1) & 1}


def test_a_shell_in_the_background_stops_even_if_the_signal_was_ignored(prompt):
    pid = prompt.behind(f"(trap '' TTIN; exec {simpsh_words()} --no-rc) &")
    prompt.wait_until(lambda: state_of(pid) == "T", "it does not stop")
    prompt.run("kill -KILL %1; wait")


def test_without_job_control_jobs_share_a_group_and_background_jobs_ignore_keys(prompt):
    prompt.run("set +m")
    pid = prompt.behind("sh -c 'cat; exec sleep 100' &")
    prompt.wait_until(lambda: name_of(pid) == "sleep", "cat reads on")
    assert os.readlink(f"/proc/{pid}/fd/0") == "/dev/null"
    prompt.send("sleep 101\r")
    prompt.wait_until(lambda: len(prompt.children("sleep")) == 2, "it never ran")
    assert {group_of(one) for one in prompt.children()} == {prompt.pid}
    prompt.end("C-c")
    assert prompt.children("sleep") == [pid]


def test_a_shell_started_in_the_background_stops_and_fg_shows_its_prompt(start_shell):
    terminal = start_shell(program=("bash", "--norc", "-i"), environment={"PS1": "bash$ "})
    terminal.wait(r"^bash\$\Z")
    terminal.send(f"env -u PS1 {simpsh_words()} &\r")
    terminal.wait_until(
        lambda: [state_of(pid) for pid in descendants_of(terminal.pid)] == ["T"], "it runs on"
    )
    assert terminal.foreground_pgid() == terminal.pid
    terminal.send("fg\r")
    terminal.wait(r"^" + FRESH)
    prompt = Prompt(terminal)
    inner = descendants_of(terminal.pid)[0]
    assert terminal.foreground_pgid() == inner
    prompt.begin("sleep 100", "sleep")
    prompt.end("C-z")
    assert terminal.foreground_pgid() == inner
    prompt.run("kill %1")
    # A stopped job is continued so that the signal ends it: its end is reported when it has
    # happened.
    terminal.wait(r"Terminated[^\n]*\n" + FRESH)
    terminal.send("exit\r")
    terminal.wait(r"^bash\$\Z")
    assert terminal.foreground_pgid() == terminal.pid
