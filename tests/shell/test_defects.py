"""A defect in a built-in, prefix or completer is one line and a status; the shell continues."""

import re
import sys

import pytest

from tests.harness.process import children_of
from tests.harness.sh import PROJECT, run_command

PREPARED = """
import resource, sys
from simpsh.kernel.machine import seccomp
from simpsh.shell import line_prefixes
from simpsh.shell.builtins import builtin_registry as registry
def group(state, services, operands):
    if operands[0] == "memory":
        raise MemoryError
    return int(operands[0])
for name in ("group", "export"):
    registry._FILES[name] = "a test"
    registry._loaded[name] = registry.Builtin(f"{name} number", group, "It is broken.")
"""
BROKEN_PREFIX = """
def broken(text):
    if text.startswith("break"):
        raise KeyError("prefix")
line_prefixes.split_prefix = broken
"""
BROKEN_COMPLETER = """
from simpsh.repl import argument_names, line_editor
def fail(*_): raise ValueError('defect')
line_editor.completion = fail
"""
NO_PROCESS = """
import struct, errno
from simpsh.kernel.machine.syscall_table import NUMBERS
def refuse(*names):
    load, allow = struct.pack("HBBI", 0x20, 0, 0, 0), struct.pack("HBBI", 6, 0, 0, 0x7FFF0000)
    tests = [struct.pack("HBBI", 0x15, 0, 1, NUMBERS[name]) +
             struct.pack("HBBI", 6, 0, 0, 0x00050000 | errno.ENOMEM) for name in names]
    seccomp.install(load + b"".join(tests) + allow)
refuse(*[name for name in ("fork", "vfork", "clone", "clone3") if name in NUMBERS])
"""
START = "from simpsh.cli.command_line import run; sys.exit(run(sys.argv[1:]))"
DEFECT = "group: a defect of simpsh: ValueError: invalid literal for int() with base 10: 'x'"


def program(*parts, options=()):
    return [sys.executable, "-c", "".join((PREPARED, *parts, START)), *options]


def script(*parts, text, options=()):
    done = run_command(program(*parts, options=[*options, "-c", text]), cwd=PROJECT)
    lines = [re.sub(r" \([\w.<>]+, line \d+\)$", "", line) for line in done.stderr.splitlines()]
    return done.returncode, done.stdout, lines


@pytest.fixture
def prompt(start_shell):
    def start(*parts):
        terminal = start_shell(
            program=program(*parts), environment={"PYTHONPATH": PROJECT}, columns=160
        )
        terminal.wait_prompt()
        return terminal

    return start


def test_at_the_prompt_each_defect_is_one_line_and_the_session_continues(prompt):
    terminal = prompt(BROKEN_PREFIX, BROKEN_COMPLETER)
    for typed, shown in (
        ("group x", rf"^simpsh: {re.escape(DEFECT)}"),
        ("echo $?", r"^1$"),
        ("group memory", r"^simpsh: group: there is not enough memory$"),
        ("group x | cat; export x && echo not", r"^simpsh: export: a defect of simpsh: ValueError"),
        ("break the prefix", r"^simpsh: a defect of simpsh: KeyError: 'prefix' \("),
        ("echo $?", r"^2$"),
        ("group 7; echo $?", r"^7$"),
    ):
        terminal.run(typed)
        terminal.wait(shown)
    terminal.send("echo o\t")
    defect = r"a defect of simpsh: ValueError: defect \(<string>, line \d+\)"
    terminal.wait(rf"^simpsh: completion: {defect}\n>> echo o$")
    terminal.send("n\r")
    terminal.wait(r"^on\n>>")
    assert b"Traceback" not in terminal.raw


def test_a_lack_of_memory_ends_the_line_and_not_the_session(prompt):
    terminal = prompt()
    terminal.run("ulimit -v 400000")
    terminal.run("x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo not reached")
    terminal.wait(r"^simpsh: there is not enough memory\n>>")
    terminal.run("echo $? $(echo ${#x})")
    terminal.wait(r"^2 0\n>>")
    assert children_of(terminal.pid) == []
    assert b"Traceback" not in terminal.raw


def test_the_session_continues_if_there_is_no_memory_for_a_process(prompt):
    terminal = prompt(NO_PROCESS)
    for line in ("/bin/true", "(:) | :", "x=$(:)", "/bin/true &"):
        terminal.run(f"{line}")
        # At the prompt echo is a program, which needs a fork; print without a fork.
        terminal.run(": ${unset?status $?}")
    terminal.wait(r"true &\n.*fork: Cannot allocate memory\n.*\n.*status 126\n>>")
    assert terminal.screen().count("simpsh: fork: Cannot allocate memory") == 4
    assert terminal.screen().count("simpsh: unset: status 126") == 4


@pytest.mark.parametrize("options", [(), ("-o", "visible")])
def test_a_script_continues_after_a_built_in_and_ends_after_a_special_one(options):
    status, output, errors = script(
        text="group x; echo $?; group x | cat; echo on", options=options
    )
    assert (status, output) == (0, "1\non\n")
    assert errors == [f"simpsh: line 1: {DEFECT}"] * 2
    status, output, errors = script(text="export x; echo not", options=options)
    assert (status, output) == (1, "")
    assert errors == [f"simpsh: line 1: {DEFECT.replace('group', 'export')}"]


def test_a_script_ends_if_an_expansion_exceeds_the_memory():
    text = "ulimit -v 400000; x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo not reached"
    status, output, errors = script(text=text)
    assert (status, output, errors) == (2, "", ["simpsh: line 1: there is not enough memory"])
