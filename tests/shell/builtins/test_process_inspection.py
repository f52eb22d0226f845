"""family, fds and diagnose: processes as seen in /proc."""

import os
import re
import signal

from simpsh.base.wait_status import decode
from simpsh.process.proc import ProcessStat, parse_stat
from simpsh.process.process_tree import Relative, names_in
from simpsh.shell.builtins.process_inspection import draw_family
from simpsh.shell.jobs.job_table import ChildProcess, Job
from simpsh.view.styled_text import Piece, lane_style, plain, plain_block
from tests.harness.process import child, send, sleep_for_ever, wait_for_state
from tests.harness.sh import run_simpsh
from tests.shell.builtins.builtin_calls import call, shell


def process(pid: int, ppid: int, state: str, pgid: int, tpgid: int = -1) -> ProcessStat:
    return parse_stat(
        b"%d (x) %s %d %d 10 %d %d " % (pid, state.encode(), ppid, pgid, 34816 * (tpgid > 0), tpgid)
        + b"0 " * 44
    )


def test_the_tree_is_drawn_with_states_groups_and_the_foreground_mark():
    tree = [
        Relative(0, process(10, 1, "S", 10, 11)),
        Relative(1, process(11, 10, "R", 11, 11)),
        Relative(2, process(13, 11, "Z", 11, 11)),
        Relative(1, process(12, 10, "T", 12, 11)),
    ]
    commands = {10: "simpsh", 11: "sh -c x", 12: "sleep 9", 13: "[true]"}
    names = names_in(tree)
    row = plain(draw_family(tree[:1], names, {10: "x" * 99}, 50)[1])
    assert (len(row), row[-2:]) == (50, "x…")
    rows = draw_family(tree, names, commands, 80)
    assert Piece("P1.1", lane_style((), "P1.1")) in rows[3]
    assert (
        plain_block(rows)
        == """\
name     pid  state       group  session  command
P0        10  S asleep       10       10  simpsh
P1        11  R running      11*      10  ├─ sh -c x
P1.1      13  Z zombie       11*      10  │  └─ [true]
P2        12  T stopped      12       10  └─ sleep 9
*: the terminal's foreground group; keys and ^C ^\\ ^Z go there
Z: a zombie has ended and waits for its parent to wait for it
T: stopped by a signal, until SIGCONT comes"""
    )


def test_fds_shows_number_cloexec_mode_offset_and_target(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    descriptor = os.open(tmp_path / "file", os.O_RDONLY)
    os.dup2(descriptor, 77, inheritable=True)
    os.close(descriptor)
    os.read(77, 3)
    with child(sleep_for_ever) as pid:
        wait_for_state(pid, "S")
        lines = call(shell(), "fds", str(pid)).output.splitlines()
    os.set_inheritable(77, False)
    own = call(shell(), "fds").output.splitlines()
    os.close(77)
    target = f"{os.path.realpath(tmp_path)}/file (file)"
    assert lines[0].startswith(f"{pid}: ")
    assert f"   77  -        r            3  {target}" in lines
    assert f"   77  yes      r            3  {target}" in own


def test_below_a_pipe_the_holders_of_its_other_end_are_listed():
    read_end, write_end = os.pipe()
    with child(os.read, read_end, 1) as pid:
        wait_for_state(pid, "S")
        # diagnose reports that the child waits for the pipe.
        answer = call(shell(), "diagnose", str(pid))
        first, *further = answer.output.splitlines()
        assert (answer.status, first.startswith(f"Process {pid} (")) == (0, True)
        assert "write end of the pipe [" in first
        assert all(line.startswith("  ") for line in further)
        lines = call(shell(), "fds", str(pid)).output.splitlines()
        at = next(at for at, line in enumerate(lines) if line.startswith(f"{read_end:5}  "))
        assert lines[at].endswith("(read end)")
        holders = [line.strip() for line in lines[at + 1 : at + 3]]
        first, last = f"write end: {os.getpid()} ", f" (fd {write_end})"
        ours = [line for line in holders if line.startswith(first) and line.endswith(last)]
        assert [len(line) <= len(first + last) + 60 for line in ours] == [True]
    os.close(read_end)
    os.close(write_end)


def test_diagnose_names_the_signal_that_the_shell_received():
    asking = shell()
    with child(sleep_for_ever) as pid:
        wait_for_state(pid, "S")
        process = ChildProcess(pid, "sleeps")
        asking.jobs.add(Job([process], pid, "sleeps"))
        send(pid, signal.SIGTSTP)
        waited = os.waitpid(pid, os.WUNTRACED)
        process.status = decode(waited[1])
        output = call(asking, "diagnose", str(pid)).output
        assert f"{pid} (" in output
        assert "SIGTSTP" in output


def test_the_shell_itself_is_called_simpsh_and_not_by_its_path(tmp_path):
    # When family looks, a program of a pipeline might still be a copy of the shell. fds would show
    # the path of the test runner, which has the other end of a pipe.
    line = "exec >out 2>&1; family; fds; diagnose $$; (family; :)"
    run_simpsh("-c", line, cwd=tmp_path)
    rows = [row for row in (tmp_path / "out").read_text().splitlines() if "simpsh" in row]
    assert ["simpsh (this shell)" in row for row in rows] == [True, True, False, False, True]
    assert re.match(r"Process \d+ \(simpsh, this shell\) ", rows[2])
    assert rows[3].endswith(f"simpsh -c {line}")
    assert rows[4].endswith("└─ simpsh (this shell)")
    assert not [row for row in rows if "/" in row or "python" in row]
