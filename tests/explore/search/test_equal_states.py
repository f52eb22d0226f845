"""Histories that a process has forgotten are one state; nothing that it can still know is lost."""

import math
import shutil
import subprocess
from collections import Counter
from itertools import pairwise, permutations
from pathlib import Path

import pytest

from simpsh.explore.control import remembered_state
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge, end_held
from simpsh.explore.control.remembered_state import Pages
from simpsh.explore.control.tracee_stops import assemble_filter
from simpsh.explore.objects.kernel_state import FOLLOWED
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.state_search import StateSearch
from simpsh.explore.workplace.private_world import in_private_world, why_not_private
from tests.explore.oracle.derived import all_permutations, dyck_words, two_writers
from tests.harness.sh import simpsh_command

pytestmark = pytest.mark.long("each test explores a program")

PROGRAMS = Path(__file__).parent.parent / "programs"
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31)
LIMITS = ExplorationLimits(natives=0, budget_seconds=60)


@pytest.fixture
def explored(compiled, tmp_path):
    def one(name, *arguments, limits=LIMITS):
        path = compiled(f"programs/{name}.c")
        return explore(program_of((path, *arguments), directory=str(tmp_path)), limits)

    return one


def orders(letters):
    return {f"{''.join(order)}." for order in permutations(letters)}


