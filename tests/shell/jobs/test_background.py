"""Background jobs: a read from the terminal stops a job, and under `tostop` also a write."""

from __future__ import annotations

import os
import re
import signal

import pytest

from tests.harness.process import descendants_of, group_of, name_of, state_of
from tests.harness.sh import simpsh_words
from tests.shell.jobs.prompt import Prompt

FRESH = r">>\n?(status [^\n]*)?\Z"


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
