"""Damaged debug information: the result is a line or None, without errors or long searches."""

import random
from pathlib import Path

import pytest

from simpsh.base.events import CallSite, Fork
from simpsh.kernel.machine import ptrace
from simpsh.trace.source.call_stack import FrameRule, FrameRules
from simpsh.trace.source.debug_lines import DebugLines
from simpsh.trace.source.elf_file import ElfFile, ElfProblem, Span
from tests.harness.compiled import compile_c
from tests.harness.recorded import ROUNDS, recorded

pytestmark = pytest.mark.skipif(
    not ptrace.is_known_architecture(), reason="source lines are found on x86-64 alone"
)

BODY = r"""
#include <unistd.h>
#include <stdlib.h>
static inline int birth(int count) { return count > 3 ? fork() : 0; }
int twice(int count) { return birth(count) + birth(count + 1); }
int main(int argc, char **argv) {
    if (twice(argc) == 0)
        exit(3);
    return 0;
}
"""
SECTIONS = (
    *(".debug_line", ".debug_info", ".debug_abbrev", ".debug_aranges", ".debug_rnglists"),
    *(".debug_str", ".debug_line_str", ".eh_frame", ".eh_frame_hdr", ".symtab", ".strtab"),
)
USUAL = Span(0x1000, 0x1000, 0x240)
"""Addresses to try in a file whose section headers are damaged."""


@pytest.fixture(scope="module", params=["-gdwarf-5", "-gdwarf-4"])
def whole(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp("damaged")
    source = directory / "race.c"
    source.write_text(BODY)
    return ElfFile(compile_c(source, directory / "race", request.param, "-O2"), "race")


def ask_everything(path):
    """Look up every address of a file; check the types and return the number of results."""
    try:
        file = ElfFile(str(path), "race")
    except ElfProblem:
        return 0
    lines, rules = DebugLines(file), FrameRules(file)
    answers = 0
    code = file.headers.sections.get(".text", USUAL)
    for address in range(code.address, code.address + min(code.size, USUAL.size), 4):
        place, rule = lines.at(address), rules.at(address)
        assert place is None or isinstance(place, CallSite)
        assert rule is None or isinstance(rule, FrameRule)
        answers += (place is not None) + (rule is not None)
    place = lines.end_of("main")
    assert place is None or isinstance(place, CallSite)
    return answers


def test_a_whole_file_answers(whole, tmp_path):
    path = tmp_path / "race"
    path.write_bytes(whole.data)
    assert ask_everything(path) > 20


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_of_garbage_causes_no_traceback(whole, tmp_path, section):
    if section not in whole.headers.sections:
        pytest.skip("this version has no such section")
    span, path = whole.headers.sections[section], tmp_path / "race"
    chance = random.Random(section)
    for fill in (b"\0" * span.size, b"\xff" * span.size, chance.randbytes(span.size)):
        data = bytearray(whole.data)
        data[span.offset : span.offset + span.size] = fill
        path.write_bytes(data)
        ask_everything(path)


def test_changed_bytes_cause_no_traceback(whole, tmp_path):
    path, chance = tmp_path / "race", random.Random(7)
    spans = [whole.headers.sections[name] for name in SECTIONS if name in whole.headers.sections]
    sections_at = int.from_bytes(whole.data[40:48], "little")
    headers = [Span(0, 16, 384), Span(0, sections_at, len(whole.data) - sections_at)]
    for number in range(ROUNDS or 20):
        data = bytearray(whole.data)
        for _ in range(chance.randint(1, 6)):
            span = chance.choice(headers if number % 2 else spans)
            data[span.offset + chance.randrange(span.size)] = chance.randrange(256)
        path.write_bytes(data)
        ask_everything(path)


def test_a_program_whose_line_table_is_garbage_runs_and_is_recorded_without_lines(tmp_path):
    source = Path(tmp_path, "race.c")
    source.write_text("#include <unistd.h>\nint main(void) { return fork() < 0; }\n")
    path = compile_c(source, tmp_path / "race", "-g")
    span = ElfFile(path, path).headers.sections[".debug_line"]
    data = bytearray(Path(path).read_bytes())
    data[span.offset : span.offset + span.size] = random.Random(1).randbytes(span.size)
    Path(path).write_bytes(data)
    found = recorded(path, with_lines=True)
    assert [event.at for event in found.events if isinstance(event.what, Fork)] == [None]
    assert not [note for note in found.notes if "broke" in note]
