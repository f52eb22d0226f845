"""What Tab offers in the same places where fish 3.6 completes, in the same directory.

fish's answers were recorded with `fish -c 'complete -C LINE'` and its own completion scripts, some
of which run programs. simpsh only reads files.
"""

from __future__ import annotations

import os
import subprocess

import pytest

from simpsh.repl.command_names import ProgramNames
from simpsh.repl.completion import completion, partial_word, word_at_cursor
from simpsh.shell.state import State
from tests.harness.process import wait_for_state

MAKEFILE = """\
# A comment: no target.
CC := cc
prog: CFLAGS = -g
all: prog

prog: main.o
\tcc -o prog main.o
clean install::
\trm -f *.o
.PHONY: all clean
%.o: %.c
\tcc -c $<
"""

FILES = {
    "Makefile": MAKEFILE,
    "alpha/current/deep.c": "",
    "alpha/beta/other.c": "",
    "mydir/x": "",
    "my docs/x": "",
    "src/x": "",
    ".hidden/x": "",
    "a b.txt": "",
    "notes.txt": "",
    "notes.txt.gz": "",
    "main.c": "",
    "read.me": "",
    "it's": "",
    "do$lar": "",
    "-dash": "",
    "script.sh": "",
    "run.sh": "#!/bin/sh\n",
    "bin/qgrep": "",
    "bin/qgreet": "",
    "bin/qtest": "",
    ".ssh/config": "Host lab\n  HostName lab.example.org\nHost web-1 web-2\nHost *.org !web-3\n",
    ".ssh/known_hosts": "server.example.org ssh-rsa AA\n[10.0.0.7]:2222 ssh-rsa AA\n|1|a= ssh AA\n",
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/config": '[core]\n\tbare = false\n[remote "origin"]\n\turl = /nowhere\n',
    ".git/refs/heads/main": "",
    ".git/refs/heads/feature/x": "",
    ".git/packed-refs": "# pack-refs with: peeled\n{0} refs/heads/fix-1\n{0} refs/tags/v1.0\n",
    "man/man1/qless.1": "",
    "man/man1/qlesskey.1.gz": "",
    "man/man3/qless.3": "",
}


def build(home) -> None:
    """Make the directory in which the table's lines are completed."""
    for name, text in FILES.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if name == "run.sh" or name.startswith("bin/") else 0o644)


