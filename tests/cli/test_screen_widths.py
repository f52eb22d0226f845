"""Every kind of text for users fits a screen of 40 or 60 columns and more.

One shell on a pseudo-terminal of each width runs a script of mistakes, tables and help pages, and
one process answers `--help` of all subcommands. Each output is compared with the output on a very
wide terminal: rows must fit the screen, and each word must occur there, so no word is cut.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from shutil import rmtree

import pytest
from wcwidth import wcswidth

from simpsh.cli.command_line import SUBCOMMANDS
from simpsh.shell.builtins.help_pages import pages
from tests.harness.sh import simpsh_words
from tests.harness.terminal import Terminal

pytestmark = pytest.mark.long("every text at five widths")

WIDTHS = (40, 60, 80, 100, 120)
WIDE = 400
FIRST = "漢字の名前"
SECOND = "🎉🎊🎈"
LONG = f"{FIRST} and {SECOND} and more words, so many that no narrow screen has room for them"

CARETS = {
    "done": ("echo a; done", "done"),
    "pipe": (f"echo {LONG} | | wc -l", "|"),
    "pipe early": (f"| echo {LONG}", "|"),
    "closing": (f"( echo {LONG} ; echo {SECOND} ; }}", "}"),
    "case": (f"for {FIRST}x in a; do echo {LONG}; done", f"{FIRST}x"),
    "wide spot": (f"echo {LONG}; for {SECOND} in a", SECOND),
    "tab": (f"\techo\t{FIRST};\tfi", "fi"),
    "marks": ("echo e\u0301e\u0301e\u0301 \u200d; esac", "esac"),
    "quote": (f'eval "echo {FIRST} \'abc {LONG}"', "'"),
    "explain": (f"explain 'echo {LONG}; done'", "done"),
    "here": (f"echo {LONG} >", ">"),
    "target": (f"echo {LONG} > ; echo b", ";"),
}
"""Syntax errors, and the word above the caret."""

MESSAGES = {
    "not found": "caz-no-such-program and arguments",
    "let": "let x=1+2",
    "near": "eccho a",
    "not found wide": f"{FIRST}{SECOND} a",
    "prompt sign": "$ ls",
    "assignment": "a = 3",
    "is a directory": f"'./{FIRST} {SECOND}'",
    "unset": "set -u; echo $no_such_variable_here; set +u",
    "given": f"echo ${{no_such_variable:?{LONG}}}",
    "arithmetic": "echo $((1 / 0))",
    "arithmetic words": f"x='{FIRST} 1'; echo $((x + 1))",
    "readonly": "readonly fixed_value=1; fixed_value=2",
    "input": f"cat < '{FIRST} {SECOND} no such file here'",
    "output": f"echo a > '{FIRST} {SECOND}/no/such/directory at all'",
    "ambiguous": "echo a >&99",
    "noclobber": f"set -C; echo a > '{SECOND} file'; set +C",
    "cd": f"cd '{FIRST} {SECOND} {LONG}'",
    "kill": "kill -NOSUCH 1; kill %7; kill 99999999",
    "trap": f"trap 'echo a' {SECOND} {FIRST}",
    "unset bad": f"unset '{LONG}'",
    "export bad": f"export '{LONG}'",
    "printf": f"printf '%d\\n' '{LONG}'",
    "test": f"test '{LONG}' -eq 1",
    "test operator": f"[ '{FIRST}' -nosuch '{SECOND}' ]",
    "read": "read -q x",
    "umask": "umask nosuch",
    "ulimit": "ulimit -Z",
    "ulimit value": f"ulimit -n '{FIRST}'",
    "shift": "shift 99",
    "wait": "wait 99999999; wait %9",
    "fg": "fg %9; bg; jobs %3",
    "fc": "fc -l 900 1000 1100",
    "getopts": "set -- -q; getopts ab opt; set --",
    "hash": f"hash '{FIRST} {SECOND}'",
    "type": f"type '{FIRST} {SECOND}' no-such-command-at-all; command -V '{LONG}'",
    "alias": f"alias '{LONG}'; unalias no-such-alias",
    "builtin words": f"set +o visible; printf '%d\\n' '{LONG}'; test '{LONG}' -eq 1",
    "dot": f". '{FIRST}/{SECOND} file'",
    "exec": f"(exec '{FIRST} {SECOND} program')",
    "return": "return 1 2 3",
    "break": "break 0; continue x",
    "times": "times now; pwd -q; umask a b c",
    "set": "set -o nosuchoption; set -Q",
    "verbose": "verbose 9; verbose a b; verbose 2",
    "fds": "fds 99999999; fds nosuch",
    "family": f"family 99999999; family '{LONG}'",
    "diagnose": "diagnose %9; diagnose nosuch",
    "status": f"status '{LONG}'",
    "why": "no-such-command; why",
    "why redirection": f"cat < '{FIRST} {SECOND} no such file here'; why",
    "why syntax": "eval 'echo a; done'; why",
    "help": f"help pipelin '{FIRST} {SECOND}' ls",
    "step": "step",
    "trace": "trace",
    "explain nothing": "explain",
    "killed": "sh -c 'kill -SEGV $$'",
}
"""Messages that keep all their words."""

TABLES = {
    "table of jobs": (
        f"set -m; sleep 60 & sh -c ': {FIRST} {SECOND}; sleep 60' & sleep 60 | cat & jobs; "
        "kill %1 %2 %3; wait",
        r"^\[\d\][-+ ]  Running +(s)",
    ),
    "table of pids": (
        f"sleep 60 & sh -c ': {FIRST} {SECOND}; sleep 60' & sleep 60 | cat & jobs -l; "
        "kill %1 %2 %3; wait",
        r"(?:\[\d\][-+ ]|^)  +\d+ (?:Running|\|) +([sc])",
    ),
    "table of options": ("set -o", r"^\S+ +(on|off)$"),
    "table of limits": ("ulimit -a", r"\(.*\) +(\S+)$"),
    "table of a family": (
        f"sh -c ': {FIRST} {SECOND}; sleep 60; :' & family; kill %1; wait",
        r"^\S+ +\d+  (\S) ",
    ),
    "table of descriptors": (f"exec 7>'{FIRST} {LONG}'; fds; exec 7>&-", r"^ *\d+  +\S+ +(\S)"),
    "table of bits": ("sh -c 'exit 3'; status; sh -c 'kill -9 $$'; status", ""),
    "signals": ("kill -l", ""),
    "explained": (f"explain 'ls {FIRST} | wc -l >/dev/null'", r"^ {14}(\S.*\S)  "),
    "narration": (f"verbose 1; echo {FIRST} | cat >/dev/null; verbose 0", ""),
    "calls": (f"echo {FIRST} | cat; timeline --calls", ""),
    "timeline": (f"echo {FIRST} | cat; timeline", ""),
    "typed times": ("times; time true", ""),
}
"""Tables and pictures, for 60 columns or more, and a pattern for the start of a column."""

SUBCOMMAND_ERRORS = {
    "explore nothing": ["explore"],
    "grade unknown": ["grade", f"{FIRST} {SECOND}"],
    "lesson unknown": ["lesson", "run", LONG],
    "lesson option": ["lesson", "check", "--no-such-option"],
    "exercise unknown": ["lesson", "exercise", "start", LONG],
    "trace file": ["trace", "show", f"{FIRST}/{SECOND} file"],
    "trace nothing": ["trace", "-o"],
    "diagnose nobody": ["diagnose", "99999999"],
    "doctor option": ["doctor", "--path"],
    "watch word": ["watch", LONG],
    "jupyter word": ["jupyter", LONG],
    "completions": ["completions", SECOND],
    "shell option": ["--nosuch"],
    "shell file": [f"{FIRST} {SECOND} {LONG}"],
}
LISTS = {
    "doctor": ["doctor"],
    "lesson list": ["lesson", "list"],
    "lesson place": ["lesson"],
    "exercise list": ["lesson", "exercise", "list"],
    "exercise start": ["lesson", "exercise", "start", "open-file"],
    "exercise hint": ["lesson", "exercise", "hint", "open-file"],
    "what": ["lesson", "what", "zombie"],
}
_OF_A_PROGRAM = re.compile(r"(printf|test|cat): |  cd \\S+; ")
"""Patterns of lines to ignore: the output of other programs, and a command to copy."""
_MARK = re.compile(r"^@([^@]+)@$")
_SGR = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\(B|\x0f")
_NUMBER = re.compile(r"\d+")


@dataclass
class Shown:
    """The output of one command."""

    lines: list[str] = field(default_factory=list)
    """The printed lines."""
    rows: list[list[str]] = field(default_factory=list)
    """The cells of the screen's rows; the second cell of a wide character is empty."""

    def words(self, *, excerpt: bool = True) -> list[str]:
        lines = self.lines
        if not excerpt:
            caret = next(row for row, line in enumerate(lines) if set(line) == {" ", "^"})
            lines = [*lines[: caret - 1], *lines[caret + 1 :]]
        return [_NUMBER.sub("0", word) for line in lines for word in line.split()]


