"""The completions of operands that files list, and for parts of a path.

`fish -c 'complete -C LINE'` (fish 3.6) offers the same names for the lines of AS_FISH in this
directory. Some of its completion scripts run programs; simpsh only reads files.
"""

import os

import pytest

from simpsh.repl.completion import completion, partial_word, word_at_cursor
from simpsh.shell.state import State

FILES = {
    "Makefile": "# A comment: no target.\nCC := cc\nprog: CFLAGS = -g\nall: prog\n"
    "\nprog: main.o\n\tcc: x\nclean install::\n\trm *.o\n.PHONY: all clean\n%.o: %.c\n\tcc -c $<\n",
    "alpha/current/deep.c": "",
    "mydir/x": "",
    "my docs/x": "",
    "src/x": "",
    "notes.txt": "",
    "read.me": "",
    "-dash": "",
    "bin/qgrep": "",
    "bin/qgreet": "",
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/config": '[core]\n\tbare = false\n[remote "origin"]\n\turl = /nowhere\n',
    ".git/refs/heads/main": "",
    ".git/refs/heads/feature/x": "",
    ".git/packed-refs": "# pack-refs with: peeled\n{0} refs/heads/fix-1\n{0} refs/tags/v1.0\n",
}
AS_FISH = {
    "cat src/../no": "src/../notes.txt",
    "./": "./alpha/ | ./bin/ | ./my docs/ | ./mydir/ | ./src/",
    "PATH=/bin:/us": "PATH=/bin:/usr/",
    "for i in n": "notes.txt",
    # A command begins after a program that runs another.
    "sudo qgrep --inc": "",
    "time qgre": "qgreet | qgrep",
    "env -i A=1 qgre": "qgreet | qgrep",
    "nice -n 5 qgre": "qgreet | qgrep",
    "ls | xargs qgre": "qgreet | qgrep",
    # The targets of a Makefile.
    "make ": "all | clean | install | prog",
    "make clean in": "install",
    # Git's branches, tags and remotes.
    "git checkout f": "feature/x | fix-1",
    "git show v": "v1.0",
    "git pull o": "origin",
    "git add n": "notes.txt",
    "git checkout -- no": "notes.txt",
}
OTHERWISE = {
    # fish offers nothing for these.
    "sudo -u root qgre": "qgreet | qgrep",
    "git push origin ma": "main",
    # fish offers no tag to merge.
    "git merge ": "feature/x | fix-1 | main | v1.0",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if name.startswith("bin/") else 0o644)
    return folder


def offered(line, home):
    """Return the words that the line would end with."""
    state = State({"PATH": f"{home}/bin", "HOME": str(home)})
    found = completion(line, state)
    kept = line[: len(line) - found.replaced]
    lines = [kept + candidate.text.rstrip() for candidate in found.candidates]
    return sorted(partial_word(word_at_cursor(line).word).value for line in lines)


def test_names_of_files_and_in_files_are_offered(home, monkeypatch):
    monkeypatch.chdir(home)
    expected = AS_FISH | OTHERWISE
    assert {line: " | ".join(offered(line, home)) for line in expected} == expected


def test_no_file_can_stop_a_completion(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("Makefile")
    (tmp_path / ".git").write_text("gitdir: .git\n")
    for line in ("make ", "git checkout m", "git push "):
        offered(line, tmp_path)
