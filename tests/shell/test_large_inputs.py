"""Large inputs: long pipelines, many words, big here-documents, a thousand commands.

The deadlines are generous; they only detect a shell that hangs.
"""

import pytest

from tests.harness.sh import SIMPSH, both_engines, run, run_cases

pytestmark = pytest.mark.timeout(150)
SECONDS = 120.0


@both_engines
def test_a_pipeline_of_200_stages(shell):
    script = "printf 'text\\n'" + " | cat" * 199 + "; echo $?; true" + " | sh -c 'exit 7'" * 199
    script += "; echo $?; echo x" + " | { cat; }" * 30 + " | (cat)" * 30
    outcome = run(shell, script, seconds=SECONDS)
    assert (outcome.text, outcome.stderr) == ("text\n0\n7\nx\n", b"")


def test_a_hundred_thousand_words():
    # Numbers of five digits: their 600,000 bytes are below the limit of execve.
    answers = run_cases(
        SIMPSH,
        {
            "typed": "set -- " + "w " * 100_000 + "; echo $#",
            "split": "set -- $(seq 100000); echo $#; printf '%s\\n' ${100000}",
            "passed": "printf '%s\\n' $(seq 10001 90000) | tail -n 1",
            "in one variable": "x=$(seq 100000); set -- $x; echo $#",
        },
        form="file",
        seconds=SECONDS,
    )
    got = {name: (answer.text, answer.error) for name, answer in answers.items()}
    assert got == {
        "typed": ("100000\n", ""),
        "split": ("100000\n100000\n", ""),
        "passed": ("90000\n", ""),
        "in one variable": ("100000\n", ""),
    }


@both_engines
def test_here_documents_around_the_capacity_of_a_pipe(shell):
    sizes = (0, 1, 511, 4095, 4096, 4097, 65535, 65536, 65537, 131072)
    cases = {
        f"{size}": f"sleep 0 <<E\n{'x' * size}\nE\nwc -c <<E\n{'x' * size}\nE" for size in sizes
    }
    answers = run_cases(shell, cases, form="file")
    assert {name: int(answer.text) for name, answer in answers.items()} == {
        f"{size}": size + 1 for size in sizes
    }


def test_a_pattern_of_many_stars_is_matched_in_linear_time():
    name = "a" * 200
    script = f"touch {name}\nset -- {'a*' * 60}b; echo $#; set -- {'a*' * 60}; echo $1\n"
    outcome = run(SIMPSH, script, seconds=100)
    assert outcome.text.split() == ["1", name]