def _commands() -> list[tuple[str, str]]:
    commands = [(name, line) for name, (line, _) in CARETS.items()]
    commands += MESSAGES.items()
    commands += [(name, line) for name, (line, _) in TABLES.items()]
    names = ["", *(page.names[0] for page in pages())]
    return commands + [(f"help {name}", f"help {name}") for name in names]


@cache
def shell_output(columns: int, folder: str) -> dict[str, Shown]:
    """Run every line in one interactive shell on a terminal of that width."""
    lines = [f"printf '\\n@%s@\\n' '{name}' >&2\n{line}\n" for name, line in _commands()]
    Path(folder, "lines.sh").write_text("".join(lines))
    Path(folder, f"{FIRST} {SECOND}").mkdir(exist_ok=True)
    Path(folder, f"{SECOND} file").touch()
    # At the prompt a mistake ends only its line; lines of a file are not echoed.
    start = f"PS1= PS2= exec {simpsh_words()} -i --no-rc <lines.sh"
    return _run(["sh", "-c", start], folder, columns)


@cache
def subcommand_output(columns: int, folder: str) -> dict[str, Shown]:
    """Answer every `--help`, the lists and misuse in one process on a terminal of that width."""
    helps = {f"{name} --help": [name, "--help"] for name in SUBCOMMANDS}
    cases = {"--help": ["--help"], **helps, **SUBCOMMAND_ERRORS, **LISTS}
    program = (
        "import os\n"
        "from simpsh.cli.command_line import run\n"
        "os.dup2(os.open('/dev/null', os.O_RDONLY), 0)\n"
        f"for name, words in {cases!r}.items():\n"
        "    print(f'\\n@{name}@', flush=True)\n"
        "    run(words)\n"
    )
    rmtree(Path(folder, "open-file"), ignore_errors=True)
    return _run([sys.executable, "-P", "-c", program], folder, columns)


