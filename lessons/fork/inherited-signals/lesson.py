"""The signal settings that a child inherits."""

from __future__ import annotations

from simpsh.base.events import Write

from simpsh.course import (
    Choice, Claim, Lesson, LineRun, Predict, Repair, Run, Say, Task, asked, delete, insert,
    is_ignored, replace, shown_output,
)

child_clears_mask = insert("signal.pthread_sigmask(2, [])", above="os._exit")
child_resets = insert("signal.signal(signal.SIGTERM, signal.SIG_DFL)", above="os._exit")
child_sends_again = insert("os.kill(os.getpid(), signal.SIGUSR1)", above="os._exit(0)")
still_blocked = delete("signal.SIG_UNBLOCK, {signal.SIGTERM}")


def suicidal(line: LineRun) -> list[str]:
    """Return the processes that ran sh and sent SIGTERM to themselves."""
    return [
        proc
        for _, proc, what in line.sends("SIGTERM")
        if what.target == line.pid(proc) and set(line.programs(proc)) & {"sh", "bash", "dash"}
    ]


def sh_signals_itself(line: LineRun) -> str:
    """Some sh does."""
    return "" if suicidal(line) else "no `sh` sent SIGTERM to itself"


def ignored_from_start(line: LineRun) -> str:
    """SigIgn at the exec has SIGTERM."""
    names = suicidal(line) or line.ran("sh")
    masks = [line.started_with(name, "SigIgn") for name in names]
    if not masks:
        return "no `sh` ran"
    return "" if is_ignored(masks[-1], "SIGTERM") else "it began with the default action"


def prints_alive(line: LineRun) -> str:
    """The word comes after the signal, by the same process or a child of it."""
    if line.output != "alive\n":
        return f"printed: {shown_output(line)}"
    if not suicidal(line):
        return ""
    sent = next(index for index, *_ in line.sends("SIGTERM"))
    spoken = [(index, name) for index, name, what in line.events(Write) if "alive" in what.text]
    near = [one for _, one in spoken if {one, *line.ancestors(one)} & set(suicidal(line))]
    is_after = any(index > sent for index, one in spoken if one in near)
    return "" if near and is_after else "another process printed it, or it came before the signal"


