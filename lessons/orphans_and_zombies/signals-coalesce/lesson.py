"""Ten deaths can be one signal."""

from simpsh.course import (
    Ask, Choice, Claim, Compare, Edit, Lesson, Predict, Repair, Run, Say, delete, insert, replace,
)

nothing_blocked = delete("signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})")
real_time = (replace("signal.signal(signal.SIGUSR1", "signal.signal(signal.SIGRTMIN") +
        replace("SIG_BLOCK, {signal.SIGUSR1}", "SIG_BLOCK, {signal.SIGRTMIN}") +
        replace("os.getpid(), signal.SIGUSR1", "os.getpid(), signal.SIGRTMIN") +
    replace("SIG_UNBLOCK, {signal.SIGUSR1}", "SIG_UNBLOCK, {signal.SIGRTMIN}"))
one_by_one = (nothing_blocked +
    insert(
        "try:\n"
        "    if child:\n"
        "        select.select([os.pidfd_open(child)], [], [])\n"
        "except ProcessLookupError:\n"
        "    pass",
        above="if child == 0:")) + delete("os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)")
in_a_loop = replace(
    "os.wait()",
    "try:\n"
    "    while os.waitpid(-1, os.WNOHANG)[0]:\n"
    "        pass\n"
    "except ChildProcessError:\n"
    "    pass")

lesson = Lesson(
    Say("""This *handler* counts each SIGCHLD as one death, and collects one child. Ten children end
        while SIGCHLD is *blocked*: the signal stays pending. Then the parent unblocks SIGCHLD. In
        C, a signal is blocked also while its handler runs; a handler in Python runs later, with
        nothing blocked.""",
        part="collect_one"),
    Ask("How many **zombies** are left at ①, after the handler has run?",
        "len([p for p in at(1) if p.called == 'child' and p.state == 'Z'])",
        """A standard signal is one bit: pending or not. Ten deaths set the same bit. The handler
        runs once and collects one child.""",
        near={
            0:
                """With a queue of ten signals there would be none. The kernel queues real-time
                signals only, and SIGCHLD is a standard signal.""",
            10: "That is true if the handler does not run. It runs once, and collects one child.",
            1: "That is one lost signal. Nine are lost: ten signals are stored in one bit."},
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
    Say("""So one SIGCHLD means: **at least one** child has ended. The handler must ask again, until
        no dead child is left: `while os.waitpid(-1, os.WNOHANG)[0]: pass`. Then `waitpid` returns 0
        as the pid, or raises ChildProcessError if no child is left."""),
    Compare(
        Run("ten"),
        Claim("One signal is enough for a handler that collects all.",
            """len([p for p in row('collects all, in a loop').at(1) if p.called == 'child' and
            p.state == 'Z']) == 0"""),
        id="loops",
        title="the handler",
        rows={"collects one": Edit(), "collects all, in a loop": in_a_loop},
        columns={
            "SIGCHLD received": "len(parent.gets_signal('SIGCHLD'))",
            "zombies at ①": "len([p for p in at(1) if p.called == 'child' and p.state == 'Z'])"}),
    Predict("""Real-time signals **do queue**. Five are sent. How often does a handler **in Python**
        run?""",
        Choice("not at all",
            "len(row('SIGRTMIN: real-time').parent.writes('*')) == 0",
            """That is true of an **ignored** signal. A blocked signal stays pending, and the kernel
            delivers it after SIG_UNBLOCK."""),
        Choice("one time",
            "len(row('SIGRTMIN: real-time').parent.writes('*')) == 1",
            """The kernel delivers five signals. Python notes all five in one flag before it calls
            your handler, between two bytecodes."""),
        Choice("five times",
            "len(row('SIGRTMIN: real-time').parent.writes('*')) == 5",
            """A handler in C runs five times. Python's own C handler only notes the number of the
            signal, and calls your function later."""),
        hint="""The kernel calls a handler in C, not your Python function. When does the interpreter
        call your function?"""),
    Compare(
        Run("five"),
        Claim("The kernel delivers five pending standard signals as one.",
            "len(row('SIGUSR1: standard').parent.gets_signal('SIGUSR1')) == 1"),
        Claim("The kernel delivers five real-time signals, and Python calls its handler once.",
            """len(row('SIGRTMIN: real-time').parent.gets_signal()) == 5 and len(row('SIGRTMIN:
            real-time').parent.writes('*')) == 1"""),
        id="queues",
        title="sent five times",
        rows={"SIGUSR1: standard": Edit(), "SIGRTMIN: real-time": real_time},
        columns={
            "delivered": "len(parent.gets_signal())",
            "handler called": "len(parent.writes('*'))"}),
    Repair("repair",
        """Three children have ended, and the handler should collect them all. Two stay zombies. Fix
        it.""",
        Claim("One SIGCHLD comes for the three ends.",
            "len(parent.gets_signal('SIGCHLD')) == 1",
            wrong=delete("signal.SIG_BLOCK"),
            hint="Keep the block: it holds the signals until all three have ended."),
        Claim("The parent collects all three children.",
            "len(parent.collects()) == 3",
            wrong=[
                delete("signal.signal("),
                replace("while os.waitpid", "if os.waitpid"),
                replace("os.waitpid(-1, os.WNOHANG)[0]:", "False:")],
            hint="The handler runs once. For how many children must it ask?"),
        Claim("The handler returns, and the parent continues.",
            "parent.writes('on we go\\n')",
            wrong=delete('os.write(1, b"on we go'),
            hint="Keep the line after the handler."),
        fix=in_a_loop,
        fix_in_c=replace("wait(NULL);", "while (waitpid(-1, NULL, WNOHANG) > 0)\n    continue;"),
        hint="How many signals are pending after three ends?",
        praise="One signal, and a loop that asked until no dead child was left."),
    remember="""SIGCHLD says that a child has ended, never how many. Call waitpid with WNOHANG until
    no dead child is left.""",
    good_for="""A server that counts its workers by SIGCHLD works for years. Then two workers end in
    the same millisecond, and it waits for a worker that is gone.""",
    requires=["no-zombies"],
    exercise="lose-no-child",
    read="signal(7), “Queueing and delivery”; waitpid(2); Python: signal, “Execution”",
)
