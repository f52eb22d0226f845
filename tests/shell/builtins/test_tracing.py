"""trace and timeline: pictures of a command, recorded from the kernel or by the shell."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from simpsh.trace.recording.last_command import MOST_CALLS, LastCommandLog
from tests.harness.process import children_of, name_of, wait_until
from tests.harness.sh import SIMPSH, run
from tests.shell.builtins.builtin_calls import call, shell


@pytest.mark.parametrize(
    ("script", "output", "shown"),
    [
        (
            "trace 'sh -c \"exit 3\" | sh -c \"exit 4\"'; printf '%s' $?",
            "4",
            ["3 processes", "exits with status 3", "exits with status 4"],
        ),
        # Several operands are a program, which is traced directly.
        (
            "trace sh -c 'exit 5' '|'; printf '%s' $?",
            "5",
            ["1 process,", "P0 starts: sh -c 'exit 5'"],
        ),
        # A built-in is traced in a separate shell.
        (
            "trace cd '/nosuch dir'; printf '%s' $?; pwd | sed 's:.*/::'",
            "1work\n",
            ["cd: /nosuch dir: No such file or directory"],
        ),
        ("trace; printf '%s' $?", "2", ["simpsh: line 1: trace: which command? Put a line in"]),
    ],
)
def test_a_command_is_traced_and_its_status_is_kept(script, output, shown):
    outcome = run(SIMPSH, script)
    assert outcome.text == output
    assert [words for words in shown if words not in outcome.error] == []


def test_options_go_to_the_tracer_and_a_recording_can_be_shown():
    outcome = run(SIMPSH, "trace -o f.jsonl printf x; trace show f.jsonl")
    assert outcome.status == 0
    assert outcome.text.startswith("xprintf x\n")
    assert outcome.files["f.jsonl"].content.startswith(b'{"schema":"simpsh.trace/2"')


# -------------------------------------------------------------------------------- timeline


def test_a_script_remembers_nothing_and_an_unwatched_command_gets_advice():
    assert call(shell(), "timeline").error == (
        "timeline: only the prompt remembers; 'trace COMMAND' runs one and draws it\n"
    )
    state = shell()
    acting = SimpleNamespace(last_run=LastCommandLog())
    acting.last_run.begin("timeline", is_watched=False)
    answer = call(state, "timeline", acting=acting)
    assert answer.error == "timeline: there is no command before this one\n"
    acting.last_run.begin("ls", is_watched=False)
    # A line that only inspects the last command does not become the last command.
    for _ in range(2):
        acting.last_run.begin("timeline", is_watched=False)
        answer = call(state, "timeline", acting=acting)
        assert (answer.status, answer.error) == (
            1,
            "timeline: the last command was not watched; 'trace COMMAND' runs one and draws all "
            "of it, 'verbose 1' lets this shell watch the next ones\n",
        )
    # A lesson and the like run processes of their own.
    acting.last_run.begin("doctor", is_watched=False)
    acting.run_job = lambda plan: len(plan.text)
    assert call(state, "doctor", acting=acting).status == len("doctor")
    acting.last_run.begin("timeline", is_watched=False)
    assert acting.last_run.before.text == "ls"


def test_the_number_of_stored_calls_is_limited():
    last = LastCommandLog()
    last.begin("many", is_watched=True)
    for number in range(MOST_CALLS + 10):
        last.keep((10, number, "close", (number,), (0, 0)))
    last.begin("timeline", is_watched=True)
    assert last.before is not None
    assert len(last.before.calls) == MOST_CALLS
    assert last.before.is_cut


@pytest.mark.pty
def test_timeline_at_the_prompt_draws_the_last_watched_command(start_shell, tmp_path):
    terminal = start_shell("--no-rc", rows=60)
    terminal.wait_prompt()
    terminal.send("timeline\r")
    terminal.wait("there is no command before this one")
    terminal.wait_prompt()
    terminal.run("trace -o 3.txt sh -c 'exit 3'")
    for name in ("first", "again"):
        terminal.run(f"timeline > {name}")
        drawn = (tmp_path / name).read_text()
        assert "P0 exits with status 3" in drawn
        assert "1 process," in drawn
    # A trace within a pipeline is also drawn.
    terminal.run("{ trace true; } 2> drawn | cat; echo ended")
    assert "P0 exits with status 0" in (tmp_path / "drawn").read_text()
    # The last line that created a process is remembered, narrated or not; timeline does not change
    # this.
    pipeline = "sh -c 'exit 3' | sh -c 'exit 4' 2>f"
    looks = ["status", "family", "verbose 0", "timeline"]
    for lines in ([pipeline], ["verbose 1", pipeline, *looks], ["nosuch; " + pipeline, *looks]):
        for line in lines:
            terminal.run(line)
        terminal.run("timeline > drawn")
        drawn = (tmp_path / "drawn").read_text()
        assert drawn.splitlines()[0] == next(line for line in lines if pipeline in line)
        assert "P0 execs" not in drawn
        assert "exits with status 3" in drawn
        assert "execs sh -c 'exit 4' (stdin ← pipe A" in drawn
        assert "note: simpsh's own calls, and its children's up to execve; what the" in drawn
    assert "P1 cannot exec" in drawn
    # The suffix of a file selects the format.
    terminal.run("timeline run.html; timeline run.svg")
    assert "<!doctype html>" in (tmp_path / "run.html").read_text().lower()
    assert "<svg" in (tmp_path / "run.svg").read_text()
    terminal.send("timeline run.jsonl\r")
    terminal.wait("a picture is no recording; 'trace -o run.jsonl")
    terminal.wait_prompt()
    terminal.send("timeline nosuch/run.html\r")
    terminal.wait("timeline: nosuch/run.html: No such file")
    terminal.wait_prompt()
    # Later events of a job belong to the line that reported them.
    terminal.run("sleep 100 &")
    wait_until(
        lambda: "sleep" in map(name_of, children_of(terminal.pid)), "the job has executed sleep"
    )
    terminal.run("timeline > drawn")
    assert "P1 execs sleep 100" in (tmp_path / "drawn").read_text()
    terminal.run("kill %1; wait; clear")
    terminal.run("timeline > drawn")
    drawn = (tmp_path / "drawn").read_text()
    assert "P1 is killed by SIGTERM" in drawn
    assert "execs sleep" not in drawn