def _run(argv: list[str], folder: str, columns: int) -> dict[str, Shown]:
    shown: dict[str, Shown] = {}
    # A hint that was shown already is not shown again.
    # The narration of a search names each directory; one may be wider than the screen.
    path = f"{os.path.dirname(sys.executable)}:/usr/local/bin:/usr/bin:/bin"
    variables = {**os.environ, "PATH": path, "XDG_STATE_HOME": f"{folder}/state-{columns}"}
    with Terminal(
        argv, environment=variables, directory=folder, rows=9000, columns=columns
    ) as terminal:
        terminal.wait_exit()
        now = Shown()
        for line in _SGR.sub("", terminal.raw.decode().replace("\r", "")).split("\n"):
            if mark := _MARK.match(line):
                shown[mark[1]] = now = Shown()
            elif line.strip():
                now.lines.append(line.rstrip())
        now = Shown()
        for y in range(terminal.screen().count("\n") + 1):
            cells = [terminal.cell(y, x).data for x in range(columns)]
            row = "".join(cells).rstrip()
            if mark := _MARK.match(row):
                now = shown[mark[1]]
            elif row:
                now.rows.append(cells)
    return shown


def too_wide(shown: Shown, columns: int) -> list[str]:
    """Return the lines that are wider than the screen, except lines of one long word."""
    return [
        line
        for line in shown.lines
        if wcswidth(line) > columns and " " in line.strip() and not _OF_A_PROGRAM.match(line)
    ]


