"""Real-time signals queue, and a signal can carry a number."""

from __future__ import annotations

from simpsh.base.events import Call

from simpsh.course import (
    Choice, Claim, Compare, Edit, Lesson, LineRun, Predict, Repair, Run, Say, Task, asked,
    reads_own_status, replace, shown_output,
)

standard = replace("SIGRTMIN, signal.SIGRTMIN + 1", "SIGUSR1, signal.SIGUSR2")
real_time = (replace("SIG_BLOCK, {signal.SIGUSR1}", "SIG_BLOCK, {signal.SIGRTMIN}") +
        replace("os.getppid(), signal.SIGUSR1", "os.getppid(), signal.SIGRTMIN") +
    replace("receive(signal.SIGUSR1)", "receive(signal.SIGRTMIN)"))
by_kill = replace(
    "sigqueue(os.getppid(), signal.SIGRTMIN, number)",
    "os.kill(os.getppid(), signal.SIGRTMIN)")
one_by_kill = replace(
    "sigqueue(os.getpid(), signal.SIGRTMIN, 7)",
    "os.kill(os.getpid(), signal.SIGRTMIN)")
one_standard = (replace("SIG_BLOCK, {signal.SIGRTMIN}", "SIG_BLOCK, {signal.SIGUSR1}") +
        replace("os.getpid(), signal.SIGRTMIN", "os.getpid(), signal.SIGUSR1") +
    replace("receive(signal.SIGRTMIN)", "receive(signal.SIGUSR1)"))
as_a_bit = (replace("SIG_BLOCK, {signal.SIGRTMIN}", "SIG_BLOCK, {signal.SIGUSR1}") +
        replace("receiver, signal.SIGRTMIN", "receiver, signal.SIGUSR1") +
    replace("receive(signal.SIGRTMIN)", "receive(signal.SIGUSR1)"))


def grep_reads_itself(line: LineRun) -> str:
    """A process that ran grep reads its own status."""
    if not any(reads_own_status(line, name) for name in line.ran("grep")):
        return "`grep` read the status of another process" if line.ran("grep") else "no `grep` ran"
    return "" if line.is_passed_on("SigQ:\t") else f"printed: {shown_output(line)}"


def limit_is_5(line: LineRun) -> str:
    """The row that was printed ends in the limit."""
    is_so = any("SigQ:" in row and row.endswith("/5") for row in line.lines)
    return "" if is_so else f"printed: {shown_output(line)}"


def shell_keeps_limit(line: LineRun) -> str:
    """The shell sets no limit of its own."""
    for _, _, what in line.events(Call, line.shell):
        if what.name == "prlimit64" and not what.begins and what.args[2] is not None:
            return "your shell set a limit of its own"
    return ""