lesson = Lesson(
    Say("""A process has for each *signal* an action: default, ignore, or a *handler*, a function of
        the program. It has a *signal mask*: signals in it are *blocked*. A blocked signal that
        arrives is *pending* until it is unblocked."""),
    Predict("""SIGUSR1 is blocked, and one is pending. The parent forks. **In which state is SIGUSR1
        in the child?**""",
        Choice("blocked, and one pending",
            "at(1).child.blocks('SIGUSR1') and at(1).child.has_pending('SIGUSR1')",
            """If `fork` copied pending signals, one `kill` would arrive twice. The signal was sent
            to the parent, and is pending there only."""),
        Choice("unblocked, and none pending",
            "not at(1).child.blocks('SIGUSR1') and not at(1).child.has_pending('SIGUSR1')",
            """You will read that the child has no pending and no blocked signals. It is not so:
            only the pending ones are cleared; see fork(2)."""),
        Choice("blocked, and none pending",
            "at(1).child.blocks('SIGUSR1') and not at(1).child.has_pending('SIGUSR1')",
            """The mask of the thread that forks is copied. The pending signal was sent to another
            process."""),
        Choice("unblocked, and one pending",
            "at(1).child.has_pending('SIGUSR1') and not at(1).child.blocks('SIGUSR1')",
            """Such a state does not last: a signal that is pending and not blocked is delivered. In
            the child SIGUSR1 is blocked and not pending."""),
        hint="Two questions: is the mask copied by fork? To which pid was the signal sent?"),
    Run("signals",
        Claim("The child has the parent's mask, and the parent's handler for SIGTERM.",
            "at(1).child.blocks('SIGUSR1') and at(1).child.catches('SIGTERM')",
            wrong=[child_clears_mask, child_resets]),
        Claim("The signal is pending in the parent, and not in the child.",
            "at(1).parent.has_pending('SIGUSR1') and not at(1).child.has_pending('SIGUSR1')",
            wrong=child_sends_again)),
    Predict("""The handler appends to the list `seen`. The child sends itself one signal. How long
        is `seen` in the **parent** after that, and why?""",
        Choice("0, the child was killed first",
            "child.killed('SIGUSR1')",
            """Without the handler you are right: the default action of SIGUSR1 ends the process.
            The child inherited the handler."""),
        Choice("0, the handler ran in the child",
            "parent.prints('parent: 0')",
            """The handler changed the child's `seen`. By rule 4 the parent's `seen` is another
            variable."""),
        Choice("1, the handler ran there",
            "parent.prints('parent: 1')",
            """If the child sent the signal to its parent, you would be right. A handler runs in the
            process that gets the signal; the child has the same handler."""),
        hint="Which process gets the signal? Whose memory does the handler change?"),
    Run("handler",
        Claim("The handler ran in the child: its status, the length of `seen`, is 1.",
            "child.status == 1",
            wrong=insert(
                "signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
                above="os.kill(os.getpid()")),
        Claim("The parent's `seen` is still empty.",
            "parent.prints('parent: 0')",
            wrong=replace("os.kill(os.getpid(), ", "os.kill(os.getppid(), "))),
    Say("""At `exec` the handlers are gone, because their code is gone: caught signals get their
        default action again. Ignored signals stay ignored, and the mask stays as it is. Pending
        signals stay pending: `exec` keeps the process."""),
    Task("`trap '' TERM` makes a shell ignore SIGTERM. Show that a child inherits this:",
        asks={
            "a new `sh` sends SIGTERM to itself": asked(sh_signals_itself),
            "this `sh` ignored SIGTERM from its start": asked(ignored_from_start),
            "after the signal it prints `alive`": asked(prints_alive)},
        hint="`sh -c 'kill $$; echo alive'` ends at the `kill`. What must come before it?",
        solution="(trap '' TERM; sh -c 'kill $$; echo alive')",
        wrong={
            "sh -c 'kill $$; echo alive'":
                "SIGTERM ends this `sh` before `echo`: it inherited the default action.",
            "trap '' TERM; echo alive":
                "The shell ignores SIGTERM now, but no process sends the signal.",
            "echo alive":
                """This prints the word, but no process sends SIGTERM. A new `sh` must survive the
                signal."""},
        note="An ignored signal is inherited, through fork and exec."),
    Repair("repair",
        """The parent blocks SIGTERM while it starts a worker. Later it sends SIGTERM to the worker,
        and hangs. The signal should end the worker. Fix it.""",
        Claim("SIGTERM ends the worker.",
            "worker.killed('SIGTERM')",
            wrong=[still_blocked, replace("os.kill(worker, signal.SIGTERM)", "os.kill(worker, 9)")],
            hint="Which signals does the worker block, from its first moment on?"),
        Claim("The parent collects the worker, and ends.",
            "parent.collects(worker) and returns",
            wrong=delete("os.waitpid(worker, 0)"),
            hint="Keep the wait."),
        fix=insert(
            "signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})",
            above="signal.pause()"),
        fix_in_c=insert(
            "sigprocmask(SIG_UNBLOCK, &term, NULL);  // for its own life",
            above="pause();"),
        hint="A child inherits the mask of its parent, and keeps it.",
        praise="The worker unblocked SIGTERM in its own mask, so the signal ended it."),
    remember="Signal mask and handlers are copied to the child; pending signals are not.",
    good_for="""Block a signal before `fork`, set the handler, unblock it after: then no signal
    arrives too early, neither in the parent nor in the child.""",
    requires=["inherited"],
    exercise="stop-and-continue",
    read="fork(2); signal(7); sigprocmask(2); sigpending(2); POSIX.1-2024 fork()",
)
