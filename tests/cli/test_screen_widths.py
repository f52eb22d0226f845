"""Every kind of text for users fits a narrow screen.

One shell on a pseudo-terminal of each width runs mistakes, help pages and the commands of
spec files, and one process answers `--help` of all subcommands. Each output is compared with the
output on a very wide terminal: rows must fit the screen, and each word must occur there, so no word
is cut.
"""

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
from tests.harness.sh import PROJECT, simpsh_words, write_files
from tests.harness.terminal import Terminal
from tests.spec.spec_file import read_spec

pytestmark = pytest.mark.long("every text at two widths")

WIDTHS = (40, 80)
WIDE = 400
FIRST = "漢字の名前"
SECOND = "🎉🎊🎈"
LONG = f"{FIRST} and {SECOND} and more words, so many that no narrow screen has room for them"

CARETS = {
    "done": ("echo a; done", "done"),
    "pipe": (f"echo {LONG} | | wc -l", "|"),
    "closing": (f"( echo {LONG} ; echo {SECOND} ; }}", "}"),
    "case": (f"for {FIRST}x in a; do echo {LONG}; done", f"{FIRST}x"),
    "wide spot": (f"echo {LONG}; for {SECOND} in a", SECOND),
    "tab": (f"\techo\t{FIRST};\tfi", "fi"),
    "marks": ("echo e\u0301e\u0301e\u0301 \u200d; esac", "esac"),
    "quote": (f'eval "echo {FIRST} \'abc {LONG}"', "'"),
    "here": (f"echo {LONG} >", ">"),
    "target": (f"echo {LONG} > ; echo b", ";"),
}
"""Syntax errors, and the word above the caret."""

SPECS = ("mistakes.spec", "repl_hints.spec")
"""Spec files whose messages keep all their words."""

SUBCOMMAND_ERRORS = {
    "explore nothing": ["explore"],
    "grade unknown": ["grade", f"{FIRST} {SECOND}"],
    "lesson unknown": ["lesson", "run", LONG],
    "trace file": ["trace", "show", f"{FIRST}/{SECOND} file"],
    "diagnose nobody": ["diagnose", "99999999"],
    "shell option": ["--nosuch"],
    "shell file": [f"{FIRST} {SECOND} {LONG}"],
}
_OF_A_PROGRAM = re.compile(r"(printf|test|cat): |.*\.(sh|py): \d+: |  cd \\S+; ")
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


def _commands() -> dict[str, str]:
    commands = {name: line for name, (line, _) in CARETS.items()}
    names = ["", *(page.names[0] for page in pages())]
    return commands | {f"help {name}": f"help {name}" for name in names}


@cache
def shell_output(columns: int, folder: str) -> dict[str, Shown]:
    """Run every line in one interactive shell on a terminal of that width."""
    Path(folder, f"{FIRST} {SECOND}").mkdir(exist_ok=True)
    return _typed(_commands(), folder, columns)


@cache
def spec_output(columns: int, folder: str, name: str) -> dict[str, Shown]:
    """Run the commands of a spec file in the same way."""
    spec = read_spec(Path(PROJECT, "tests/spec", name).read_text())
    place = Path(folder, name)
    rmtree(place, ignore_errors=True)
    place.mkdir()
    write_files(str(place), spec.files)
    return _typed({str(case.line): case.command for case in spec.cases}, str(place), columns)


def _typed(commands: dict[str, str], folder: str, columns: int) -> dict[str, Shown]:
    lines = [f"printf '\\n@%s@\\n' '{name}' >&2\n{line}\n" for name, line in commands.items()]
    Path(folder, "lines.sh").write_text("".join(lines))
    # At the prompt a mistake ends only its line; lines of a file are not echoed.
    start = f"PS1= PS2= exec {simpsh_words()} -i --no-rc <lines.sh"
    return _run(["sh", "-c", start], folder, columns)


@cache
def subcommand_output(columns: int, folder: str) -> dict[str, Shown]:
    """Answer every `--help` and misuse in one process on a terminal of that width."""
    helps = {f"{name} --help": [name, "--help"] for name in SUBCOMMANDS}
    cases = {"--help": ["--help"], **helps, **SUBCOMMAND_ERRORS}
    program = (
        "import os\n"
        "from simpsh.cli.command_line import run\n"
        "os.dup2(os.open('/dev/null', os.O_RDONLY), 0)\n"
        f"for name, words in {cases!r}.items():\n"
        "    print(f'\\n@{name}@', flush=True)\n"
        "    run(words)\n"
    )
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Use one folder for all widths, because some messages name it."""
    return str(tmp_path_factory.mktemp("widths"))


@pytest.mark.parametrize("columns", WIDTHS)
def test_texts_of_the_shell_fit_the_screen(columns, folder):
    shown, wide = shell_output(columns, folder), shell_output(WIDE, folder)
    assert shown.keys() == wide.keys() == _commands().keys()
    assert {name: rows for name in shown if (rows := too_wide(shown[name], columns))} == {}
    assert {name: cut for name in shown if (cut := cut_words(shown[name], wide[name]))} == {}
    for name, (_, word) in CARETS.items():
        assert under_the_caret(shown[name]) == word, name
        assert shown[name].words(excerpt=False) == wide[name].words(excerpt=False), name
    for name in [name for name in shown if name.startswith("help ")]:
        assert set(shown[name].words()) == set(wide[name].words()), name


@pytest.mark.parametrize("name", SPECS)
def test_messages_fit_the_screen_and_keep_all_their_words(name, folder):
    shown, wide = (spec_output(columns, folder, name) for columns in (WIDTHS[0], WIDE))
    assert shown.keys() == wide.keys()
    assert any("hint:" in line for one in shown.values() for line in one.lines)
    assert {case: rows for case in shown if (rows := too_wide(shown[case], WIDTHS[0]))} == {}
    for case in shown:
        is_excerpt = any(set(line) == {" ", "^"} for line in wide[case].lines)
        if not is_excerpt:
            assert shown[case].words() == wide[case].words(), case


@pytest.mark.usual("40")
@pytest.mark.parametrize("columns", WIDTHS)
def test_texts_of_subcommands_fit_the_screen(columns, folder):
    shown, wide = subcommand_output(columns, folder), subcommand_output(WIDE, folder)
    assert shown.keys() == wide.keys()
    for name in shown:
        assert too_wide(shown[name], columns) == [], name
        assert cut_words(shown[name], wide[name]) == set(), name
        assert shown[name].words() == wide[name].words(), name
