"""The completions that Tab offers, by position."""

import os
import subprocess

import pytest

from simpsh.repl.command_names import nearest
from simpsh.repl.completion import (
    COMMAND,
    SHOWN,
    TARGET,
    WORD,
    completion,
    quote_name,
    word_at_cursor,
)
from simpsh.repl.line_history import expanded
from simpsh.shell.jobs.job_table import ChildProcess, Job
from simpsh.shell.language.syntax_tree import SimpleCommand
from simpsh.shell.state import State
from tests.harness.sh import simpsh_command
from tests.support.properties import given, st


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working directory; PATH is its directory `bin` alone."""
    (tmp_path / "here").mkdir()
    (tmp_path / "bin").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


@pytest.fixture
def state(folder):
    return State({"PATH": f"{folder}/bin", "HOME": f"{folder}/here", "LONG_NAME": "its value"})


def texts(before, state):
    return [one.text for one in completion(before, state).candidates]


def shown(before, state):
    found = completion(before, state).candidates
    return [(one.shown, one.description) for one in found]


def completed(before, state):
    """Return the line after Tab, with the common prefix of all candidates inserted."""
    found = completion(before, state)
    return before[: len(before) - found.replaced] + found.common


def _program(folder, name, mode=0o755):
    (folder / "bin" / name).write_text("")
    (folder / "bin" / name).chmod(mode)


FILES = ("one.txt", "chapter1", "chapter2", ".hidden", "disk", "two\nlines", "sum", "\udce9")


@pytest.fixture
def furnished(folder, state):
    """Create programs in `bin`, and files and the directory `sub` in the working directory."""
    _program(folder, "umbrella")
    _program(folder, "umlaut", mode=0o644)
    (folder / "bin" / "umdir").mkdir()
    (folder / "here" / "sub").mkdir()
    for name in FILES:
        (folder / "here" / name).write_text("")
    state.functions["zzfunction"] = SimpleCommand()
    state.aliases["zzalias"] = "ls -l"
    for pid, text in ((11, "sleep 100"), (12, "cat")):
        job = Job([ChildProcess(pid, text)], pid, text)
        state.jobs.add(job)
        state.jobs.give_number(job)
    return state


@pytest.mark.parametrize(
    ("before", "offered"),
    [
        # A command is a program in PATH, a builtin, or a path to a program.
        ("um", ["umask", "umbrella"]),
        ("../bin/um", ["umbrella", "umdir/"]),
        # After cd only directories are offered; hidden files are offered only after a dot.
        ("cd s", ["sub/"]),
        ("cat s", ["sub/", "sum"]),
        ("cat .h", [".hidden "]),
        ("cat /proc/nonexistent/a", []),
        # Names are offered by their beginning, with capitals as typed.
        ("cat ne", []),
        ("cat O", []),
        ("cat ./x/o", []),
        # Jobs, signals, options, levels and variables are offered as arguments.
        ("kill -s TERM %2", ["%2 "]),
        ("kill -s TE", ["TERM "]),
        ("kill -s SIGTE", ["SIGTERM "]),
        ("trap 'echo x' US", ["USR1", "USR2"]),
        ("set -o no", ["noclobber", "noexec", "noglob", "nolog", "notify", "nounset"]),
        ("export LONG", ["LONG_NAME "]),
        ("echo '$LONG", []),
    ],
)
def test_the_offered_completions(furnished, before, offered):
    assert texts(before, furnished) == offered


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # The only candidate is followed by a blank; a directory ends in a slash.
        ("umb", "umbrella "),
        ("cat o", "cat one.txt "),
        ("ls ../here/sub", "ls ../here/sub/"),
        # The common prefix is inserted; a newline in a name is quoted.
        ("cat c", "cat chapter"),
        ("cat t", "cat 'two\nlines' "),
        # Bytes that are not text are completed unchanged.
        ("cat \udce9", "cat \udce9 "),
        # A file may follow an equals sign or a colon; tildes and variables are followed to
        # directories.
        ("dd if=d", "dd if=disk "),
        ("P=/bin:d", "P=/bin:disk "),
        ("ls ~/sub", "ls ~/sub/"),
        ("ls $HOME/sub", "ls $HOME/sub/"),
        ('ls "${HOME}/sub', 'ls "${HOME}/sub/'),
        # A variable is completed after a dollar sign; a command begins in a substitution.
        ("echo $LONG", "echo $LONG_NAME"),
        ('echo "${LONG', 'echo "${LONG_NAME}'),
        ("echo $(umb", "echo $(umbrella "),
    ],
)
def test_the_typed_part_of_a_name(furnished, before, after):
    assert completed(before, furnished) == after


def test_a_candidate_is_described_next_to_it(furnished, folder):
    for before, candidates in {
        "umb": [("umbrella", f"{folder}/bin")],
        "echo a$LONG": [("LONG_NAME", "its value")],
        "fg ": [("%1", "Running: sleep 100"), ("%2", "Running: cat")],
        "kill -TE": [("-TERM", "Terminated")],
        "zz": [("zzalias", "alias for ls -l"), ("zzfunction", "function")],
    }.items():
        assert shown(before, furnished) == candidates
    assert ("while", "reserved word") in shown("whil", furnished)
    assert "pipeline" in [text.strip() for text in texts("help pipe", furnished)]
    # On an empty line builtins are offered with their usage, but no programs.
    commands = dict(shown("", furnished))
    assert commands["umask"].startswith("umask")
    assert "umbrella" not in commands
    # Hidden files are not offered without a dot.
    assert ".hidden" not in texts("cat ", furnished)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cat a", r"cat a\ \$b\'c "),
        ('cat "a', 'cat "a \\$b\'c" '),
        ("cat 'a", "cat 'a $b'\\''c' "),
        (r"cat a\ ", r"cat a\ \$b\'c "),
        ('cat "../here/a', 'cat "../here/a \\$b\'c" '),
        ("cat >a", r"cat >a\ \$b\'c "),
    ],
)
def test_a_name_is_quoted_with_the_users_quote(folder, state, before, after):
    (folder / "here" / "a $b'c").write_text("")
    assert completed(before, state) == after


def test_a_name_with_a_leading_dash_is_not_offered_as_an_option(folder, state):
    (folder / "here" / "-rf").write_text("")
    after = [completed(before, state) for before in ("cat ", 'cat "', "cat >", "./")]
    assert after == ["cat ./-rf ", 'cat "./-rf" ', "cat >-rf ", "./"]


def test_only_the_first_of_very_many_files_are_shown(folder, state):
    for number in range(SHOWN + 50):
        (folder / "here" / f"file{number:04}").write_text("")
    assert len(texts("cat f", state)) == SHOWN
    assert completed("cat f", state) == "cat file0"


def test_the_word_at_the_cursor_and_its_command_are_known():
    for text, kind, word, words in (
        ("", COMMAND, "", ()),
        ("gr", COMMAND, "gr", ()),
        ("ls ", WORD, "", ("ls",)),
        ("ls | gr", COMMAND, "gr", ()),
        ("sleep 1 & f", COMMAND, "f", ()),
        ("( l", COMMAND, "l", ()),
        ("! l", COMMAND, "l", ()),
        ("A=1 l", COMMAND, "l", ()),
        ("A=val", WORD, "A=val", ()),
        ("sort <fi", TARGET, "fi", ("sort",)),
        ("sort < ", TARGET, "", ("sort",)),
        ("sort < file ", WORD, "", ("sort",)),
        ("2>err l", COMMAND, "l", ()),
        ("echo $(ls fi", WORD, "fi", ("ls",)),
        ("echo $(gr", COMMAND, "gr", ()),
        ("echo $(ls) fi", WORD, "fi", ("echo", "$(ls)")),
        ("echo `gr", WORD, "gr", ()),
        ("echo `ls` fi", WORD, "fi", ("echo", "`ls`")),
        ("cat 'my fi", WORD, "'my fi", ("cat",)),
        ('cat "my fi', WORD, '"my fi', ("cat",)),
        ("cat my\\ fi", WORD, "my\\ fi", ("cat",)),
        ("'c'at 'a b' c", WORD, "c", ("cat", "a b")),
        ("ls a\ncat b", WORD, "b", ("cat",)),
        ("for na", WORD, "na", ("for",)),
        ("for f in fi", WORD, "fi", ("in",)),
        ("for f in a\ndo l", COMMAND, "l", ()),
        ("case wo", WORD, "wo", ("case",)),
        ("case a in b) l", COMMAND, "l", ()),
        ("f() { l", COMMAND, "l", ()),
    ):
        found = word_at_cursor(text)
        assert (text, found.kind, found.word, found.words) == (text, kind, word, words)


@given(st.text(alphabet="ab $(){}`'\"\\|;&<>=\n!#~*", max_size=30))
def test_any_text_ends_with_the_word_at_the_cursor(text):
    assert text.endswith(word_at_cursor(text).word)


NAMES = (
    "p\tq", "p\nq", "p q", "p'q", 'p"q', "p$q", "p`q", "p\\q", "p\udcffq", "p!q", "p*q", "~p", "-p",
    "#p", "p\x01q", "p\x1b[31mq", "p=q", "p:q", "p{a,b}", "pé漢q", "p\u2028q", "p\rq", "p(q)",
    "p;q", "p!!q", "p!1",
    "p&q", "p|q", "p<q", "p?q", "p ", " p", "p\n", "\np", "p\n'\"$q", "p\\\nq", "$(p)", "a:b:c",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_completed_line_opens_the_same_file(folder, state, name):
    (folder / "here" / name).write_text("")
    lines = []
    for quote in ("", "'", '"'):
        for typed in dict.fromkeys(("", name[:1], name[: len(name) // 2], name[:-1])):
            word = quote_name(typed, quote) if quote or typed else ""
            lines.append(completed(f"cat -- {word}", state) + "\n")
            assert len(texts(f"cat -- {word}", state)) == 1
    assert [expanded(line, ["old"]) for line in lines] == lines
    program = "cat() { shift; printf '%s/' \"${@#./}\"; }\n" + "".join(lines)
    done = subprocess.run([*simpsh_command(), "-c", program], capture_output=True, check=True)
    assert os.fsdecode(done.stdout) == f"{name}/" * len(lines)


def test_the_nearest_and_most_usual_name_comes_first():
    assert nearest("gerp", ["gerb", "grep", "gasp", "sort"]) == ["grep", "gerb"]
    assert nearest("pyhtonn", ["python"]) == ["python"]
    assert nearest("caat", ["dog", "coat", "cut"]) == ["coat"]
    assert nearest("abcd", ["abxy"]) == nearest("nosuch", ["touch"]) == []
    assert nearest("lls", ["llc", "ls", "lld", "mls"])[0] == "ls"
    assert nearest("gti", ["gtf", "git", "gtk"])[0] == "git"
