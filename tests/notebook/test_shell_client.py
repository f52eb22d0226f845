"""The shell of a kernel, without Jupyter: cells, interrupts, and leftovers."""

import os
import re
import signal

import pytest

from simpsh.notebook.cell_display import display_of, run_of
from simpsh.notebook.shell_client import ShellClient, ShellGone
from tests.harness.process import children_of, descendants_of, send, state_of, wait_until
from tests.support.untraceable import without


class Shown:
    """Stores the output, and passes it on."""

    def __init__(self, on_show=lambda _: None):
        self.text = ""
        self.on_show = on_show

    def __call__(self, text):
        self.text += text
        self.on_show(self.text)


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    client = ShellClient(os.environ)
    yield client
    client.end()


def shown(client, text):
    output = Shown()
    return client.run(text, output), output.text


def test_cells_share_one_shell_and_each_is_cut_into_commands(shell, tmp_path):
    (tmp_path / "sub").mkdir()
    shown(shell, "x='two words'\nf() { echo \"f: $1\"; }\ncd sub")
    result, text = shown(shell, 'f "$x"\npwd\necho $$; false')
    assert text == f"f: two words\n{tmp_path}/sub\n{shell.pid}\n"
    assert (result.status, result.has_left, result.was_interrupted) == (1, False, False)
    # Constructs may span lines; a prefix such as explain applies to its line only.
    cell = "for i in 1 2\ndo\n  echo $i\ndone\n\ncat <<END\ntext\nEND\nexplain ls | wc\necho end"
    result, text = shown(shell, cell)
    assert text.startswith("1\n2\ntext\n")
    assert text.endswith("end\n")
    assert "pipe" in text
    assert result.status == 0
    # Lines below a mistake are not run.
    result, text = shown(shell, "echo one\necho )\necho two")
    assert (text, result.mistake) == ("one\n", "')' without '('\n  echo )\n       ^")


def test_programs_see_a_terminal_and_output_comes_while_they_run(shell, tmp_path):
    os.mkfifo(tmp_path / "fifo")

    def go_on(text):
        # The cell ends only if its first line was shown while it ran.
        if text == "one\n":
            (tmp_path / "fifo").write_text("two\n")

    output = Shown(go_on)
    shell.run("test -t 1 && echo one\ncat fifo", output)
    assert output.text == "one\ntwo\n"


@pytest.fixture
def interruptible(shell):
    """SIGINT interrupts the cell that runs, as in a kernel."""
    before = signal.signal(signal.SIGINT, lambda *_: shell.interrupt())
    yield shell
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_the_cell_and_nothing_else(interruptible):
    shell = interruptible
    shown(shell, "sleep 1000 &")
    sleeper = "sh -c 'echo go; exec sleep 100'"
    # `pwd` is the shell's own: it writes while no job is ending.
    for cell in (sleeper, f"{sleeper} | cat", "pwd; while :; do :; done"):
        output = Shown(lambda _: os.kill(os.getpid(), signal.SIGINT))
        result = shell.run(f"{cell}\necho never", output)
        assert "never" not in output.text, cell
        assert (result.status, result.was_interrupted) == (130, True)
        _, text = shown(shell, "jobs")
        assert "Running" in text
        assert "sleep 1000" in text


def test_a_late_interrupt_does_not_affect_the_next_cell(interruptible):
    shell = interruptible
    shown(shell, "echo one")
    os.kill(os.getpid(), signal.SIGINT)
    send(shell.pid, signal.SIGINT)
    assert shown(shell, "sleep 0.01; echo two")[1] == "two\n"


def test_a_cell_has_no_keyboard_and_commands_read_the_end_of_input(shell):
    result, text = shown(shell, "cat; echo after; read x; test -t 0 || echo none")
    assert (text, result.status) == ("after\nnone\n", 0)


def test_background_jobs_are_reported_with_the_next_cell_and_their_output_is_kept(shell):
    # A quick job may write before the end of the cell that starts it.
    shown_meanwhile = [shown(shell, "(echo from below; exit 3) &")[1]]
    wait_until(lambda: not children_of(shell.pid) or "Z" in states(shell.pid), "the job's end")

    def has_come():
        # The kernel may deliver the terminal's output late.
        shown_meanwhile.append(shown(shell, ":")[1])
        return "from below" in "".join(shown_meanwhile)

    wait_until(has_come, "the job's output")
    assert "Exit 3" in "".join(shown_meanwhile)


def states(pid):
    return "".join(state_of(child) or "" for child in children_of(pid))


def test_exit_runs_the_trap_and_no_process_stays(shell):
    shown(
        shell, "trap 'echo farewell' EXIT\nnohup sleep 1000 >/dev/null 2>&1 &\nsetsid sleep 1000 &"
    )
    before = descendants_of(os.getpid())
    assert len(before) >= 3
    result, text = shown(shell, "exit 3")
    assert (result.status, result.has_left) == (3, True)
    assert text.endswith("farewell\n")
    shell.end()
    assert not [pid for pid in before if state_of(pid)]
    with pytest.raises((ShellGone, OSError)):
        shown(shell, "echo")


def test_the_end_of_the_shell_is_an_error(shell):
    with pytest.raises(ShellGone):
        shown(shell, "kill -KILL $$")


def test_the_picture_has_all_that_the_cell_did_and_timeline_draws_the_same():
    client = ShellClient(os.environ)

    def outcome(cell):
        """Return how a cell ended, its output, and the steps of its picture."""
        result, text = shown(client, cell)
        chronicle, remarks = run_of(client.record, result.stretch)
        assert not remarks
        data = display_of(chronicle, result.status, [])
        lines = data.get("text/plain", "").splitlines()
        return data, text, [line.split("  P")[-1] for line in lines if "  P" in line]

    try:
        if client.refusal:
            pytest.skip(client.refusal)
        shown(client, "true; true")
        for _ in range(2):
            data, _, steps = outcome("echo '<b>' | cat; false")
            # A wait that sleeps is a step; whether one sleeps is the scheduler's choice.
            summary = r"exit status 1 · 3 processes started, 1[2-5] steps\n"
            assert re.match(summary, data["text/plain"])
            assert {"1 execs echo '<b>' (stdout → pipe A)", "0 collects P3: status 1"} <= {*steps}
            assert "&lt;b&gt;" in data["text/html"]
            # The processes of simpsh's own tools are not shown.
            for tool in ("why", "step ls", "timeline", "cd .", "# nothing"):
                assert outcome(tool)[0] == {}
            plain = re.sub(r"\x1b\[[0-9;]*m", "", outcome("timeline")[1])
            assert [step for step in steps if step not in plain] == []
        # Within a cell, timeline shows the line before it, also without its own process.
        _, text, steps = outcome("ls / | wc\ntimeline\nfalse")
        assert text.count("collects P") == 2
        assert sum("forks" in step for step in steps) == 3
        assert "false exited with 1" in outcome("why")[1]
    finally:
        client.end()


def test_without_ptrace_cells_run_and_the_lack_is_reported():
    def work():
        client = ShellClient(os.environ)
        try:
            return client.refusal, client.record, shown(client, "echo one | cat")[1]
        finally:
            client.end()

    refusal, record, text = without("ptrace", work)
    assert "lets no process trace" in refusal
    assert (record, text) == ("", f"simpsh: no pictures in this notebook: {refusal}\none\n")
