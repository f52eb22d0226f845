"""One process group for each job, and who owns the terminal: judged from /proc."""

from __future__ import annotations

import os
import signal

from tests.support.processes import (
    blocked_signals,
    children_of,
    descendants_of,
    group_members,
    group_of,
    ignored_signals,
    name_of,
    parent_of,
    session_of,
    wait_for_state,
    wait_until,
)
from tests.support.shells import simpsh_words


def test_the_shell_and_each_command_lead_groups_and_the_terminal_comes_back(prompt):
    # The shell leads a group that owns the terminal at the prompt.
    assert group_of(prompt.pid) == prompt.pid
    assert session_of(prompt.pid) == prompt.pid
    assert prompt.terminal.foreground_pgid() == prompt.pid
    # After a job has ended the terminal is the shell's.
    for line in ("true", "true | true", "(true; true)", "nosuchcommand", ": $(true)"):
        prompt.run(line)
        assert prompt.owns_the_terminal(), line
    # A command leads a group of its own that owns the terminal.
    group = prompt.begin("sleep 100", "sleep")
    assert prompt.children() == [group]
    assert group_members(group) == [group]
    assert group_of(group) == group
    assert session_of(group) == prompt.pid
    assert parent_of(group) == prompt.pid


def test_every_process_of_a_pipeline_is_in_the_group_that_the_first_one_leads(prompt):
    group = prompt.begin("cat | sed p | sort", "cat")
    members = prompt.wait_members(group, ["cat", "sed", "sort"])
    assert sorted(prompt.children()) == sorted(members)
    assert name_of(group) == "cat"


def test_after_a_job_has_stopped_the_terminal_is_the_shells(prompt):
    prompt.stop("cat | cat", "cat")
    assert prompt.owns_the_terminal()


def test_a_background_pipeline_is_a_group_and_the_shell_keeps_the_terminal(prompt):
    last = prompt.behind("sleep 100 | sleep 101 &")
    group = group_of(last)
    assert group != prompt.pid
    assert group_members(group) == sorted(prompt.children())
    assert last == max(prompt.children())
    assert prompt.owns_the_terminal()


def test_a_subshell_and_its_commands_are_one_group(prompt):
    prompt.send("(sleep 100 | sleep 101; true)\r")
    prompt.wait_until(lambda: len(descendants_of(prompt.pid)) == 3, "there are not three")
    group = prompt.terminal.foreground_pgid()
    prompt.wait_until(
        lambda: sorted(descendants_of(prompt.pid)) == group_members(group), "not one group"
    )
    assert prompt.children() == [group]


def test_a_subshell_of_one_command_is_that_command(prompt):
    group = prompt.begin("(sleep 100)", "sleep")
    assert prompt.children() == [group]
    assert group_members(group) == [group]


def test_each_command_of_a_braces_group_is_a_job_of_the_shell_itself(prompt):
    group = prompt.begin("{ sleep 100; true; }", "sleep")
    assert prompt.children() == [group]
    assert group_of(group) == group


def test_a_background_list_is_one_group(prompt):
    subshell = prompt.behind("true && sleep 100 &")
    prompt.wait_until(lambda: len(group_members(subshell)) == 2, "sleep is not in its group")
    assert prompt.children() == [subshell]


def test_a_background_pipeline_in_a_subshell_stays_in_its_group(prompt):
    group = prompt.behind("(sleep 100 & wait) &")
    prompt.wait_members(group, [name_of(group), "sleep"])


def test_a_command_substitution_stays_in_the_shells_group(prompt):
    prompt.send(": $(sleep 100)\r")
    prompt.wait_until(lambda: prompt.children("sleep"), "sleep never ran")
    assert group_of(prompt.children("sleep")[0]) == prompt.pid
    assert prompt.owns_the_terminal()


def test_children_ignore_and_block_nothing(prompt):
    group = prompt.begin("sleep 100 | sleep 101", "sleep")
    for pid in prompt.wait_members(group, ["sleep", "sleep"]):
        assert ignored_signals(pid) == frozenset()
        assert blocked_signals(pid) == frozenset()
    prompt.end("C-c")
    pid = prompt.behind("sleep 100 &")
    prompt.wait_until(lambda: name_of(pid) == "sleep", "it never ran")
    assert ignored_signals(pid) == frozenset()
    assert blocked_signals(pid) == frozenset()


def test_what_was_ignored_when_the_shell_started_stays_ignored_in_its_children(start):
    given = (signal.SIGUSR1, signal.SIGHUP)
    prompt = start(ignored=(*given, signal.SIGTSTP))  # which job control needs
    group = prompt.begin("sleep 100 | sleep 101", "sleep")
    for pid in prompt.wait_members(group, ["sleep", "sleep"]):
        assert ignored_signals(pid) == frozenset(given)


def test_a_child_has_none_of_the_shells_own_descriptors(prompt):
    group = prompt.begin("cat | cat", "cat")
    # What the test runner itself was given goes through everybody.
    given = {one for one in map(int, os.listdir("/proc/self/fd")) if _is_inheritable(one)}
    for pid in prompt.wait_members(group, ["cat", "cat"]):
        wait_for_state(pid, "S")  # it reads: before, its loader has libraries open
        assert set(map(int, os.listdir(f"/proc/{pid}/fd"))) == {0, 1, 2} | given


