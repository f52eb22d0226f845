"""An event loop waits for several things at once."""

from __future__ import annotations

from simpsh.course import (
    Choice, Claim, Compare, Edit, Exit, Kill, Lesson, LineRun, Predict, Repair, Run, Say, Task,
    Variation, WaitReturn, asked, delete, insert, move, replace, shown_output,
)

WITH_PPID = ("-c", "exit $((PPID%90+9))")
asks_done_first = move("os.waitpid(done, 0)", above="os.waitpid(busy, 0)")
watches_one = delete("loop.register(os.pidfd_open(done), select.POLLIN)")
collects_before = insert("os.waitpid(done, 0)", above="info = os.waitid")
until_end = replace(
    "select.select([os.pidfd_open(worker)], [], [])",
    "while os.read(out, 100):\n    pass")


def both_run(line: LineRun) -> str:
    """A sleep (or what a signal ended before), and the command."""
    second = [proc for _, proc, argv in line.execs() if tuple(argv[1:]) == WITH_PPID]
    if not second:
        return "the second command did not run"
    sleeps = [name for name in line.processes_like("sleep") if name not in second]
    if not sleeps:
        return "no `sleep` ran"
    is_so = any(
        run.together([name, second[0]]) for run in line.runs for name in run.processes_like("sleep")
    )
    return "" if is_so else "one waits for the end of the other"


def its_status_is_printed(line: LineRun) -> str:
    """The number is the status of the command, also when it is altered."""
    second = [proc for _, proc, argv in line.execs() if tuple(argv[1:]) == WITH_PPID]
    status = line.status(second[0]) if second else None
    if status is None or str(status >> 8) not in line.lines:
        return f"printed: {shown_output(line)}"
    varied = line.varied
    if varied is None:
        return ""
    altered = {
        str(what.status >> 8)
        for _, _, what in varied.events(WaitReturn)
        if what.status and not what.status & 0x7F
    }
    return "" if altered & set(varied.lines) else "the number does not come from `$?`"


def sleep_is_not_awaited(line: LineRun) -> str:
    """No end of a sleep causes the text, in this order, or the shell would have waited."""
    if not line.run.outputs:
        return ""
    first = line.run.outputs[0]
    ends = [line.first(Exit, name) for name in line.processes_like("sleep")]
    return "it waited for `sleep`" if any(line.is_caused(end, first) for end in ends) else ""


