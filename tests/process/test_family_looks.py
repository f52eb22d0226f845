"""Following a family: a look after each change, and what no look has seen."""

import subprocess

from simpsh.process.process_tree import looks


def test_a_look_follows_each_change_until_the_first_process_ends_and_says_what_no_look_saw():
    script = "read go; sleep 1000 & read go; /bin/true; read go; kill $!; wait $!; read go"
    with subprocess.Popen(["dash", "-c", script], stdin=subprocess.PIPE, bufsize=0) as shell:
        followed = looks(shell.pid)

        def after(line, commands):
            shell.stdin.write(line)
            return next(
                look for look in followed if [kin.process.comm for kin in look.tree] == commands
            )

        assert shell.pid in after(b"", ["dash"]).moved
        after(b"\n", ["dash", "sleep"])
        shell.stdin.write(b"\n")
        # Whether or not a look meets the short-lived process, one of the two reports it.
        short = next(look for look in followed if len(look.tree) > 2 or look.missed)
        assert len(short.tree) > 2 or short.missed == {shell.pid}
        after(b"\n", ["dash"])
        shell.stdin.write(b"\n")
        assert [look for look in followed if len(look.tree) > 1] == []
