"""The names of files and programs change nothing in a cell's picture but the names.

`make test` tries a few; `make test-long` tries all.
"""

import html
import os
import re
from itertools import product

import pytest

from simpsh.base.phrases import command_words
from simpsh.notebook.cell_display import display_of, run_of
from simpsh.notebook.shell_client import ShellClient
from tests.laws.names import harmless, neutral

NAMES = ("<P1>", "<w>", "a|b", " w", "x (deleted)", "pipe:[1]", "a\nb", "kernel", "P1", "simpsh")
CELLS = (
    "echo hi >{0}; cat <{0} | wc -c; rm {0}",
    "cp /bin/sh {0}; ./{0} -c '/bin/true; :'; rm {0}",
)


def sentences_of(client, cell, name):
    """Return the output of a cell, and the sentences with its picture."""
    texts = []
    result = client.run(cell.format(command_words((name,))), texts.append)
    chronicle, remarks = run_of(client.record, result.stretch)
    data = display_of(chronicle, result.status, remarks)["text/html"]
    parts = [html.unescape(text) for text in re.split(r"<[^>]*>", data)]
    # Whether a wait sleeps is the scheduler's choice.
    return "".join(texts), [text for text in parts if re.match(r"P\d \w+ (?!for)", text)]


def compared(client, cell, name):
    """Return the answers about a harmless name and about `name`, in comparable form."""
    answers = []
    for each in (harmless(name), name):
        text, sentences = sentences_of(client, cell, each)
        answers.append((text, sorted(neutral(sentence, name) for sentence in sentences)))
    return answers


def check_cells(pairs):
    """Run each cell with its name and a harmless one, and compare the answers."""
    client = ShellClient(os.environ)
    try:
        if client.refusal:
            pytest.skip(client.refusal)
        for cell, name in pairs:
            calm, wild = compared(client, cell, name)
            assert any(" execs " in sentence for sentence in calm[1])
            assert wild == calm, f"{cell} {name!r}"
    finally:
        client.end()


def test_a_few_names_of_files_and_programs_change_no_step_of_a_cell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    redirected, executed = CELLS
    check_cells(
        [
            (redirected, "<P1>"),
            (redirected, "a\nb"),
            (executed, "kernel"),
            (executed, "x (deleted)"),
        ]
    )


@pytest.mark.long("each name in each cell")
def test_no_name_of_a_file_or_program_changes_a_step_of_a_cell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_cells(product(CELLS, NAMES))