lesson = Lesson(
    Say("""`waitpid(pid, …)` waits for one child, and `read` waits for data from one descriptor. A
        program with two children, or with a child and a pipe, must choose what to wait for
        first."""),
    Predict("""`done` has ended, `busy` is alive. The parent calls `waitpid` for `busy` first. **In
        which state** is `done` now?""",
        Choice("gone, collected by this call",
            "at('rest').done.gone",
            "`waitpid(-1, …)` would collect any child. With a pid it waits only for this child."),
        Choice("asleep, until its parent asks",
            "at('rest').done.asleep_in != ''",
            """A child that waits for its parent, for example at a pipe, sleeps. `done` has ended:
            only its status is left."""),
        Choice("a zombie, not collected yet",
            "at('rest').done.state == 'Z'",
            """{line:os.waitpid(done} would collect `done`. But the parent still sleeps in the line
            before."""),
        hint="`waitpid` gets the pid of `busy`. Which child can it collect?"),
    Run("one",
        Claim("The parent sleeps in `waitpid` for `busy`. Meanwhile `done` is a zombie.",
            "at('rest').parent.asleep_in == 'wait4' and at('rest').done.state == 'Z'",
            wrong=asks_done_first),
        at_rest=[Kill("busy", "SIGTERM")]),
    Predict("""Now the parent calls `poll` with a pidfd for each child. At ① `poll` has returned.
        **In which state** is `done`?""",
        Choice("collected",
            "at(1).done.gone",
            "After {line:os.waitid} you are right. `poll` itself takes nothing."),
        Choice("still running",
            "at(1).done.state == 'R'",
            """While `done` runs, `poll` sleeps. A pidfd becomes readable at the end of its
            process."""),
        Choice("a zombie",
            "at(1).done.state == 'Z'",
            """`poll` reports that the pidfd is readable: the process has ended. Only a wait call
            collects it."""),
        hint="`poll` gets descriptors. Does it read from them?"),
    Run("both",
        Claim("`poll` returns when `done` has ended, although `busy` is still alive.",
            "at(1).busy.asleep_in == 'pause' and parent.prints('status 3')",
            wrong=watches_one),
        Claim("`poll` has collected no child: at ① `done` is a zombie.",
            "at(1).done.state == 'Z'",
            wrong=collects_before),
        at_rest=[Kill("busy", "SIGTERM")],
        needs=["pidfd"]),
    Say("""This is the beginning of an *event loop*: call `poll`, see which descriptor is ready,
        read or collect, and call `poll` again. `select` is an older form of `poll`."""),
    Predict("The worker ends, and its helper has the pipe open. **Does `select` return?**",
        Choice("yes, as soon as the worker ends",
            """row("select on the worker's pidfd").returns and row("select on the worker's
            pidfd").parent.prints('result')""",
            "The pidfd refers to the worker alone. The helper and the pipe make no difference."),
        Choice("yes, but the result is lost",
            """row("select on the worker's pidfd").returns and not row("select on the worker's
            pidfd").parent.prints('result')""",
            """If the worker kept the bytes in a *stdio buffer*, `_exit` would discard them. These
            bytes are in the pipe until a process reads them."""),
        Choice("no, not before end of file",
            "row(\"select on the worker's pidfd\").hangs",
            """A parent that reads until end of file would sleep, because the helper could still
            write. `select` waits here for the end of the worker."""),
        hint="To which process does the pidfd refer? Where are the bytes?"),
    Compare(
        Run("output", births=["helper"], at_rest=[Kill("helper", "SIGTERM")]),
        Claim("The pidfd reports the end of the worker, although the helper has the pipe open.",
            """row("select on the worker's pidfd").returns and row("select on the worker's
            pidfd").parent.prints('result')"""),
        Claim("A parent that waits for end of file waits for the helper, too.",
            """row('read until end of file').at('rest').parent.asleep_in == 'read' and row('read
            until end of file').at('rest').worker.state == 'Z'"""),
        id="ends",
        title="the parent waits by",
        rows={"select on the worker's pidfd": Edit(), "read until end of file": until_end},
        columns={"the parent": "'sleeps until you end the helper' if hangs else 'continues'"},
        needs=["pidfd"]),
    Say("""`asyncio` has such a loop, and it can wait for a pidfd. Each task continues when its
        child has ended.""",
        part="end_of"),
    Run("asyncio-ends",
        Claim("The status of `done` is printed while `busy` is still alive.",
            "at('rest').parent.asleep_in == 'epoll_wait' and parent.prints('3\\n-15')",
            wrong=replace("end_of(busy), end_of(done)", "end_of(busy)")),
        id="asyncio",
        at_rest=[Kill("busy", "SIGTERM")],
        needs=["pidfd", "epoll_create1"]),
    Task("""Start `sleep 4` in the background, and then this command, also in the
        background:

            sh -c 'exit $((PPID%90+9))'""",
        asks={
            "both run at the same time": asked(both_run),
            "the exit status of the second one is printed, from `$?`": asked(its_status_is_printed),
            "at once: the line does not wait for `sleep` before it prints": asked(
                sleep_is_not_awaited)},
        hint="`wait PID` waits for one child. `$!` is the pid of the last background command.",
        solution="sleep 4 & pid=$!; sh -c 'exit $((PPID%90+9))' & wait $!; echo $?; kill $pid",
        wrong={
            "sleep 1 & sh -c 'exit $((PPID%90+9))' & wait; echo $?":
                "Without an argument `wait` waits for both commands, and its own status is 0.",
            "sleep 1 & sh -c 'exit $((PPID%90+9))' & wait %1; echo $?":
                "`%1` is the first job, `sleep`. The task asks for the second command.",
            "sh -c 'exit $((PPID%90+9))' & wait $!; echo $?":
                "This prints the status, but `sleep` does not run. Start both commands.",
            "sleep 1 & sh -c 'exit $((PPID%90+9))' & echo 3":
                "`echo 3` prints its argument. The second command exits with another number."},
        note="""`wait PID` waits for one child. A program that cannot know which one ends first
        calls `poll`.""",
        variation=Variation(alters_statuses=True)),
    Repair("repair",
        """One child ends at once with 3, the other is busy. This program should print `status 3` at
        once. It prints nothing until the busy child ends. Fix it.""",
        Claim("It prints `status 3`: the status of the child that ends first.",
            "output == 'status 3\\n'",
            wrong=watches_one,
            hint="""The parent must sleep until **either** child has ended. Which of the two does it
            watch?"""),
        Claim("It collects both children.",
            "parent.collects(busy) and parent.collects(done)",
            wrong=[watches_one, delete("os.waitpid(busy, 0)")],
            hint="Each child is collected once: the first one that ends, and then the busy one."),
        at_rest=[Kill("busy", "SIGTERM")],
        fix=insert(
            "loop.register(os.pidfd_open(done), select.POLLIN)",
            above="((ready, _),) = loop.poll()"),
        fix_in_c=replace("poll(loop, 1, -1)", "poll(loop, 2, -1)"),
        hint="How many descriptors does the poll watch?",
        praise="`poll` returned for the first of the two ends, whichever child it was."),
    remember="""`poll` sleeps until one of many descriptors is ready, and reads none of them. A
    pidfd turns the end of a process into such a descriptor.""",
    good_for="""A server that starts programs waits for its clients and for the programs in one
    poll. Python's asyncio (since 3.12) and systemd do this.""",
    requires=["pidfd"],
    exercise="two-pidfds",
    read="""poll(2); pidfd_open(2); epoll(7); asyncio: `loop.add_reader`""",
)