def _is_inheritable(descriptor):
    try:
        return os.get_inheritable(descriptor)
    except OSError:
        return False  # the descriptor that listed the directory


def test_no_groups_are_made_by_a_script_or_a_command_string_on_a_terminal(start_shell, tmp_path):
    # No groups are made by a command string on a terminal.
    terminal = start_shell("-c", "sleep 100 & sleep 101 | sleep 102")
    terminal.wait_until(
        lambda: [name_of(one) for one in children_of(terminal.pid)] == ["sleep"] * 3, "not three"
    )
    assert {group_of(one) for one in children_of(terminal.pid)} == {terminal.pid}
    assert terminal.foreground_pgid() == terminal.pid
    # No groups are made by a script on a terminal.
    (tmp_path / "script").write_text("sleep 101 | sleep 102\n")
    terminal = start_shell("script")
    terminal.wait_until(
        lambda: [name_of(one) for one in children_of(terminal.pid)] == ["sleep"] * 2, "not two"
    )
    assert {group_of(one) for one in children_of(terminal.pid)} == {terminal.pid}


def test_interrupt_ends_a_command_string_and_its_command(start_shell):
    terminal = start_shell("-c", "sleep 100; echo on")
    terminal.wait_until(
        lambda: [name_of(one) for one in children_of(terminal.pid)] == ["sleep"], "no sleep"
    )
    terminal.key("C-c")
    assert terminal.wait_exit() == -signal.SIGINT
    assert "on" not in terminal.screen()


def test_set_m_in_a_command_string_makes_a_group_that_owns_the_terminal(start_shell):
    terminal = start_shell("-c", "set -m; cat; echo over")
    group = terminal.foreground_is("cat")
    assert group != terminal.pid
    terminal.send("one\r")
    terminal.wait(r"^one\none$")
    terminal.key("C-d")
    terminal.wait(r"^over$")


def test_without_job_control_at_the_prompt_jobs_share_the_shells_group(prompt):
    prompt.run("set +m")
    pid = prompt.behind("sleep 100 &")
    assert group_of(pid) == prompt.pid
    prompt.send("sleep 101\r")
    prompt.wait_until(lambda: len(prompt.children("sleep")) == 2, "sleep never ran")
    assert {group_of(one) for one in prompt.children()} == {prompt.pid}


def test_a_program_with_groups_of_its_own_gives_the_terminal_back_to_the_shell(prompt):
    # bash -m is such a program: cat becomes a group of its own, behind the shell's back.
    cat = prompt.begin("bash --norc -m -c 'cat; true'", "cat")
    job = prompt.children()[0]
    assert group_of(cat) == cat != job
    prompt.end("C-d")
    assert prompt.owns_the_terminal()
    prompt.begin("bash --norc -m -c 'cat; true'", "cat")
    prompt.end("C-c")
    assert prompt.owns_the_terminal()


def test_a_program_that_is_killed_while_its_child_owns_the_terminal_leaves_it_to_the_shell(prompt):
    sleep = prompt.begin("bash --norc -m -c 'sleep 100; true'", "sleep")
    job = prompt.children()[0]
    assert job != sleep
    os.kill(job, signal.SIGKILL)
    prompt.wait(r"^Killed \(SIGKILL\)\n>>$")
    assert prompt.owns_the_terminal()
    assert prompt.run("echo on") == "on"


def test_a_process_whose_parent_has_left_lives_on_and_keys_do_not_reach_it(prompt, tmp_path):
    prompt.run("sh -c 'sleep 100 & echo $! >pid'")
    pid = int((tmp_path / "pid").read_text())
    prompt.begin("sleep 101", "sleep")
    prompt.end("C-c")
    prompt.wait_states([pid], "S")
    assert group_of(pid) != prompt.pid


def test_a_read_from_an_orphaned_group_fails_and_stops_nobody(prompt, tmp_path):
    # See credentials(7) and POSIX XBD 11.1.4: such a group gets EIO, not SIGTTIN.
    # It reads when the shell has its terminal back: the keyboard was the group's until then.
    os.mkfifo(tmp_path / "go")
    (tmp_path / "orphan").write_text("read go <go\ncat </dev/tty 2>error\necho >over\n")
    prompt.run("sh -c 'sh orphan &'")
    (tmp_path / "go").write_text("on\n")
    prompt.wait_until((tmp_path / "over").exists, "it never read")
    assert (tmp_path / "error").read_text() == "cat: -: Input/output error\n"
    assert prompt.run("echo on").endswith("on")


def test_an_orphaned_shell_in_the_background_does_not_wait_for_ever(start_shell, tmp_path):
    # Nobody could continue it: SIGTTIN does not stop an orphaned group.
    (tmp_path / "orphan").write_text(
        "while [ -d /proc/$1 ]; do :; done\n" + f"{simpsh_words()} </dev/tty; echo $? >status\n"
    )
    line = "bash --norc -m -c 'sh orphan $$ &'; exec cat"
    start_shell(program=("bash", "--norc", "-c", line))
    wait_until(lambda: (tmp_path / "status").exists(), "it ended")
