"""Options and subcommands of programs come from manual pages; no program is run."""

import gzip
import os
import random
import stat
import time
from pathlib import Path

import pytest

from simpsh.repl.manual_pages import installed_names

MAN = r"""'\" t
.\" a comment
.TH ZZ 1
.SH SYNOPSIS
.HP \w'\fBzz\fR\ 'u
\fBzz\fR [\fB\-a\fR]
.SH DESCRIPTION
.TP
\fB\-a\fR, \fB\-\-all\fR[=\fIWHEN\fR]
show \fIall\fR of it\(aqs parts
.TP
.BR \-b ", " "\-\-block-size" =\fISIZE\fR
.IP "\fB\-Wall\fR" 4
.IX Item "-Wall"
warn
.PP
\fB\-\-[no\-]guess\fR
.RS 4
guess, or do not
.RE
.PP
\fBzz\-add\fR(1)
.RS 4
Add it\&.
.RE
.PP
zz-own(1)
.RS
"""


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Return a folder for manual pages, which is also the working directory."""
    folder = tmp_path / "share" / "man"
    os.makedirs(folder / "man1")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def names(data):
    """Return a function that maps the words of a command line of zz to the completions."""
    return lambda *words: installed_names(
        ("zz", *words[:-1]), words[-1], {"PATH": f"{data.parents[1]}/bin"}
    )


COMPRESSED = {"": bytes, ".gz": gzip.compress}


@pytest.mark.parametrize("ending", COMPRESSED)
def test_the_manual_page_names_options_and_subcommands(data, names, ending):
    (data / f"man1/zz.1{ending}").write_bytes(COMPRESSED[ending](MAN.encode()))
    assert names("-") == {
        "-a": "show all of it's parts",
        "-b": "warn",
        "-Wall": "warn",
        "--all": "show all of it's parts",
        "--block-size=": "warn",
        "--guess": "guess, or do not",
        "--no-guess": "guess, or do not",
    }
    assert names("") == {"add": "Add it.", "own": ""}
    # A subcommand may have its own page.
    (data / "man1/zz-own.1").write_text(".SH OPTIONS\n.TP\n\\-\\-only\nhere\n")
    assert names("-C", "folder", "own", "-") == {"--only": "here"}


def fifo(path):
    os.mkfifo(path)


def loop(path):
    os.symlink(path, path)


def endless(path):
    os.symlink("/dev/zero", path)


def contents(data):
    return lambda path: Path(path).write_bytes(data)


SPOILT = {
    "a FIFO": fifo,
    "a directory": os.mkdir,
    "a link to itself": loop,
    "an endless device": endless,
    "bytes that are no text": contents(bytes(range(128, 256)) * 100),
    "zeros": contents(bytes(5 << 20)),
    "open brackets": contents(b"\\[" * 500_000 + b"\n.TP\n" + b"--[no-]" * 100_000),
}


@pytest.mark.parametrize("what", SPOILT)
def test_an_unusable_file_gives_no_completions_and_does_not_hang(data, names, what):
    SPOILT[what](str(data / "man1/zz.1"))
    before = time.process_time()
    assert len(names("--zz")) == len(names("zz")) == 0
    assert time.process_time() - before < 5


@pytest.mark.parametrize("damage", [b"", b"\x1f\x8b", gzip.compress(bytes(1 << 24))[:9000], b"abc"])
def test_a_damaged_archive_gives_no_completions(data, names, damage):
    (data / "man1/zz.1.gz").write_bytes(damage)
    assert names("-") == {}


def test_only_words_that_need_no_quotes_are_offered(data, names):
    options = "\n".join(f".TP\n\\-\\-{name}\nx" for name in ("good", "b$(reboot)", "a;b"))
    (data / "man1/zz.1").write_text(f".SH OPTIONS\n{options}\n")
    assert [*names("--")] == ["--a", "--b", "--good"]


PROGRAMS = """
    man fish bash zsh sh dash git python3 python less more groff nroff troff mandoc apropos whatis
    gzip zcat xz bzip2 ls make gcc cc tar systemctl apt-get ssh find grep sed awk env vi nano
    compgen complete commandline tput stty clear id uname hostname lesspipe dircolors tmux zz
    """.split()  # noqa: SIM905 - a hundred quoted words are harder to read


def test_no_key_of_the_prompt_runs_a_program_that_was_not_typed(start, tmp_path):
    """Each program that is first in PATH creates a file when it runs with any arguments."""
    marks, programs = tmp_path / "marks", tmp_path / "bin"
    marks.mkdir()
    programs.mkdir()
    for name in PROGRAMS:
        file = programs / name
        file.write_text(f"#!/bin/sh\n: >{marks}/{name}\n")
        file.chmod(stat.S_IRWXU)
    terminal = start(PATH=f"{programs}:{os.environ['PATH']}", LESSOPEN="|lesspipe %s")
    drawn = random.Random(0).sample(PROGRAMS, 25)
    lines = [f"{name} {word}" for name in drawn for word in ("", "-", "--", "a")]
    lines += ["gi", "sudo git ", "git checkout ", "apt-get install ", "man l", "simpsh tra", "$(gi"]
    lines += ["trace make ", "explain git ", "lesson ", "./", "zz", "zzz", "if git ", "nosuch"]
    for line in lines:
        terminal.send(f"{line}\t\t\x1b[B\x1b[A\x1b")
        terminal.send("\x05\x1b[C\x15")
    for keys in (
        "\x12gi\x1b",
        "\x1bOP",
        "\x1bOP",
        "\x1b[A\x1b[B\x0c\x15",
        "\x18\x05\x15",
        "\x1bv\x15",
    ):
        terminal.send(keys)
    terminal.send("explain 'git | less >x & python3 zz'; help less; echo read-all\r")
    terminal.wait(r"^read-all\n>>$")
    assert os.listdir(marks) == []
    # The programs work: a typed command creates its file.
    terminal.send("zz\r")
    terminal.wait_until(lambda: os.listdir(marks) == ["zz"], "no mark was left")
