"""A SIGCHLD handler collects in a loop, never waits, and restores errno."""

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, Task, delete, insert,
    replace, some,
)

nothing_blocked = delete("signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})")
one_by_one = (nothing_blocked +
    insert(
        "try:\n"
        "    if child:\n"
        "        select.select([os.pidfd_open(child)], [], [])\n"
        "except ProcessLookupError:\n"
        "    pass",
        above="if child == 0:")) + delete("os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)")
with_wnohang = replace("os.waitpid(-1, 0)", "os.waitpid(-1, os.WNOHANG)")
with_sigaction = replace(
    "signal(SIGUSR1, note)",
    "sigaction(SIGUSR1, &(struct sigaction){.sa_handler = note}, 0)")


lesson = Lesson(
    Say("""This *handler* counts each SIGCHLD as one death, and collects one child. Ten children end
        while SIGCHLD is *blocked*: the signal stays pending. Then the parent unblocks SIGCHLD. In
        C, a signal is blocked also while its handler runs; a handler in Python runs later, with
        nothing blocked.""",
        part="collect_one"),
    Predict("How many **zombies** are left at ①, after the handler has run?",
        Choice("9",
            "len([p for p in at(1) if p.called == 'child' and p.state == 'Z']) == 9",
            """A standard signal is one bit: pending or not. Ten deaths set the same bit. The
            handler runs once and collects one child."""),
        Choice("0",
            "len([p for p in at(1) if p.called == 'child' and p.state == 'Z']) == 0",
            """With a queue of ten signals there would be none. The kernel queues real-time signals
            only, and SIGCHLD is a standard signal."""),
        Choice("10",
            "len([p for p in at(1) if p.called == 'child' and p.state == 'Z']) == 10",
            "That is true if the handler does not run. It runs once, and collects one child."),
        Choice("1",
            "len([p for p in at(1) if p.called == 'child' and p.state == 'Z']) == 1",
            "That is one lost signal. Nine are lost: ten signals are stored in one bit."),
        part="__main__",
        hint="""How does the kernel store a signal that is pending? signal(7) says: standard signals
        do not queue."""),
    Run("ten",
        Claim("Ten deaths reach the parent as one SIGCHLD.",
            "len(parent.gets_signal('SIGCHLD')) == 1",
            wrong=one_by_one),
        Claim("The handler that collects one child leaves nine zombies.",
            "len([p for p in at(1) if p.called == 'child' and p.state == 'Z']) == 9",
            wrong=one_by_one)),
    Say("""So one SIGCHLD means: **at least one** child has ended. The next handler asks in a loop,
        until no dead child is left. The server has two workers: `done` ends, `busy` continues. (A
        common form, `while (wait(NULL) <= 0);`, collects only one child, and never returns if no
        child exists.)""",
        part="collect"),
    Predict("`done` ends, and the handler runs. What does the **server** do?",
        Choice("it continues: `done` is collected",
            "not row('os.waitpid(-1, 0)').hangs",
            """With WNOHANG `waitpid` would not sleep. Here the loop calls `waitpid` again after
            `done`, and this call waits for `busy`."""),
        Choice("it hangs: `busy` is alive",
            "row('os.waitpid(-1, 0)').hangs",
            """After `done`, the loop calls `waitpid` again. `busy` lives, so the call sleeps, and
            the interrupted code continues only after the handler's return."""),
        Choice("it continues: `waitpid` fails",
            "row('os.waitpid(-1, 0)').server.fails('waitpid', 'ECHILD')",
            """`waitpid` fails with ECHILD if the server has no child at all. `busy` is a child that
            lives, so `waitpid` sleeps."""),
        part="__main__",
        hint="How often does the loop call `waitpid`? What does each call find?"),
    Compare(
        Run("handler", main="server", leaves=["busy"]),
        Claim("The handler that waits sleeps until the busy worker ends, and the server with it.",
            """row('os.waitpid(-1, 0)').hangs and row('os.waitpid(-1,
            0)').at('rest').server.asleep_in == 'wait4'"""),
        Claim("With WNOHANG the handler collects the dead worker, and the server continues.",
            "not row('os.waitpid(-1, os.WNOHANG)').hangs"),
        id="handlers",
        title="in the handler",
        rows={"os.waitpid(-1, 0)": Edit(), "os.waitpid(-1, os.WNOHANG)": with_wnohang},
        columns={"the server": "'hangs in its handler' if hangs else 'goes on'"}),
    Say("""A handler in C does one thing more: it saves `errno` at its start and restores it at its
        end. The last `waitpid` sets *errno* to ECHILD, and the interrupted code may be about to
        look at it. The lesson signals-handlers shows what happens without that."""),
    Predict("""`signal()` has installed a handler. With gcc's default options, what does the
        **second** signal do?""",
        Choice("it ends the process",
            "row('signal()').parent.killed('SIGUSR1')",
            """That is System V's `signal()`. glibc does so with `-std=c11`, `-ansi`, or
            `_XOPEN_SOURCE` or `_POSIX_C_SOURCE` alone."""),
        Choice("it calls the handler",
            "len(row('signal()').parent.writes('noted')) == 2",
            """glibc's `signal()` follows BSD by default: the handler stays. The table shows options
            that change this."""),
        Choice("it is thrown away",
            "row('signal()').output == 'noted\\n' and not row('signal()').parent.killed()",
            """A signal is thrown away if its disposition is SIG_IGN. No call sets SIG_IGN here,
            neither before nor after the first signal."""),
        hint="""signal(2), “Portability”: BSD and System V differ. Which one does glibc follow by
        default?"""),
    Compare(
        Run("twice", needs=["glibc"]),
        Claim("With gcc's default options signal() keeps its handler, as on BSD.",
            "row('signal()').output == 'noted\\nnoted\\n'"),
        Claim("With `_XOPEN_SOURCE` alone, the same call installs the handler for one signal only.",
            """row('signal(), _XOPEN_SOURCE').output == 'noted\\n' and row('signal(),
            _XOPEN_SOURCE').parent.killed('SIGUSR1')"""),
        Claim("With `_POSIX_C_SOURCE` alone, it does the same.",
            "row('signal(), _POSIX_C_SOURCE').parent.killed('SIGUSR1')"),
        id="installers",
        title="installed by",
        rows={
            "signal()": Edit(),
            "signal(), _XOPEN_SOURCE": insert(
                "#define _XOPEN_SOURCE 700",
                above="#include <errno.h>"),
            "signal(), _POSIX_C_SOURCE": insert(
                "#define _POSIX_C_SOURCE 200809L",
                above="#include <errno.h>"),
            "sigaction()": with_sigaction},
        columns={"the second signal": "'kills it' if parent.killed('SIGUSR1') else 'is noted'"},
        needs=["glibc"]),
    Task("A shell's handler for SIGCHLD is a `trap` for CHLD. Type a line in which:",
        asks={
            "`ended` is printed once, by a trap of your shell for CHLD": some("",
                ("output == 'ended\\n'", "printed: {shown}"),
                ("in_trap('SIGCHLD', anyone.writes('ended'))",
                 "no trap of your shell for CHLD prints it")),
            "a child has ended before it is printed": some("p",
                ("before(p.ends, anyone.writes('ended'))",
                 "no child had surely ended when it was printed")),
            "the parent of this child collects it": some("p",
                ("before(p.ends, anyone.writes('ended'))",
                 "no child had surely ended when it was printed"),
                ("p.made_by.collects(p)", "no parent has collected such a child"))},
        hint="""`trap 'COMMAND' CHLD; …`: then the shell starts a child with `&`, and `wait`
        collects the child.""",
        solution="trap 'echo ended' CHLD; true & wait",
        wrong={
            "true & wait; echo ended":
                "The shell prints this after `wait`, without a trap.",
            "trap : CHLD; true & wait; echo ended":
                "The trap does nothing here. The last command prints the word.",
            "trap 'echo ended' EXIT; true & wait":
                "This trap runs when the shell itself exits. The trap must be for CHLD.",
            "trap 'echo ended' CHLD": "No child ends, so no SIGCHLD comes."},
        note="""The shell's real handler only sets a flag. Your command runs later, between two
        commands, so it may do anything."""),
    Repair("repair",
        "This server hangs while one worker is busy. It should continue. Fix it.",
        Claim("The handler collects the worker that has ended.",
            "server.collects(done)",
            wrong=[delete("signal.signal("), replace("signal.SIG_UNBLOCK", "signal.SIG_BLOCK")],
            hint="Keep the handler, and let SIGCHLD come when `done` has ended."),
        Claim("The server continues: it prints `next, please`.",
            "server.writes('next, please\\n') and returns",
            wrong=replace("os.waitpid(-1, os.WNOHANG)", "os.waitpid(-1, 0)"),
            hint="""The handler calls `waitpid` once more when there is no other dead child. Which
            flag lets that call return at once?"""),
        Claim("The busy worker lives on.",
            "at('end').busy.state == 'S'",
            wrong=insert("os.kill(busy, signal.SIGKILL)", above="os.write(1, b"),
            hint="The busy worker has more to do: no process may end it."),
        main="server",
        leaves=["busy"],
        fix=with_wnohang,
        fix_in_c=replace("waitpid(-1, NULL, 0)", "waitpid(-1, NULL, WNOHANG)"),
        hint="In which function does the server hang?",
        praise="""With WNOHANG the handler collects every child that has ended, and sleeps for
        none."""),
    remember="""SIGCHLD says that a child has ended, never how many. Its handler saves errno, calls
    waitpid with WNOHANG until it returns 0 or −1, and restores errno. Install it by sigaction.""",
    good_for="""A server hangs once a week, or reports “No child processes” when a file is missing:
    both are bugs of a SIGCHLD handler.""",
    requires=["no-zombies"],
    exercise="lose-no-child",
    read="""signal(7), “Queueing and delivery”; signal-safety(7); signal(2), Portability;
    sigaction(2); TLPI 26.3 The SIGCHLD Signal""",
)