def cut_words(shown: Shown, wide: Shown) -> set[str]:
    """Return the words that a wide terminal does not show, except those with an ellipsis."""
    words = {word for word in shown.words() if "…" not in word and set(word) != {"─"}}
    return words - set(wide.words())


def under_the_caret(shown: Shown) -> str:
    """Return the text in the cells above the carets."""
    (number,) = [at for at, row in enumerate(shown.rows) if set(row) == {" ", "^"}]
    first, count = shown.rows[number].index("^"), shown.rows[number].count("^")
    return "".join(shown.rows[number - 1][first : first + count])


def column_of(pattern: str, shown: Shown) -> set[int]:
    """Return the cells at which the pattern's group begins in the rows that it matches."""
    starts = set()
    for cells in shown.rows:
        # An index of the text is not a cell, because a wide character has two cells.
        found = re.search(pattern, "".join(cells).rstrip())
        if found is not None:
            starts.add(wcswidth("".join(cells)[: found.start(1)]))
    return starts


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Use one folder for all widths, because some messages name it."""
    return str(tmp_path_factory.mktemp("widths"))


@pytest.mark.parametrize("columns", WIDTHS)
def test_texts_of_the_shell_fit_the_screen(columns, folder):
    shown, wide = shell_output(columns, folder), shell_output(WIDE, folder)
    assert shown.keys() == wide.keys() == {name for name, _ in _commands()}
    checked = [name for name in shown if columns >= 60 or name not in TABLES]
    assert {name: rows for name in checked if (rows := too_wide(shown[name], columns))} == {}
    # A process of the family may be running or sleeping; the shell's setpgid fails with EACCES if
    # its child has executed its program already.
    stable = [name for name in checked if name not in ("table of a family", "calls")]
    assert {name: cut for name in stable if (cut := cut_words(shown[name], wide[name]))} == {}
    for name, (_, word) in CARETS.items():
        assert under_the_caret(shown[name]) == word, name
        assert shown[name].words(excerpt=False) == wide[name].words(excerpt=False), name
    for name in MESSAGES:
        assert shown[name].words() == wide[name].words(), name
    for name in [name for name in shown if name.startswith("help ")]:
        assert set(shown[name].words()) == set(wide[name].words()), name
    for name, (_, pattern) in TABLES.items():
        # In a narrow window the meaning of a call is below the call.
        if pattern and columns >= (80 if name == "explained" else 60):
            assert len(column_of(pattern, shown[name])) == 1, (name, shown[name].lines)


@pytest.mark.usual("40")
@pytest.mark.parametrize("columns", WIDTHS)
def test_texts_of_subcommands_fit_the_screen(columns, folder):
    shown, wide = subcommand_output(columns, folder), subcommand_output(WIDE, folder)
    assert shown.keys() == wide.keys()
    for name in shown:
        if name in LISTS and columns < 60:
            continue
        assert too_wide(shown[name], columns) == [], name
        assert cut_words(shown[name], wide[name]) == set(), name
        if name.endswith("--help") or name in SUBCOMMAND_ERRORS:
            assert shown[name].words() == wide[name].words(), name
        elif name not in ("lesson list", "exercise list"):
            assert set(shown[name].words()) == set(wide[name].words()), name