@pytest.mark.usual("fork_fork---")
@pytest.mark.parametrize(
    ("words", "texts", "most_runs", "most_states"),
    [
        (("fork_fork",), dyck_words(4), 20, math.inf),
        (("children", "4"), all_permutations("abcd"), 60, math.inf),
        # 90 or 95: where the stack begins decides what the dynamic linker leaves on it.
        (("two_writers",), two_writers(), 110, math.inf),
        # The orders of the ends of eight children are forgotten.
        (("collects", "8", "f"), {"."}, 40, 3**8 + 100),
        # Statuses are forgotten after they are printed.
        (("collects", "5", "s"), orders("12345"), 160, math.inf),
        # An order that is remembered is not lost.
        (("collects", "4", "o"), orders("abcd"), math.inf, math.inf),
        # Pipes with one writer and one reader add no outputs.
        (("sieve", "35"), {"".join(f"prime {one}\n" for one in PRIMES)}, math.inf, 500),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_set_needs_few_runs_and_states(words, texts, most_runs, most_states, explored):
    found = explored(*words)
    assert found.texts == texts
    assert found.has_every_order
    assert found.runs + found.replays <= most_runs
    assert found.states <= most_states


@pytest.mark.usual
def test_what_a_handler_left_on_the_stack_counts(explored):
    assert explored("shows_left_by_handler").texts == {"0", "1"}


@pytest.mark.usual("h")
@pytest.mark.parametrize("how", ["h", "u", "d", "c"])
def test_states_differ_by_facts_that_only_the_kernel_keeps(how, explored):
    found = explored("keeps_in_the_kernel", how)
    assert found.texts == {"1", "2"}
    assert found.differences == ()


@pytest.mark.usual
def test_with_unreadable_memory_every_history_is_a_state(compiled, monkeypatch, tmp_path):
    monkeypatch.setattr(remembered_state, "_MOST_PAGES", 0)
    program = program_of((compiled("programs/collects.c"), "3", "f"), directory=str(tmp_path))
    with Knowledge(program) as knowledge:
        search = StateSearch(knowledge)
        while search.advance(1):
            pass
    assert search.is_finished
    # Six orders, and a run that repeats the fifth. Runs before a restart do not count: the pid of a
    # child may also be a number in a register.
    assert search.reality.runs == 7


def page_of(*numbers):
    return b"".join(number.to_bytes(4, "little") for number in numbers).ljust(64, b"\0")


@pytest.mark.parametrize(
    ("data", "is_there"),
    [
        (page_of(1234), True),
        (b"abc" + page_of(1234), True),  # at any offset, even an unaligned one
        (page_of(1 << 21), False),
        (b" 1234 ", True),
        (b"1234 ", True),
        (b"01234 ", False),
        (b" 12345 ", False),
        (b" 91234567 ", False),
    ],
)
def test_a_pid_is_found_as_a_word_and_in_decimal(data, is_there):
    pages = Pages()
    pages.summary(0, data, {5000: "P0"}, packed=True)
    assert pages.may_be_pids(1234, 1) != is_there
    first, other = (Pages().summary(0, data, {pid: "P0"}, packed=False) for pid in (1234, 5000))
    assert (first != other) == (is_there and not data.startswith(b"abc"))


@pytest.mark.parametrize("number", [b" 1234567 ", b"x1234", (123456).to_bytes(4, "little")])
def test_a_number_that_appears_anywhere_in_a_page_is_found(number):
    size = 3 * remembered_state._PIECE
    first = remembered_state._PIECE - remembered_state._CONTEXT - len(number)
    for at in [*range(first, first + 40), size - len(number)]:
        # The second page has digits around the number, so it is part of a longer one.
        for before, after in ((b" ", b" "), (b"7", b"7")):
            page = (b" " * (at - 1) + before + number + after).ljust(size)[:size]
            pages, alone = Pages(), Pages()
            for content in (b" " * size, page):
                pages.summary(0, content, {}, packed=True)
            alone.summary(0, page, {}, packed=True)
            whole = remembered_state._numbers_in(page, 0, size)
            assert pages.plain == alone.plain == whole


@pytest.mark.parametrize("place", [b"    1234", b"    " + (1234).to_bytes(4, "little")])
@pytest.mark.parametrize("pad", [b"", b" "])
def test_a_number_that_is_no_pid_of_another_run_was_an_ordinary_one(place, pad):
    page = b" " + pad + place + b"    "
    with_pid, without = {1234: "P0"}, {5000: "P0"}
    for first, then in ((with_pid, without), (without, with_pid)):
        pages = Pages()
        for names in (first, first, then):
            assert not pages.has_mistake
            pages.summary(0, page, names, packed=True)
        assert pages.has_mistake
        pages.forgive()
        pages.summary(0, page, without, packed=True)
        assert not pages.has_mistake


def test_a_block_of_pages_is_named_like_its_pages(monkeypatch):
    monkeypatch.setattr(remembered_state, "_PAGE", 16)
    first, other = b"    1234        ", b"a" * 16
    block = first + bytes(16) + other

    def found(pages, names, before=bytes(48)):
        return pages.of_block(32, block, names, packed=False, untouched=lambda: before).found

    pages, without, with_pid = Pages(), {5000: "P0"}, {1234: "P1"}
    plain = found(pages, without)
    assert plain == [
        (32, *Pages().summary(32, first, without, packed=False)),
        (64, *Pages().summary(64, other, without, packed=False)),
    ]
    named = found(pages, with_pid)
    assert named[1:] == plain[1:]
    assert named[0] == (32, *Pages().summary(32, first, with_pid, packed=False)) != plain[0]
    assert found(pages, without) == plain
    assert found(pages, with_pid) == named
    # A page is left out if it reads like its file.
    assert found(Pages(), without, first + bytes(32)) == plain[1:]
    # If its file is unknown, a page of zeros may have been stored, too.
    zeros = (48, *Pages().summary(48, bytes(16), without, packed=False))
    assert found(Pages(), without, None) == [plain[0], zeros, plain[1]]


@pytest.mark.parametrize("packed", [False, True])
def test_a_page_with_a_pid_is_looked_at_once(monkeypatch, packed):
    looked, pages = list[int](), Pages()
    spans = remembered_state._spans_of_pids
    monkeypatch.setattr(
        *(remembered_state, "_spans_of_pids"),
        lambda data, pids: [looked.append(len(pids)), *spans(data, pids)][1:],
    )
    page = page_of(1234, 5000)
    for names in ({1234: "P0"}, {1234: "P0", 77: "P1"}, {1234: "P1"}, {1234: "P0", 5000: "P1"}):
        found = [pages.summary(0, page, names, packed=packed) for _ in range(2)]
        assert found[0] == found[1] == Pages().summary(0, page, names, packed=packed)
    # Another pid elsewhere changes nothing; another name of this pid, or a second pid here, does.
    assert looked == [1, 1, 1, 1, 1, 2, 2]


def of_dash(text, directory):
    return program_of((shutil.which("dash") or "/bin/sh", "-c", text), directory=str(directory))


@pytest.mark.usual
def test_names_of_children_in_a_loop_are_reused_and_their_statuses_omitted(tmp_path):
    text = PROGRAMS.joinpath("loop_for_lock.sh").read_text()
    found = explore(of_dash(text, tmp_path), LIMITS)
    assert found.has_every_order
    assert found.texts == {"in\nend\n"}
    assert {name for name, _ in found.outcomes[0].statuses} == {"P0", "P1", "P2", "P3"}
    assert any(note.startswith("P2 may make more and more children") for note in found.notes)
    # The witness names processes by birth, so a run that does not reuse names can follow it.
    schedule = " ".join(found.outcomes[0].witness)
    argv = [*simpsh_command(), "step", "--schedule", schedule, "dash", "-c", text]
    done = subprocess.run(
        argv, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert "All processes have ended" in done.stdout, done.stderr
    assert done.stdout.endswith("Output so far: “in\\nend\\n”.\n")


@pytest.mark.parametrize("left", ["(: &)", "sh -c 'echo $$ >> f'"])
def test_names_are_not_reused_if_a_pid_outlives_its_process(left, tmp_path):
    line = f"mkdir lock; until mkdir lock 2>/dev/null; do {left}; done"
    with Knowledge(of_dash(line, tmp_path)) as known:
        known.may_reuse_names = True
        search = StateSearch(known)
        while known.may_reuse_names and search.advance(0.2):
            pass
        assert not known.may_reuse_names
        assert not known.looping


def test_histories_of_a_shell_that_hashes_pids_meet_in_steady_runs(tmp_path):
    # bash seeds $RANDOM by its pid, and finds the statuses of its jobs by their pids.
    shell, begun = shutil.which("bash"), list[tuple[bool, int, int]]()
    if why_not_private() or shell is None:
        pytest.skip(why_not_private() or "bash is needed")

    def ends_of_shell():
        program = program_of((shell, "-c", "(exit 3) & wait $!; echo $?"), directory=str(tmp_path))
        with Knowledge(program) as known:
            begin = known.begin
            search = StateSearch(known)
            known.begin = lambda assembled: note(
                known.is_steady, begin(assembled), search.model.learned.steps
            )
            while search.advance(60):
                pass
        last = {dict(state[0]).get("P0", (None,))[0] for state in search.graph.states}
        # A plain number of this memory may have been drawn as a pid; then all begins again.
        del begun[: -search.reality.runs]
        return begun, sum(node is not None and node.operation.is_end for node in last)

    def note(is_steady, pid, steps):
        begun.append((is_steady, pid, steps))
        return pid

    runs, ends = in_private_world(ends_of_shell)
    steady = {pid for is_steady, pid, _ in runs if is_steady}
    varied = {pid for is_steady, pid, _ in runs if not is_steady}
    assert len(steady) == 1
    assert varied.isdisjoint(steady)
    assert varied
    # Nothing is learned in a run with other values: its states would meet no others.
    for (is_steady, _, before), (_, _, after) in pairwise(runs):
        assert is_steady or after <= before, runs
    # Fewer ends than steady runs: some of these came to the same state.
    assert ends < sum(is_steady for is_steady, *_ in runs), runs


def test_a_pid_is_drawn_again_if_a_number_right_after_the_runs_pids_is_plain(tmp_path):
    if why_not_private():
        pytest.skip(why_not_private())
    nothing = assemble_filter(signals_matter=False, files_matter=False)

    def drawn():
        with Knowledge(of_dash("true", tmp_path)) as known:
            known.is_steady = True

            def begun():
                pid = known.begin(nothing)
                end_held(pid)
                return pid

            first = begun()
            again = begun()
            # Another process may take the next pid, so that a child has this one.
            known.pages.plain.add(first + known.most_processes + 1)
            return first, again, begun()

    first, again, other = in_private_world(drawn)
    assert first == again != other


def test_leftovers_of_a_program_of_the_system_do_not_count(tmp_path):
    # Its handler runs at many places, and leaves its frames below the stack pointer.
    program = program_of((shutil.which("timeout"), "5", "true"), directory=str(tmp_path))

    def nodes_at_exit():
        with Knowledge(program) as known:
            search = StateSearch(known)
            while search.advance(60):
                pass
        nodes = {node for state in search.graph.states for _, (node, _) in state[0]}
        ends = [node for node in nodes if node.name == "P0" and node.operation.is_end]
        return search.is_finished, len(ends)

    is_finished, ends = in_private_world(nodes_at_exit)
    assert is_finished
    assert ends <= 12


def test_quiet_calls_are_looked_at_once(tmp_path, monkeypatch):
    program = of_dash("/bin/true & /bin/true; wait", tmp_path)
    looked = Counter[int]()
    decode = FOLLOWED["openat"]

    def look(stop):
        looked[stop.known.run_number] += 1
        return decode(stop)

    def openings():
        with Knowledge(program) as known:
            search = StateSearch(known)
            while search.advance(60):
                pass
        return dict(looked)

    monkeypatch.setitem(FOLLOWED, "openat", look)
    by_run = in_private_world(openings)
    assert min(by_run.values()) < max(by_run.values()) / 2, by_run
