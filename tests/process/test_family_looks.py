"""Following a family: a look after each change, what no look has seen, and no work without need."""

import os
import select
import signal
import subprocess

from simpsh import snapshot
from simpsh.process.family_looks import looks
from simpsh.process.proc import times_scheduled
from tests.process.forked_children import child, skip_without_calls, until


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


def test_of_a_process_that_tells_and_sleeps_alone_no_look_is_taken_until_it_tells():
    skip_without_calls()
    read_end, write_end = os.pipe()
    with child(lambda: signal.pause()) as pid:

        def follow():
            for _ in looks(pid, (read_end,), is_told=True):
                while select.select([read_end], [], [], 0)[0]:
                    os.read(read_end, 1)

        with child(follow) as follower:

            def sleeps_without_limit():
                call = snapshot(follower).system_call
                # The milliseconds of poll(2); no struct timespec for ppoll(2).
                return call is not None and call.arguments[2] & 0xFFFFFFFF in (0, 0xFFFFFFFF)

            until(sleeps_without_limit, "no timer runs")
            times = times_scheduled(follower)
            os.write(write_end, b"!")
            until(lambda: times_scheduled(follower) != times, "it looks again")
            until(sleeps_without_limit, "no timer runs again")
    os.close(read_end)
    os.close(write_end)
