"""What a program inherits at the prompt of a real terminal."""

import os

import pytest

from tests.harness.process import descriptors_of
from tests.shell.test_inheritance import SHOW

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
@pytest.mark.parametrize("options", [(), ("-v",), ("--trace", "recording")], ids=" ".join)
def test_programs_get_no_descriptor_of_the_shell_or_its_line_editor(options, start_shell, tmp_path):
    # The shell and its programs inherit descriptors of the test runner.
    given = {number for number in descriptors_of(os.getpid()) if os.get_inheritable(number)}
    free = next(number for number in range(3, 300) if number not in given)
    expected = sorted({0, 1, 2, *given, free})
    terminal = start_shell("--no-rc", *options)
    terminal.wait_prompt()
    for number, line in enumerate(LISTING.values()):
        # The listing goes to a file, because the screen also has narration and notices.
        # What follows a job that stops is not run: such a line is two.
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
