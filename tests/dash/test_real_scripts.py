"""Scripts of the distribution: simpsh parses them, and runs some with the same results as dash."""

import os
import shutil
from itertools import islice
from pathlib import Path

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.grammar import parse
from tests.dash.comparing import compare, needs_dash
from tests.harness.sh import DASH, SIMPSH, run_command

MOST = int(os.environ.get("SIMPSH_SCRIPTS", "200"))
"""Number of scripts to parse."""


def scripts_for_sh():
    """Yield the paths of the sh scripts in the usual folders and of the packages' own scripts."""
    for pattern in ("usr/bin/*", "usr/sbin/*", "etc/init.d/*", "var/lib/dpkg/info/*.p*"):
        for path in sorted(Path("/").glob(pattern)):
            try:
                with path.open("rb") as file:
                    first = file.readline(80).split()
            except OSError:
                continue
            if first and first[0] in (b"#!/bin/sh", b"#!/usr/bin/sh", b"#!/bin/dash"):
                yield path


def mistake_in(path: Path) -> str:
    """Return simpsh's syntax error for a script; empty if there is none."""
    try:
        parse(path.read_text(encoding="utf-8", errors="surrogateescape"))
    except SyntaxMistake as mistake:
        return f"{path}: line {mistake.line}: {mistake.message}"
    return ""


def test_every_script_on_this_machine_can_be_read():
    scripts = list(islice(scripts_for_sh(), MOST))
    if not scripts:
        pytest.skip("there are no scripts for /bin/sh on this machine")
    mistakes = [mistake for path in scripts if (mistake := mistake_in(path))]
    if DASH.is_installed():
        # Ignore scripts that dash cannot parse either.
        mistakes = [one for one in mistakes if can_dash_read(one.split(":")[0])]
    assert not mistakes, "\n".join(mistakes)


def can_dash_read(path: str) -> bool:
    return run_command(["dash", "-n", path], text=False).returncode == 0


FILES = """\
printf 'one\\ntwo\\nthree\\n' >a; printf 'one\\n2\\nthree\\n' >b
mkdir d; cp a d/c; touch -d 2020-01-01 a b
for f in a b; do for z in gzip bzip2 xz; do command -v $z >/dev/null && $z -k $f; done; done
"""
USES = {
    "which": "which sh; which -a nosuch sh; which nosuch",
    "zcat": "zcat a.gz b.gz",
    "gunzip": "rm a; gunzip a.gz; gunzip -c b.gz; gunzip nosuch.gz",
    "zgrep": "zgrep -n t a.gz b.gz; zgrep -c nosuch a.gz; zgrep -e one -e 2 b.gz a",
    "zdiff": "zdiff a.gz b.gz; zdiff a.gz; zdiff -u a b.gz | sed 1,2d",
    "zcmp": "zcmp a.gz b.gz; zcmp a.gz a",
    "zforce": "mv a.gz q; zforce q; ls q*",
    "znew": "znew nosuch.Z",
    "zipgrep": "zipgrep",
    "xzgrep": "xzgrep -H two a.xz b.xz; xzgrep -l one a.xz b.xz",
    "xzdiff": "xzdiff a.xz b.xz",
    "bzgrep": "bzgrep three a.bz2 b.bz2",
    "bzdiff": "bzdiff a.bz2 b.bz2",
    "savelog": "savelog -q -n -c 3 a; ls; savelog -q -l -c 3 a b; ls; savelog",
    "lesspipe": "lesspipe a.gz; lesspipe; lesspipe d",
    "egrep": "egrep -c 't|o' a",
    "dpkg-maintscript-helper": "dpkg-maintscript-helper supports rm_conffile; "
    "dpkg-maintscript-helper supports nosuch; dpkg-maintscript-helper",
    "sensible-pager": "PAGER=cat sensible-pager a",
}
"""The command for each script; FILES are created first."""


@pytest.mark.usual("which", "savelog", "zgrep")
@pytest.mark.long("each script runs with each of its options")
@needs_dash
@pytest.mark.parametrize("name", sorted(USES))
def test_a_script_of_the_distribution_behaves_as_under_dash(name, place):
    path = shutil.which(name)
    if path is None or b"sh" not in Path(path).read_bytes()[:12]:
        pytest.skip(f"{name} is no script on this machine")
    text = f'{FILES}{name}() {{ $SELF {path} "$@"; echo "= $?"; }}\n{USES[name]}\n'
    differing = compare(text, SIMPSH, place)
    assert not differing, f"{text}\ndash, then simpsh:\n  " + "\n  ".join(differing)
