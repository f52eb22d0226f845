"""Following a family: a look after each change, and what no look has seen."""

import os
import subprocess

from simpsh.process.family_looks import looks


def test_a_look_follows_each_change_and_the_end_of_the_first_process_is_the_last():
    script = "read go; sleep 1000 & read go; /bin/true; read go; kill $!; wait $!; read go"
    with subprocess.Popen(["dash", "-c", script], stdin=subprocess.PIPE) as shell:
        followed = looks(shell.pid)

        def look_with(names, states):
            return next(
                look
                for look in followed
                if [kin.process.comm for kin in look.tree] == names
                and [kin.process.state for kin in look.tree] == states
            )

        def go_on():
            shell.stdin.write(b"\n")
            shell.stdin.flush()

        assert look_with(["dash"], ["S"]).moved == {shell.pid}
        go_on()
        look = look_with(["dash", "sleep"], ["S", "S"])
        assert look.tree[1].depth == 1
        sleeper = look.tree[1].process.pid
        go_on()
        # Whether the short one is met by a look or not: one of the two tells of it.
        for look in followed:
            others = {kin.process.pid for kin in look.tree} - {shell.pid, sleeper}
            assert sleeper not in look.moved
            if others or look.missed:
                assert others or look.missed == {shell.pid}
                break
        go_on()
        look_with(["dash"], ["S"])
        go_on()
        assert [look for look in followed if len(look.tree) > 1] == []
        assert os.waitid(os.P_PID, shell.pid, os.WEXITED | os.WNOWAIT) is not None
