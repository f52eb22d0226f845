"""A wait status says how a child changed: it exited, was killed, was stopped, or continued.

The kernel packs it into 16 bits (wait(2), <sys/wait.h>), which only this file decodes:

    exited     cccccccc 00000000    c: exit code
    killed     00000000 Dsssssss    s: signal, D: a core was dumped
    stopped    ssssssss 01111111    s: signal
    continued  11111111 11111111
"""

from __future__ import annotations

import os

from simpsh.base.record import Record
from simpsh.base.signal_names import LAST, Signal

_STOPPED = 0x7F
_CORE = 0x80
_CONTINUED = 0xFFFF


class Exited(Record):
    """The process ended by exit(3) or by returning from main."""

    code: int
    """Exit code, 0 to 255; 0 means success."""


class Killed(Record):
    """The process was ended by a signal."""

    signal: Signal
    """The signal that killed it."""
    dumped_core: bool = False
    """Whether the kernel wrote a core dump."""

    def __init__(self, signal: int, dumped_core: bool = False) -> None:  # noqa: FBT001, FBT002 - a field
        super().__init__(Signal(signal), dumped_core)


class Stopped(Record):
    """The process was stopped by a signal, and can continue."""

    signal: Signal
    """The signal that stopped it."""

    def __init__(self, signal: int) -> None:
        super().__init__(Signal(signal))


class Continued(Record):
    """The process was stopped and continues, because of SIGCONT."""


WaitStatus = Exited | Killed | Stopped | Continued
_SUCCESS = Exited(0)


def decode(word: int) -> WaitStatus:
    """Decode the 16 bits of waitpid(2)'s status word.

    Raises ValueError: no status has these bits. TypeError: it is not a whole number.

    >>> decode(0x0700), decode(0x8B), decode(0x147F), decode(0xFFFF)
    (Exited(code=7), Killed(signal=SIGSEGV, dumped_core=True), Stopped(signal=SIGTSTP), Continued())
    """
    if type(word) is not int:
        # Imported here because the start of a shell does not need it.
        from simpsh.base.given_numbers import whole_number

        word = whole_number(word, "a status word is a number, as os.waitpid() returns it")
    if word == _CONTINUED:
        return Continued()
    low, high = word & 0xFF, word >> 8 & 0xFF
    if 0 <= word <= _CONTINUED:
        if low & _STOPPED == 0:
            return Exited(high) if high else _SUCCESS
        if low == _STOPPED and 1 <= high <= LAST:
            return Stopped(high)
        if low & _STOPPED <= LAST:
            return Killed(low & _STOPPED, bool(low & _CORE))
    raise ValueError(f"{word:#06x} is not a wait status")


def encode(status: WaitStatus) -> int:
    """Encode `status` as a word for decode().

    >>> hex(encode(Stopped(20)))
    '0x147f'
    """
    match status:
        case Exited(code):
            return code << 8
        case Killed(signal, dumped_core):
            return int(signal) | (_CORE if dumped_core else 0)
        case Stopped(signal):
            return signal << 8 | _STOPPED
        case Continued():
            return _CONTINUED


def from_siginfo(code: int, value: int) -> WaitStatus:
    """Return the status for waitid(2)'s `si_code` and `si_status`; raise ValueError.

    >>> from_siginfo(1, 7), from_siginfo(3, 6)
    (Exited(code=7), Killed(signal=SIGABRT, dumped_core=True))
    """
    match code:
        case os.CLD_EXITED:
            return Exited(value & 0xFF)
        case os.CLD_KILLED | os.CLD_DUMPED:
            return Killed(value, code == os.CLD_DUMPED)
        case os.CLD_STOPPED | os.CLD_TRAPPED:
            return Stopped(value)
        case os.CLD_CONTINUED:
            return Continued()
        case _:
            raise ValueError(f"si_code {code} does not come from a child")


def has_ended(status: WaitStatus) -> bool:
    """Return whether the process has ended, rather than stopped or continued."""
    return isinstance(status, Exited | Killed)


def is_end(word: int) -> bool:
    """Return whether a status word reports an end, rather than a stop or a continuation.

    >>> is_end(0x0300), is_end(9), is_end(0x147F), is_end(0xFFFF)
    (True, True, False, False)
    """
    return word & 0xFF != _STOPPED and word != _CONTINUED


def killing_signal(word: int) -> int:
    """Return the number of the signal that killed the process, or 0.

    >>> killing_signal(0x8B), killing_signal(0x0300), killing_signal(0x147F)
    (11, 0, 0)
    """
    return word & _STOPPED if is_end(word) else 0


_WAIT_OPTIONS = {1: "WNOHANG", 2: "WUNTRACED", 4: "WEXITED", 8: "WCONTINUED", 1 << 24: "WNOWAIT"}


def wait_option_names(bits: int) -> tuple[str, ...]:
    """Return the names of the wait4(2) options in `bits`.

    >>> wait_option_names(3)
    ('WNOHANG', 'WUNTRACED')
    """
    return tuple(name for bit, name in _WAIT_OPTIONS.items() if bits & bit)


def shell_status(status: WaitStatus) -> int:
    """Return the value of `$?`: the exit code, or 128 plus the signal (POSIX XCU 2.8.2).

    >>> shell_status(Exited(7)), shell_status(Killed(9)), shell_status(Stopped(20))
    (7, 137, 148)
    """
    match status:
        case Exited(code):
            return code
        case Killed(signal, _) | Stopped(signal):
            return 128 + signal
        case Continued():
            return 0


def sentence(status: WaitStatus) -> str:
    """Describe a status in the words of the textbook's shell.

    >>> print(sentence(Killed(11, True)))
    abnormal termination: killer signal: 11 (SIGSEGV): core dumped
    >>> print(sentence(Continued()))
    (was stopped), resumed (SIGCONT)
    """
    match status:
        case Exited(code):
            return f"normal termination: exit status: {code}"
        case Killed(signal, dumped_core):
            core = ": core dumped" if dumped_core else ""
            return f"abnormal termination: killer signal: {int(signal)} ({signal.name}){core}"
        case Stopped(signal):
            return f"stopped: stop signal: {int(signal)} ({signal.name})"
        case Continued():
            return "(was stopped), resumed (SIGCONT)"


class Field(Record):
    """Some bits of the status word, and their meaning."""

    name: str
    first_bit: int
    """The number of the lowest bit; 0 is the word's lowest."""
    width: int
    value: int
    meaning: str


def fields(word: int) -> tuple[Field, ...]:
    """Split the status word into its bit fields, highest first.

    >>> for field in fields(0x8B): print(field.name, field.value, "–", field.meaning)
    high byte 0 – unused: the process was killed
    core flag 1 – a core was dumped
    low seven bits 11 – killed by SIGSEGV
    """
    high, core, low = word >> 8 & 0xFF, word >> 7 & 1, word & _STOPPED
    match decode(word):
        case Exited(code):
            means = f"exit code {code}", "unused: the process exited", "0: the process exited"
        case Killed(signal, dumped_core):
            dumped = "a core was dumped" if dumped_core else "no core was dumped"
            means = "unused: the process was killed", dumped, f"killed by {signal.name}"
        case Stopped(signal):
            means = f"stopped by {signal.name}", "unused: the process stopped", "127: it stopped"
        case Continued():
            means = ("all ones: it was continued",) * 3
    return (
        Field("high byte", 8, 8, high, means[0]),
        Field("core flag", 7, 1, core, means[1]),
        Field("low seven bits", 0, 7, low, means[2]),
    )
