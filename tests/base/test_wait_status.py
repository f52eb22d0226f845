"""The status word: 16 bits, four meanings."""

import os

import pytest

from simpsh.base.wait_status import (
    Continued,
    Exited,
    Killed,
    Stopped,
    decode,
    encode,
    fields,
    from_siginfo,
    has_ended,
    sentence,
    shell_status,
)


def meaning_by_macros(word):
    if os.WIFCONTINUED(word):
        return Continued()
    if os.WIFEXITED(word):
        return Exited(os.WEXITSTATUS(word))
    if os.WIFSTOPPED(word):
        return Stopped(os.WSTOPSIG(word))
    if os.WIFSIGNALED(word):
        return Killed(os.WTERMSIG(word), os.WCOREDUMP(word))
    return None


def test_every_word_means_what_the_macros_say():
    unknown = 0
    for word in range(0x10000):
        expected = meaning_by_macros(word)
        if expected is None:
            unknown += 1
            with pytest.raises(ValueError, match="is not a wait status"):
                decode(word)
        else:
            assert decode(word) == expected, hex(word)
    # Low byte 0xFF without the continued word: no macro matches.
    assert unknown == 255


def test_a_status_is_packed_and_unpacked_and_nothing_else_is():
    # A status is packed into the word it came from.
    for code in range(256):
        assert encode(Exited(code)) == code << 8
    for signal in range(1, 127):
        for dumped_core in (False, True):
            assert decode(encode(Killed(signal, dumped_core))) == Killed(signal, dumped_core)
        assert decode(encode(Stopped(signal))) == Stopped(signal)
    assert encode(Continued()) == 0xFFFF
    # What is no status is not packed.
    for thing in (5, None, "exited"):
        with pytest.raises(TypeError, match="is no wait status"):
            encode(thing)
    # Numbers outside sixteen bits are refused.
    for word in (-1, 0x10000, 1 << 40):
        with pytest.raises(ValueError, match="is not a wait status"):
            decode(word)


@pytest.mark.parametrize("status", [Exited(256), Exited(-1), Killed(0), Killed(127), Killed(200)])
def test_a_status_that_does_not_fit_is_not_packed(status):
    with pytest.raises(ValueError, match="does not fit into the 16 bits"):
        encode(status)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Exited(0), "normal termination: exit status: 0"),
        (Exited(7), "normal termination: exit status: 7"),
        (Killed(15), "abnormal termination: killer signal: 15 (SIGTERM)"),
        (Killed(11, True), "abnormal termination: killer signal: 11 (SIGSEGV): core dumped"),
        (Killed(11), "abnormal termination: killer signal: 11 (SIGSEGV)"),
        (Stopped(20), "stopped: stop signal: 20 (SIGTSTP)"),
        (Stopped(19), "stopped: stop signal: 19 (SIGSTOP)"),
        (Continued(), "(was stopped), resumed (SIGCONT)"),
    ],
)
def test_the_sentence_is_the_textbooks(status, expected):
    assert sentence(status) == expected


def test_the_shells_status_and_which_statuses_are_the_end():
    # The shells status is the code or 128 and the signal.
    assert [shell_status(s) for s in (Exited(0), Exited(255), Killed(9), Stopped(20))] == [
        0,
        255,
        137,
        148,
    ]
    # Only exited and killed are the end.
    assert [has_ended(s) for s in (Exited(0), Killed(9), Stopped(19), Continued())] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("word", [0x0700, 0x8B, 0x147F, 0xFFFF])
def test_the_bit_fields_put_together_are_the_word(word):
    total = 0
    for field in fields(word):
        assert 0 <= field.value < 1 << field.width
        total |= field.value << field.first_bit
    assert total == word


def change_of_child(end, options=os.WEXITED | os.WSTOPPED | os.WCONTINUED):
    pid = os.fork()
    if pid == 0:  # in the child
        try:
            end()
        finally:
            os._exit(99)
    info = os.waitid(os.P_PID, pid, options | os.WNOWAIT)
    _, word = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(word):
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    return info, word


@pytest.mark.parametrize(
    "end",
    [
        lambda: os._exit(7),
        lambda: os.kill(os.getpid(), 9),
        lambda: os.kill(os.getpid(), 19),
    ],
)
def test_siginfo_and_status_word_of_a_real_child_agree(end):
    info, word = change_of_child(end)
    assert from_siginfo(info.si_code, info.si_status) == decode(word)


def test_a_siginfo_of_something_else_is_refused():
    with pytest.raises(ValueError, match="does not come from a child"):
        from_siginfo(0, 0)
