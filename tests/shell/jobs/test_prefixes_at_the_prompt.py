"""`trace`, `explain`, `step` and `explore`, typed at the prompt, take the whole line."""

from __future__ import annotations

import pytest


@pytest.fixture
def prompt(start):
    return start(rows=120, columns=110)


def test_explain_takes_the_whole_line_and_runs_nothing_of_it(prompt):
    quoted = prompt.run("explain 'echo x | cat > made &'")
    assert prompt.run("explain echo x | cat > made &") == quoted
    assert "dup2" in quoted
    assert prompt.run("explain echo $(touch made)").count("execve") >= 1
    assert prompt.run("echo mad[e]") == "mad[e]"


def test_explain_can_still_be_read_page_by_page(prompt):
    assert prompt.run("explain 'true | true' | tail -n 1").count("\n") == 0


def test_trace_takes_a_pipeline_its_redirections_and_lines_that_follow(prompt):
    said = prompt.run("trace printf 'b\\na\\n' | sort > sorted")
    assert "execs printf" in said
    assert "execs sort" in said
    assert prompt.run("cat sorted") == "a\nb"
    prompt.send("trace for i in 1 2; do\r")
    prompt.wait(r"^\.\.$")
    prompt.send("sh -c : $i\r")
    prompt.wait(r"^\.\.$")
    prompt.send("done\r")
    prompt.wait(r"(?s)execs sh -c :.*execs sh -c :.*^>>$")


def test_in_a_script_they_take_operands_as_any_other_command(prompt):
    assert prompt.run("simpsh -c 'explain true | wc -l'").strip().isdigit()
