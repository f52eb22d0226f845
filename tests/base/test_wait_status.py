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
    # The low byte is 0xFF, but the child has not continued: no macro matches.
    assert unknown == 255


def test_each_status_is_packed_and_unpacked():
    for code in range(256):
        assert encode(Exited(code)) == code << 8
    for signal in range(1, 127):
        for dumped_core in (False, True):
            assert decode(encode(Killed(signal, dumped_core))) == Killed(signal, dumped_core)
        assert decode(encode(Stopped(signal))) == Stopped(signal)
    assert encode(Continued()) == 0xFFFF
    for word in (-1, 0x10000, 1 << 40):
        with pytest.raises(ValueError, match="is not a wait status"):
            decode(word)
    with pytest.raises(ValueError, match="does not come from a child"):
        from_siginfo(0, 0)


ABNORMAL = "abnormal termination: killer signal:"


@pytest.mark.parametrize(
    ("status", "text", "code", "is_end"),
    [
        (Exited(0), "normal termination: exit status: 0", 0, True),
        (Exited(255), "normal termination: exit status: 255", 255, True),
        (Killed(15), f"{ABNORMAL} 15 (SIGTERM)", 143, True),
        (Killed(11, True), f"{ABNORMAL} 11 (SIGSEGV): core dumped", 139, True),
        (Stopped(20), "stopped: stop signal: 20 (SIGTSTP)", 148, False),
        (Continued(), "(was stopped), resumed (SIGCONT)", 0, False),
    ],
)
def test_the_sentence_is_the_textbooks_and_the_code_is_the_shells(status, text, code, is_end):
    assert (sentence(status), shell_status(status), has_ended(status)) == (text, code, is_end)
    # Together, the bit fields are the whole word.
    total = 0
    for field in fields(encode(status)):
        assert 0 <= field.value < 1 << field.width
        total |= field.value << field.first_bit
    assert total == encode(status)