SAME = [
    ("ec", "echo"),
    ("./ru", "./run.sh"),
    ("./", "./alpha/ | ./bin/ | ./man/ | ./my docs/ | ./mydir/ | ./run.sh | ./src/"),
    ("cat al/cu", "alpha/current/"),
    ("cat al/cu/d", "alpha/current/deep.c"),
    ("cd m", "man/ | my docs/ | mydir/"),
    ("cd MY", "my docs/ | mydir/"),
    ("cd my\\ ", "my docs/"),
    ('cat "a ', "a b.txt"),
    ("cat a", "a b.txt | alpha/"),
    ("cat it", "it's"),
    ("cat do", "do$lar"),
    ("cat .h", ".hidden/"),
    ("cd .h", ".hidden/"),
    ("cat cur", ""),
    ("cat alpha/rent", "alpha/current/"),
    ("cat no/such", ""),
    ("ls ~/al", "~/alpha/"),
    ("echo $HO", "$HOME"),
    ('echo "$HO', "$HOME"),
    ("kill -s TE", "TERM"),
    ("kill -TE", "-TERM"),
    ("trap x IN", "INT"),
    ("ssh l", "lab"),
    ("ssh me@we", "me@web-1 | me@web-2"),
    ("scp no", "notes.txt | notes.txt.gz"),
    ("su roo", "root"),
    ("chown root:ro", "root:root"),
    ("id ro", "root"),
    ("make c", "clean"),
    ("make ", "all | clean | install | prog"),
    ("git checkout f", "feature/x | fix-1"),
    ("git branch -d fi", "fix-1"),
    ("git push o", "origin"),
    ("git add n", "notes.txt | notes.txt.gz"),
    ("which qgre", "qgreet | qgrep"),
    ("type ec", "echo"),
    ("sudo qgrep --inc", ""),
    ("time qgre", "qgreet | qgrep"),
    ("env qgre", "qgreet | qgrep"),
    ("env A=1 qgre", "qgreet | qgrep"),
    ("xargs qgre", "qgreet | qgrep"),
    ("nice qgre", "qgreet | qgrep"),
    ("exec qgre", "qgreet | qgrep"),
    ("command qgre", "qgreet | qgrep"),
    ("ls | qgre", "qgreet | qgrep"),
    ("ls && ec", "echo"),
    ("ls > no", "notes.txt | notes.txt.gz"),
    ("cat < no", "notes.txt | notes.txt.gz"),
    ("for i in n", "notes.txt | notes.txt.gz"),
    ("echo $(ec", "echo"),
    ("PATH=/bin:/us", "PATH=/bin:/usr/"),
    ("cd /us/lo", "/usr/local/"),
    ("cat /etc/pas", "/etc/passwd | /etc/passwd-"),
    ("rmdir m", "man/ | my docs/ | mydir/"),
    ("source s", "src/ | script.sh"),
    (". ./s", "./src/ | ./script.sh"),
    ("echo it\\'", "it's"),
    ("if qt", "qtest"),
    ("while qt", "qtest"),
    ("scp la", "lab:"),
    ("sftp se", "server.example.org"),
    ("chgrp ro", "root"),
    ("ls | xargs qgre", "qgreet | qgrep"),
    ("env -i A=1 qgre", "qgreet | qgrep"),
    ("nice -n 5 qgre", "qgreet | qgrep"),
    ("make -f Makefile cl", "clean"),
    ("make clean in", "install"),
    ("git switch fea", "feature/x"),
    ("git -C . checkout ma", "main"),
    ("git pull o", "origin"),
    ("git checkout -- no", "notes.txt | notes.txt.gz"),
    ("git show v", "v1.0"),
    ("cat me", "read.me"),
    ("cat src/../no", "src/../notes.txt | src/../notes.txt.gz"),
    ("ls alp/be/o", "alpha/beta/other.c"),
    ("cd ALPHA/cu", "alpha/current/"),
    ("rm do", "do$lar"),
]
"""Lines with the names that fish and simpsh offer."""

FILES_HERE = "cat "

DIFFERENT = [
    ("al", "alias | alpha/", "alias", "a directory alone is no command of sh"),
    ("cat *.m", "*.me", "read.me", "the path, not the pattern"),
    ("ls ~roo", "~root", "~root/", "a slash follows at once"),
    ("echo ${HO", "", "${HOME}", "fish has no braces there"),
    (
        "echo ~/m",
        "~/main.c | ~/man/ | ~/my docs/ | ~/mydir/ | ~/Makefile",
        "~/main.c | ~/man/ | ~/my docs/ | ~/mydir/",
        "names as typed are enough",
    ),
    ("chown ro", "root:", "root", "the group is optional"),
    (
        "git checkout ",
        "feature/x | fix-1 | main | HEAD | v1.0 | a41097f",
        "feature/x | fix-1 | main | v1.0",
        "branches and tags; not each commit",
    ),
    (
        "git merge ",
        "feature/x | fix-1 | main",
        "feature/x | fix-1 | main | v1.0",
        "a tag can be merged",
    ),
    ("sudo qgre", "", "qgreet | qgrep", "fish offers less"),
    ("sudo -u ro", "", "root", "fish offers less"),
    ("nohup qgre", "", "qgreet | qgrep", "fish offers less"),
    ("export HO", "", "HOME", "fish exports with set"),
    ("unset HO", "", "HOME", "fish has no unset"),
    (
        "find . -type ",
        "b | c | d | f | l | p | s",
        FILES_HERE,
        "manual pages do not list the values of options",
    ),
    ("dd i", "ibs= | if= | iflag=", "it's", "manual pages do not list operands"),
    ("man qle", "", "qless | qlesskey", "fish offers less"),
    ("man 3 qle", "", "qless", "fish offers less"),
    (
        "ssh ",
        "!web-3 | 10.0.0.7 | lab | server.example.org | web-1 | web-2",
        "10.0.0.7 | lab | server.example.org | web-1 | web-2",
        "a negated host is none",
    ),
    ("scp me@we", "", "me@web-1: | me@web-2:", "fish offers less"),
    ("sudo -u root qgre", "", "qgreet | qgrep", "fish offers less"),
    ("timeout 5 qgre", "", "qgreet | qgrep", "fish offers less"),
    ("git push origin ma", "", "main", "fish offers less"),
    ("cat m*.c", "m*.c", "main.c", "the path, not the pattern"),
    ("ls al*/be", "al*/beta/", "alpha/beta/", "the path, not the pattern"),
]
"""Lines with fish's names, simpsh's names, and the reason; FILES_HERE stands for all files."""


