"""The sentences of documents, help pages, exercises and messages are short.

docs/CONTRIBUTING.md has the rules. tests/lessons/test_lesson_texts.py reads the lessons.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source_tree import HOUSE, ROOT, modules_below, shown
from tests.support.lesson_texts import long_sentences

PAGES = HOUSE / "shell" / "builtins" / "pages"
LESSONS = ROOT / "lessons"

NO_PROSE = {
    "simpsh/kernel/machine/syscall_table.py": "a table of numbers",
    "simpsh/explore/objects/call_classes.py": "tables of system calls",
    "simpsh/grade/sandbox/sandboxed_command.py": "a program's text",
    "simpsh/grade/sandbox/permitted_calls.py": "a table of system calls",
}
"""Files that are not read, and why."""

FENCED = re.compile(r"^(`{3,})[^\n]*\n.*?^\1 *$", re.MULTILINE | re.DOTALL)
RULE_OF_A_TABLE = re.compile(r"^\|[-| :]+\|$", re.MULTILINE)
ROW = re.compile(r"^\|(.*)\|$", re.MULTILINE)
ITEM = re.compile(r"^\s*(?:[-*]|\d+\.|:|#+)\s+", re.MULTILINE)
TARGET = re.compile(r"\]\([^)]*\)")
EXAMPLE = re.compile(r"^(?:example|prompt):\n.*", re.MULTILINE | re.DOTALL)
HEAD = re.compile(r"^(?:names|calls|see):.*\n", re.MULTILINE)


def of_document(path: Path) -> str:
    """Return a document without its blocks; items, headings and cells are paragraphs."""
    text = RULE_OF_A_TABLE.sub("", FENCED.sub("\n", path.read_text()))
    text = ROW.sub(lambda row: "\n\n" + row[1].replace("|", "\n\n") + "\n\n", text)
    return re.sub(r"^ {1,3}(?=\S)", "", ITEM.sub("\n\n", TARGET.sub("]", text)), flags=re.M)


def of_page(path: Path) -> str:
    """Return the text of a help page; a line of a table is a paragraph."""
    text = HEAD.sub("", EXAMPLE.sub("", path.read_text()))
    return re.sub(r"\n +", "\n\n", text.removeprefix("title: "))


def strings(path: Path) -> Iterator[str]:
    """Yield the texts in a Python file that have several words; docstrings are for developers."""
    tree = ast.parse(path.read_text())
    passed_over = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            passed_over.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            passed_over.update(one for one in ast.walk(node) if one is not node)
    for node in ast.walk(tree):
        text = "" if node in passed_over else text_of(node)
        if " " in text.strip():
            yield re.sub(r"\n +", "\n\n", text)


def text_of(node: ast.AST) -> str:
    """Return a string's text, with X for each inserted value; empty for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(text_of, node.values))
    if isinstance(node, ast.FormattedValue):
        return "X"
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else ""


def texts_of(path: Path) -> list[str]:
    if path.suffix == ".py":
        return list(strings(path))
    return [of_page(path) if path.suffix == ".txt" else of_document(path)]


def is_read(path: Path) -> bool:
    return not any(shown(path).startswith(name) for name in NO_PROSE)


FILES = [
    path
    for path in (
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        *sorted(ROOT.glob("docs/**/*.md")),
        *sorted(PAGES.glob("*.txt")),
        *sorted(LESSONS.glob("*/exercises/*/exercise.py")),
        *sorted(LESSONS.glob("*/exercises/*/task.md")),
        LESSONS / "glossary.py",
        LESSONS / "claims.py",
        *modules_below(HOUSE),
    )
    if is_read(path)
]


def faults(path: Path) -> list[str]:
    """Return the faults in the texts of a file."""
    return [fault for text in texts_of(path) for fault in long_sentences(text)]


def test_the_texts_of_the_project_keep_the_rules():
    broken = [f"{shown(path)}: {fault}" for path in FILES for fault in faults(path)]
    assert not broken, "see docs/CONTRIBUTING.md, Texts:\n  " + "\n  ".join(broken)


LAST_WORD = re.compile(r"""(["'])(?:[^"'\\\n]*[^\w"'\\\n])?([a-z]{4,})\1""")
"""A text in a Python file that ends with a word, or is one."""
WHOLE = {"execv", "elvis", "mimetype"}
"""Words of one place that are not part of a longer one, such as execve."""


def cut_words(*sources: str) -> list[str]:
    """Return last words of texts that are nowhere else, while a word with one more letter is."""
    counted = Counter(word for source in sources for word in re.findall("[A-Za-z]+", source))
    longer = {word[:-1] for word in counted}
    last = [word for source in sources for _, word in LAST_WORD.findall(source)]
    return [word for word in last if counted[word] == 1 and word in longer]


def test_no_text_of_the_program_ends_within_a_word():
    sources = [path.read_text() for path in (*modules_below(HOUSE), *ROOT.glob("docs/*.md"))]
    assert {*cut_words(*sources)} == WHOLE


def test_a_cut_word_is_found():
    source = 'FIRST = "its child must be collected first"\nSECOND = "machine"\n'
    assert cut_words(source) == []
    assert cut_words(source, "THIRD = 'it must be the firs'\n") == ["firs"]
    assert cut_words(source, "answer['machin'] = 1\n") == ["machin"]
    assert cut_words(source, 'OTHER = "it must be the last"\n') == []


def test_an_excluded_file_exists():
    assert [name for name in NO_PROSE if not (ROOT / name).exists()] == []


LONG = "Word" + " word" * 30


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("a.md", f"{LONG}.\n", 1),
        ("a.md", f"- {LONG}\n- `{LONG}`\n\n```\n{LONG}\n```\n| a | {LONG} |\n|---|---|\n", 2),
        ("a.txt", f"title: x\nnames: a\n\nWell.\n{LONG[:80]}\n{LONG[:80]}\n  {LONG[:80]}\n", 1),
        ("a.txt", f"title: x – y\n\nWell.\n\nexample:\n    >> {LONG}\n", 0),
        ("a.py", f'"""{LONG}."""\nA = f"{{B}} {LONG}"\nC = "{LONG}"\nD = "word"\n', 2),
    ],
)
def test_faults_are_found_where_they_are(tmp_path, name, text, count):
    path = tmp_path / name
    path.write_text(text)
    assert len(faults(path)) == count
