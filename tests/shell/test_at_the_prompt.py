"""At the prompt: aliases of $ENV, prefixes, and what programs inherit."""

import os

import pytest

from tests.harness.process import descriptors_of
from tests.shell.jobs.prompt import Prompt
from tests.shell.test_inheritance import SHOW

# -- aliases, history and prefixes -----------------------------------------------------------------


def test_a_prompt_reads_ENV_and_knows_aliases_and_fc(start_shell, tmp_path):
    (tmp_path / "settings").write_text(
        "alias hi='printf \"<%s>\"'\ngreet() { printf '{%s}' \"$1\"; }\n"
    )
    terminal = start_shell(environment={"ENV": "$FOLDER/settings", "FOLDER": str(tmp_path)})
    terminal.wait_prompt()
    for line, shown in {
        "hi there": r"<there>",
        "greet you": r"^\{you\}",
        "fc -ln -2 -1": r"^\s+hi there$\n^\s+greet you$",
    }.items():
        terminal.run(line)
        terminal.wait(shown)
    terminal.run("set -o ignoreeof")
    terminal.key("C-d")
    terminal.wait(r"type 'exit' to leave")
    terminal.send("gre\t")
    terminal.wait(r"^>> greet")


def test_a_prefix_takes_the_whole_line(start_shell):
    prompt = Prompt(start_shell(rows=120, columns=110))
    # explain does not run any part of the line, and its output can be paged.
    quoted = prompt.run("explain 'echo x | cat > made &'")
    assert prompt.run("explain echo x | cat > made &") == quoted
    assert prompt.run("explain echo $(touch made)").count("execve") >= 1
    assert prompt.run("echo mad[e]") == "mad[e]"
    assert prompt.run("explain 'true | true' | tail -n 1").count("\n") == 0
    # trace takes a pipeline with its redirections and continuation lines.
    output = prompt.run("trace printf 'b\\na\\n' | sort > sorted")
    assert "execs printf" in output
    assert "execs sort" in output
    assert prompt.run("cat sorted") == "a\nb"
    prompt.send("trace for i in 1 2; do\r")
    prompt.wait(r"^for>$")
    prompt.send("sh -c : $i\rdone\r")
    prompt.wait(r"(?s)execs sh -c :.*execs sh -c :.*^>>$")


# -- what programs inherit -------------------------------------------------------------------------

LISTING = {
    "a command": SHOW,
    "first in a pipeline": f"{SHOW} | cat",
    "last in a pipeline": f"true | {SHOW}",
    "a subshell": f"(:; {SHOW})",
    "a substitution": f'printf "%s\\n" "$({SHOW})"',
    "a here-document": f"{SHOW} <<<word",
    "the background": f"{SHOW} & wait",
    "a program that was stopped": f"sh -c 'kill -STOP $$; {SHOW}'\rfg",
}


@pytest.mark.usual("")
@pytest.mark.long("each way to start the prompt")
@pytest.mark.parametrize("options", [(), ("-v",)], ids=" ".join)
def test_programs_get_no_descriptor_of_the_shell_or_its_line_editor(options, start_shell, tmp_path):
    # The shell and its programs inherit descriptors of the test runner.
    given = {number for number in descriptors_of(os.getpid()) if os.get_inheritable(number)}
    free = next(number for number in range(3, 300) if number not in given)
    expected = sorted({0, 1, 2, *given, free})
    terminal = start_shell("--no-rc", *options)
    terminal.wait_prompt()
    for number, line in enumerate(LISTING.values()):
        # The listing goes to a file, because the screen also has narration and notices.
        # The rest of a line is not run if a job stops: such a line is two.
        first, *rest = line.split("\r")
        for typed in (f"{{ {first}; }} >out{number}", *rest, f"echo done{number}"):
            terminal.send(f"{typed}\r")
        terminal.wait(f"^done{number}$")
        terminal.wait_prompt()
    for number, name in enumerate(LISTING):
        lines = (tmp_path / f"out{number}").read_text().splitlines()
        numbers = [int(line) for line in lines if line.isdigit()]
        assert (name, sorted(numbers)) == (name, expected)
    terminal.send("exit\r")
    assert terminal.wait_exit() == 0