lesson = Lesson(
    Say("""A standard signal such as SIGUSR1 is one bit: it is pending or not. The *real-time
        signals*, SIGRTMIN to SIGRTMAX, are put into a queue. No real-time signal has a meaning of
        its own. Here a process blocks two of them, and fetches them later with `sigtimedwait`."""),
    Predict(
        "The process sends `high`, `low`, `high`, `low`. **In which order does it receive them?**",
        Choice("low, high",
            "row('SIGRTMIN, SIGRTMIN+1').output == 'low high '",
            """With SIGUSR1 and SIGUSR2 only one of each is left. Real-time signals are queued: four
            are sent, and four are received."""),
        Choice("low, low, high, high",
            "row('SIGRTMIN, SIGRTMIN+1').output == 'low low high high '",
            """All four are in the queue. The kernel takes the lowest number first, and only equal
            signals keep the order in which they were sent."""),
        Choice("high, high, low, low",
            "row('SIGRTMIN, SIGRTMIN+1').output == 'high high low low '",
            """That would be so if a higher number came first. For real-time signals, POSIX gives
            the lowest number the highest priority."""),
        Choice("high, low, high, low",
            "row('SIGRTMIN, SIGRTMIN+1').output == 'high low high low '",
            """Signals of **one** number are received in the order of sending. Of two different
            numbers, the kernel takes the lower one first."""),
        hint="""Two questions: are equal signals merged, and which number does the kernel take
        first?"""),
    Compare(
        Run("four"),
        Claim("Real-time signals are queued, and the lowest number is received first.",
            "row('SIGRTMIN, SIGRTMIN+1').output == 'low low high high '"),
        Claim("Each standard signal is received once: the second one changed nothing.",
            "row('SIGUSR1, SIGUSR2').output == 'low high '"),
        id="orders",
        title="low and high are",
        rows={"SIGRTMIN, SIGRTMIN+1": Edit(), "SIGUSR1, SIGUSR2": standard},
        columns={"received": "output"}),
    Say("""`sigqueue(pid, signal, value)` sends a number, or a pointer, with the signal. The
        receiver finds it in the *siginfo* that `sigtimedwait` fills in. Python has no `sigqueue`:
        this lesson calls the C library's. `receive` returns the number."""),
    Predict("The child sends 1, 2 and 4 with **SIGUSR1**. What does the parent receive?",
        Choice("the number 4",
            "row('sigqueue, SIGUSR1').output == '4 '",
            """A variable would hold the last number. A pending standard signal is not replaced:
            Linux drops the second and the third one."""),
        Choice("the number 1",
            "row('sigqueue, SIGUSR1').output == '1 '",
            """SIGUSR1 was pending with the number 1. Linux drops the same standard signal with its
            number until the first one is received."""),
        Choice("the numbers 1, 2, 4",
            "row('sigqueue, SIGUSR1').output == '1 2 4 '",
            """With SIGRTMIN the parent receives all three. `sigqueue` alone makes no queue: on
            Linux the kind of signal decides."""),
        hint="""Is SIGUSR1 a real-time signal? What happens to a standard signal that is sent while
        it is pending?"""),
    Compare(
        Run("report"),
        Claim("Three standard signals are one, and Linux keeps the number of the first.",
            "row('sigqueue, SIGUSR1').output == '1 '"),
        Claim("Three real-time signals bring three numbers, in the order they were sent in.",
            "row('sigqueue, SIGRTMIN').output == '1 2 4 '"),
        Claim("`kill` queues real-time signals as well, but each one carries 0.",
            "row('kill, SIGRTMIN').output == '0 0 0 '"),
        id="numbers",
        title="the child calls",
        rows={
            "sigqueue, SIGUSR1": Edit(),
            "sigqueue, SIGRTMIN": real_time,
            "kill, SIGRTMIN": real_time + by_kill},
        columns={"numbers that the parent receives": "output"}),
    Predict(
        "The limit RLIMIT_SIGPENDING lets no signal be queued here. **What does `sigqueue` do?**",
        Choice("it fails, and sends no signal",
            "row('sigqueue, SIGRTMIN').output == 'EAGAIN'",
            """The sender gets EAGAIN and can try again later. The limit counts all signals that are
            queued for one user."""),
        Choice("it sleeps until there is room",
            "row('sigqueue, SIGRTMIN').hangs",
            """A `write` to a full pipe sleeps. A call that sends a signal never sleeps: it succeeds
            or fails at once."""),
        Choice("it succeeds, the number is lost",
            "row('sigqueue, SIGRTMIN').output == 'received 0'",
            """That is what happens to a standard signal on Linux, and to a real-time signal sent by
            `kill`. Here the sender gets EAGAIN."""),
        hint="Think of `fork` at its limit: what does the caller get there?"),
    Compare(
        Run("limit"),
        Claim("`sigqueue` with a real-time signal fails with EAGAIN: the sender can try again.",
            "row('sigqueue, SIGRTMIN').parent.fails('rt_sigqueueinfo', 'EAGAIN')"),
        Claim("On Linux a standard signal is sent even then, but its number is lost.",
            "row('sigqueue, SIGUSR1').output == 'received 0'"),
        id="limits",
        title="the queue is full",
        rows={
            "sigqueue, SIGRTMIN": Edit(),
            "kill, SIGRTMIN": one_by_kill,
            "sigqueue, SIGUSR1": one_standard},
        columns={
            "the call": "'fails with EAGAIN' if output == 'EAGAIN' else 'succeeds'",
            "printed": "output"},
        needs=["prlimit64"]),
    Predict("""Once more: `low` is now SIGUSR1, `high` is SIGRTMIN. `high`, `low`, `high`, `low` are
        sent. **What is received?**""",
        Choice("low, high, high",
            "output == 'low high high '",
            """SIGUSR1 is one bit, and SIGRTMIN is in the queue twice. Linux takes the lower number
            first, so SIGUSR1 comes before both."""),
        Choice("low, high",
            "output == 'low high '",
            """That is what two standard signals leave. SIGRTMIN is a real-time signal: it is queued
            as often as it is sent."""),
        Choice("low, low, high, high",
            "output == 'low low high high '",
            """With two real-time signals all four are received. SIGUSR1 is a standard signal: the
            second one changes nothing."""),
        hint="One of the two is a standard signal. Which rule holds for each of them?"),
    Run("four",
        Claim("On Linux one SIGUSR1 is received, then both SIGRTMIN, although one was sent first.",
            "output == 'low high high '",
            wrong=[replace("signal.SIGUSR1", "signal.SIGRTMAX"), replace("SIGRTMIN", "SIGUSR2")]),
        id="mixed",
        shows="output",
        edit=replace("SIGRTMIN, signal.SIGRTMIN + 1", "SIGUSR1, signal.SIGRTMIN")),
    Task("`ulimit -i 5` lets at most 5 signals be queued. Type a line in which:",
        asks={
            "`grep` shows the line `SigQ` of its own status": asked(grep_reads_itself),
            "its limit is 5": asked(limit_is_5),
            "your shell keeps its own limit": asked(shell_keeps_limit, "prlimit64")},
        hint="`(COMMAND; COMMAND)` is a subshell, and `grep WORD FILE` shows lines.",
        solution="(ulimit -i 5; grep SigQ /proc/self/status)",
        wrong={
            "echo SigQ: 0/5":
                "`echo` prints the text only. `grep` shows what the kernel says of a process.",
            "grep SigQ /proc/self/status":
                """This is the line of `grep`, with the limit that it was started with. Set the
                limit in a subshell first.""",
            "(ulimit -i 5); grep SigQ /proc/self/status":
                """The subshell with the limit has ended, and `grep` is a child of the other shell.
                A limit goes to children only.""",
            "(ulimit -i 5; ulimit -i)":
                """The shell shows its own limit. The task asks for the line that the kernel shows
                of `grep`.""",
            "(ulimit -n 5; grep SigQ /proc/self/status)":
                "`ulimit -n` limits the open descriptors. The option for queued signals is `-i`."},
        note="`grep` has the limit of its parent, the subshell.",
        needs=["prlimit64"]),
    Repair("repair",
        """The child sends the numbers 1, 2 and 4, each with a signal. The parent receives 1 alone.
        It should receive all three. Fix it.""",
        Claim("The parent receives `1 2 4`, in this order.",
            "output == '1 2 4 '",
            wrong=[
                as_a_bit,
                replace(
                    "sigqueue(receiver, signal.SIGRTMIN, number)",
                    "os.kill(receiver, signal.SIGRTMIN)"),
                replace("(1, 2, 4)", "(4, 2, 1)")],
            hint="""A standard signal that is pending is not counted again. Which signals are
            queued, each with its number?"""),
        Claim("The child sends them, and ends.",
            "len(child.calls('rt_sigqueueinfo')) == 3 and parent.collects(child)",
            wrong=replace("(1, 2, 4)", "()"),
            hint="Keep the child, and its three numbers."),
        fix=replace("receive(signal.SIGUSR1)", "receive(signal.SIGRTMIN)") +
            replace("receiver, signal.SIGUSR1", "receiver, signal.SIGRTMIN") +
            replace("SIG_BLOCK, {signal.SIGUSR1}", "SIG_BLOCK, {signal.SIGRTMIN}"),
        fix_in_c=replace("== SIGUSR1", "== SIGRTMIN") +
            replace("sigqueue(receiver, SIGUSR1", "sigqueue(receiver, SIGRTMIN") +
            replace("sigaddset(&queued, SIGUSR1)", "sigaddset(&queued, SIGRTMIN)"),
        hint="signal(7): standard signals do not queue. Which ones do?",
        praise="Real-time signals are queued, and each one kept its number."),
    remember="""Real-time signals are queued, the lowest number first. `sigqueue` sends a number
    with a signal, and fails with EAGAIN if the queue is full.""",
    good_for="""A POSIX timer can send a real-time signal with a number, so that one handler serves
    a hundred timers. The GNU C library keeps signals 32 and 33 for its threads.""",
    requires=["signals-blocked"],
    read="""sigqueue(3); signal(7), “Real-time signals”; sigtimedwait(2); Kerrisk, The Linux
    Programming Interface, 22.8 Realtime Signals; POSIX.1-2024 2.4.2 Realtime Signal Generation and
    Delivery""",
)
