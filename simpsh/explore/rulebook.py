"""Which rule an operation follows."""

from __future__ import annotations

from simpsh.explore import operation as operations
from simpsh.explore import process_rules, signal_rules
from simpsh.explore.file_rules import Change, Flock, Look
from simpsh.explore.operation import (
    OUT,
    Exit,
    FileChange,
    FileLook,
    GetParent,
    Kill,
    Open,
    Operation,
    Pause,
    Pread,
    Pwrite,
    Read,
    Suspend,
    VforkWait,
    Wait,
    Write,
    is_file,
    is_pipe,
)
from simpsh.explore.pipe_rules import ReadPipe, WriteOut, WritePipe
from simpsh.explore.rule import Rule

# The same change whoever makes it: all that matters is among the arguments.
_EXPLICIT = frozenset(("unlink", "rename", "mkdir", "rmdir", "truncate"))


def rule_of(operation: Operation) -> Rule:
    """Return the rule of an operation; one that is none of others' business is always ready."""
    match operation:
        case operations.Born():
            return process_rules.Birth()
        case operations.Dying():
            return process_rules.Dying()
        case Exit(status):
            return process_rules.End(status)
        case VforkWait(child):
            return process_rules.VforkWait(child)
        case Wait(target, options):
            return process_rules.Wait(target, options)
        case GetParent():
            return process_rules.GetParent()
        case _:
            return _signal_rule(operation)


def _signal_rule(operation: Operation) -> Rule:
    match operation:
        case Kill(target, signal):
            return signal_rules.Kill(target, signal)
        case operations.SignalAction(signal):
            return signal_rules.SignalAction(signal)
        case Pause():
            return signal_rules.Pause()
        case Suspend(mask):
            return signal_rules.Suspend(mask)
        case _:
            return _data_rule(operation)


def _data_rule(operation: Operation) -> Rule:
    match operation:
        case Write(thing, data) if thing == OUT:
            return WriteOut(data)
        case Write(thing, data) if is_pipe(thing):
            return WritePipe(thing, data)
        case Read(thing, size) if is_pipe(thing):
            return ReadPipe(thing, size)
        case operations.Flock(path, how, description):
            return Flock(path, how, description)
        case _:
            return _file_rule(operation)


def _file_rule(operation: Operation) -> Rule:
    match operation:
        case Pread(path) if is_file(path):
            return Look(path)
        case Read(path) | Write(path) if is_file(path):
            # It moves the offset of its open description: a change, even if it only reads.
            return Change(None, path)
        case Pwrite(path) if is_file(path):
            return Change(operation, path)
        case FileLook():
            return Look(*operation.objects)
        case Open():
            return (
                Change(operation, *operation.objects)
                if operation.is_change
                else Look(*operation.objects)
            )
        case FileChange(call, files):
            return Change(operation if call in _EXPLICIT else None, *files)
        case _:
            return Rule()


def can_poll(operation: Operation) -> bool:
    """Tell whether a loop may make an operation again and again until it finds something."""
    match operation:
        case Wait(_, options):
            return bool(options & operations.WNOHANG)
        case Kill(_, signal):
            return signal == 0
        case operations.Flock(_, how):
            return bool(how & operations.LOCK_NB)
        case Open() | FileLook() | Pread() | GetParent() | operations.Sleep():
            return True
        case _:
            return False
