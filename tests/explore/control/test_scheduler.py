"""Schedulers choose the steps of real runs; depth-first runs have the outputs of explore."""

import subprocess
import sys

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.scheduler import AtRandom, DepthFirst, InTurns, Replay, make_runs
from simpsh.explore.objects.name_words import decode_name
from simpsh.explore.search.exploration import explore
from tests.explore.control.controlled_runs import knowledge_of
from tests.spec.documents import shown_in


def texts(knowledge, scheduler):
    return [decode_name(run.output) for run in make_runs(knowledge, scheduler)]


@pytest.mark.parametrize(("name", "arguments"), [("children", ("2",)), ("broken_pipe", ())])
def test_depth_first_runs_have_the_outputs_that_explore_finds(name, arguments, compiled, tmp_path):
    words = (compiled(f"programs/{name}.c"), *arguments)
    with knowledge_of(*words, directory=tmp_path) as knowledge:
        schedules = set()
        found = set()
        for run in make_runs(knowledge, DepthFirst()):
            schedules.add(tuple(run.schedule))
            found.add(decode_name(run.output))
    assert len(schedules) > len(found)
    assert found == explore(program_of(words, directory=str(tmp_path))).texts


def test_each_scheduler_makes_its_runs(compiled, tmp_path):
    with knowledge_of(compiled("programs/children.c"), "2", directory=tmp_path) as knowledge:
        (turns,) = make_runs(knowledge, InTurns())
        assert texts(knowledge, Replay(turns.schedule)) == [decode_name(turns.output)]
        for schedule in (turns.schedule[:1], [turns.schedule[0], "P7"]):
            (short,) = make_runs(knowledge, Replay(schedule))
            assert short.schedule == turns.schedule[:1]
        drawn = texts(knowledge, AtRandom(5, seed=3))
        assert len(drawn) == 5
        assert drawn == texts(knowledge, AtRandom(5, seed=3))
        assert {len(run.schedule) for run in make_runs(knowledge, DepthFirst(1))} == {1}


def test_the_example_of_the_document_lets_the_youngest_go(tmp_path):
    (program,) = shown_in("how-to/write-a-scheduler.md", "python")
    for change, output in (("choices[-1]", rb"a\nb\n"), ("choices[0]", rb"b\na\n")):
        text = program.replace("choices[-1]", change)
        done = subprocess.run(
            [sys.executable, "-c", text], capture_output=True, cwd=tmp_path, check=True
        )
        assert done.stdout == b"b'%s' ()\n" % output
