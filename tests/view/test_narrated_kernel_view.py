"""`-vvv` adds what the kernel says: the status word's bits, /proc's view, the descriptor table."""

from __future__ import annotations

import re

from tests.view.narrated import told


def test_the_bits_of_a_status_word_are_printed():
    # The bits of a status word.
    story = told("sh -c 'exit 7'", "-vvv")
    at = story.lines.index("Child process (A) status changed: normal termination: exit status: 7")
    assert story.lines[at + 1 : at + 5] == [
        "  status word 0x0700 = 00000111 00000000",
        "    high byte: 7 (exit code 7)",
        "    core flag: 0 (unused: the process exited)",
        "    low seven bits: 0 (0: the process exited)",
    ]
    # The bits of a kill.
    story = told("sh -c 'kill -KILL $$'", "-vvv")
    at = next(n for n, line in enumerate(story.lines) if "SIGKILL" in line and "changed" in line)
    assert story.lines[at + 1 : at + 5] == [
        "  status word 0x0009 = 00000000 00001001",
        "    high byte: 0 (unused: the process was killed)",
        "    core flag: 0 (no core was dumped)",
        "    low seven bits: 9 (killed by SIGKILL)",
    ]


def test_state_parent_group_and_session_agree_with_proc():
    # State parent group and session are those of the process.
    # The program says them itself: fields 4 to 6 of its own /proc/PID/stat.
    story = told("cut -d' ' -f1,4-6 /proc/self/stat", "-vvv")
    line = next(line for line in story.lines if line.startswith("Process (A): "))
    found = re.fullmatch(
        r"Process \(A\): state (\w) \((\w+)\), parent (\d+), group (\d+), session (\d+)", line
    )
    assert found, line
    assert (found[1], found[2]) == ("R", "running")
    assert story.outcome.text.split() == [f"{story.pids['A']}", *found.groups()[2:]]
    # With job control the groups are the real ones.
    story = told("cut -d' ' -f5 /proc/self/stat | cat", "-vvv", "-m")
    groups = set(re.findall(r"Process \([A-Z]\): state R .* group (\d+),", "\n".join(story.lines)))
    assert groups == {story.outcome.text.strip()}


def test_the_descriptor_table_is_the_one_the_program_gets():
    # The descriptor table before exec is the one the program gets.
    story = told(
        "ls -l /proc/self/fd >seen 3</dev/null 7>seven; true", "-vvv", given=b"standard input"
    )
    begin = next(n for n, line in enumerate(story.lines) if line.startswith("Process (A): "))
    end = story.lines.index('Child process (A) exec-ing cmd "ls" now...')
    rows = re.findall(r"^ +descriptor (\d+) -> (.*)$", "\n".join(story.lines[begin:end]), re.M)
    table = {int(number): target for number, target in rows if "(closed by exec)" not in target}
    seen = story.outcome.files["seen"].content.decode()
    given = {int(n): target for n, target in re.findall(r" (\d+) -> (.*)$", seen, re.M)}
    # ls has opened the directory itself.
    own = next(number for number, target in given.items() if target.startswith("/proc/"))
    del given[own]
    assert table == given
    assert table[3] == "/dev/null"
    assert table[7].endswith("/seven")
    assert len(table) == 5
    # Descriptors that exec closes are marked.
    story = told("true | true", "-vvv")
    rows = [line for line in story.lines if "descriptor" in line and "->" in line]
    assert any(line.endswith("  (closed by exec)") for line in rows)
    kept = {line.split()[1] for line in rows if not line.endswith("(closed by exec)")}
    assert kept == {"0", "1", "2"}
