"""Waits for children, and processes that are stopped, traced or dead until another one acts."""

from __future__ import annotations

from simpsh.base import waits
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGTTIN, SIGTTOU, STOP_SIGNALS, Signal
from simpsh.base.wait_status import decode, sentence
from simpsh.diagnosis.blocked_process import BlockedProcess
from simpsh.diagnosis.finding import MUST_END, NOT_SEEN, Finding, Statement, edges_to, inferred
from simpsh.kernel.wait_calls import P_ALL, P_PID, WEXITED
from simpsh.process.proc import status_field, tracer_pid
from simpsh.process.process_tree import all_processes, children


def find(case: BlockedProcess) -> Finding:
    """Find out for which children a call of wait4(2) or waitid(2) waits."""
    first, options = case.integer(0), case.integer(3 if case.call == "waitid" else 2)
    wanted = case.integer(1) if case.call == "waitid" and first == P_PID else first
    is_for_any = first == (P_ALL if case.call == "waitid" else -1)
    # A thread waits for the children of its whole process.
    waited = {child.pid for child in children(case.process)}
    # A tracer also waits for its tracees, which may be children of another process.
    waited |= {pid for pid in all_processes() if tracer_pid(pid) == case.process}
    # Otherwise it is a group, a pidfd, or a number of the caller's PID namespace.
    if (case.call == "wait4" or first == P_PID) and wanted in waited and not _is_inner(case):
        waited, is_for_any = {wanted}, True
    # waitid(2) reports exits only with WEXITED; wait4(2) always does.
    is_by_end = case.call == "wait4" or options is None or bool(options & WEXITED)
    must = MUST_END if is_by_end else "must stop or continue first"
    return Finding(
        situation=waits.CHILD,
        act="waits for a child" if waited else "waits for a child, and has none that can be seen",
        edges=edges_to(sorted(waited), must, is_by_end=is_by_end),
        # Which of several children it is, is not known.
        needs_all=not is_for_any,
        wakers=() if waited and is_by_end else (waits.BY_UNSEEN,),
    )


def _is_inner(case: BlockedProcess) -> bool:
    """Return whether the numbers that a process uses are those of an inner PID namespace."""
    return len(status_field(case.pid, "NSpid").split()) > 1


def find_vfork(case: BlockedProcess) -> Finding:
    """Find the child that holds its parent in vfork(2); only that call waits in clone(2)."""
    living = [child.pid for child in children(case.process) if child.state != "Z"]
    return Finding(
        situation=waits.VFORK_CHILD,
        act="waits until a child executes a program or ends",
        edges=edges_to(living, "must execute a program or end first"),
        # Which of several children it is, is not known.
        needs_all=len(living) > 1,
    )


def find_stop(case: BlockedProcess, stopped_by: Signal | None) -> Finding:
    """Find out which signal stopped a process, and how it can continue."""
    seen = case.seen
    # Newer kernels show the signal until the parent has waited for this stop.
    number = seen.exit_status & 0x7F
    signal = Signal(number) if number in STOP_SIGNALS else stopped_by
    if signal in (SIGTTIN, SIGTTOU):
        groups = f"It is in group {seen.pgid}, the terminal's foreground group is {seen.tpgid}."
        rule = "Only the foreground group may read the terminal or set it: fg in its shell."
        proofs = (Statement(groups), inferred("setpgid(2)", rule))
        return Finding(waits.KEPT_FROM_TERMINAL, f"is stopped by {signal.name}", proofs)
    rule = f"SIGCONT makes it continue: kill -CONT {case.pid}, or fg or bg in its shell."
    proof = (inferred("signal(7)", rule),)
    if signal is not None:
        return Finding(waits.STOPPED, f"is stopped by {signal.name}", proof)
    text = "Which signal stopped it cannot be seen here: only its parent gets to know."
    return Finding(waits.STOPPED, "is stopped", (Statement(text, NOT_SEEN), *proof))


def find_tracer(case: BlockedProcess) -> Finding:
    """Find out which tracer holds a process stopped by ptrace(2)."""
    tracer = case.seen.tracer_pid
    if not tracer:
        act = "is held by a tracer that cannot be seen"
        return Finding(waits.TRACED, act, wakers=(waits.BY_UNSEEN,))
    rule = inferred("ptrace(2)", "Its tracer can let it continue, or its tracer's end.")
    edges = edges_to([tracer], "holds it by ptrace(2)")
    return Finding(waits.TRACED, "is stopped by its tracer", (rule,), edges)


def find_collector(case: BlockedProcess) -> Finding:
    """Find out which process has not collected a zombie."""
    seen = case.seen
    proof: list[Statement] = []
    if "exit_status" in seen.not_permitted:
        proof.append(Statement("Not permitted to see how it ended.", NOT_SEEN))
    else:
        with suppress(ValueError):  # a thread has no status word
            proof.append(Statement(f"How it ended: {sentence(decode(seen.exit_status))}."))
    if not seen.ppid:
        act = "is dead; its parent, outside our PID namespace, has to collect it"
        return Finding(waits.ZOMBIE, act, tuple(proof))
    text = "It goes when its parent waits, or ends (then its new parent collects it)."
    edges = edges_to([seen.ppid], "has not collected it")
    return Finding(waits.ZOMBIE, "is dead", (*proof, inferred("wait(2)", text)), edges)