ALIKE = [
    ("apropos man whatis", "qle", "qless | qlesskey"),
    ("finger groups id passwd su userdel usermod", "roo", "root"),
    ("make gmake", "c", "clean"),
    ("mosh sftp ssh ssh-copy-id", "l", "lab"),
    ("rsync scp", "la", "lab:"),
    ("doas ps sudo", "-u ro", "root"),
]
"""Programs with the same kind of operand, its beginning, and the names."""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    build(folder)
    return folder


def offered(line, home):
    """Return the words that the line would end with."""
    state = State({"PATH": f"{home}/bin", "HOME": str(home), "MANPATH": f"{home}/man"})
    found = completion(line, state, ProgramNames())
    kept = line[: len(line) - found.replaced]
    lines = [kept + candidate.text.rstrip() for candidate in found.candidates]
    return sorted(partial_word(word_at_cursor(line).word).value for line in lines)


def _names(text):
    return sorted(filter(None, text.split(" | ")))


@pytest.mark.parametrize(("line", "fish"), SAME)
def test_simpsh_offers_what_fish_offers(home, monkeypatch, line, fish):
    monkeypatch.chdir(home)
    assert offered(line, home) == _names(fish)


@pytest.mark.parametrize(("line", "fish", "expected", "_why"), DIFFERENT)
def test_simpsh_offers_something_else_for_a_reason(home, monkeypatch, line, fish, expected, _why):
    monkeypatch.chdir(home)
    names = offered(expected, home) if expected == FILES_HERE else _names(expected)
    assert offered(line, home) == names != _names(fish)


@pytest.mark.parametrize(("programs", "begun", "names"), ALIKE)
def test_programs_with_the_same_operands_are_offered_the_same_names(
    home, monkeypatch, programs, begun, names
):
    monkeypatch.chdir(home)
    wanted = dict.fromkeys(programs.split(), _names(names))
    assert {name: offered(f"{name} {begun}", home) for name in wanted} == wanted


def test_processes_are_offered_to_kill_with_their_programs(home):
    with subprocess.Popen(["sleep", "100"]) as child:
        state = State({"PATH": "", "HOME": str(home)})
        wait_for_state(child.pid, "S")  # Until its exec is done, it has no arguments.
        found = completion(f"kill -9 {child.pid}", state, ProgramNames()).candidates
        child.kill()
    assert [(one.text, one.description) for one in found] == [(f"{child.pid} ", "sleep")]


def test_no_file_can_stop_a_completion(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("Makefile")
    (tmp_path / ".git").write_text("gitdir: .git\n")
    (tmp_path / ".ssh").mkdir()
    os.mkfifo(".ssh/config")
    (tmp_path / ".ssh/known_hosts").write_bytes(b"\xff\0 x\n,,, y\n\n[ z\n")
    for line in ("make ", "git checkout m", "git push ", "ssh m", "scp m", "man m"):
        offered(line, tmp_path)
