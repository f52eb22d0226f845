"""Texts are short sentences without banned words; the source is commented in plain English.

docs/style-of-texts.md has the rules for users' texts: documents, help pages, exercises, messages.
tests/lessons/test_lesson_texts.py reads the lessons. docs/CONTRIBUTING.md has the rules for
comments, docstrings and test names.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source_tree import HOUSE, ROOT, modules_below, shown
from tests.support.lesson_texts import long_sentences, refused_words

PAGES = HOUSE / "shell" / "builtins" / "pages"
LESSONS = ROOT / "lessons"

NO_PROSE = {
    "tests/support/lesson_texts.py": "the refused words themselves",
    "docs/style-of-texts.md": "the refused words themselves, and examples of them",
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
    found = []
    for text in texts_of(path):
        found += [*long_sentences(text), *refused_words(text)]
    return found


@pytest.mark.slow
def test_the_texts_of_the_project_keep_the_rules():
    broken = [f"{shown(path)}: {fault}" for path in FILES for fault in faults(path)]
    assert not broken, "see docs/style-of-texts.md:\n  " + "\n  ".join(broken)


def test_an_excluded_file_exists():
    assert [name for name in NO_PROSE if not (ROOT / name).exists()] == []


LONG = "Word" + " word" * 30


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("a.md", f"{LONG}.\n", 1),
        ("a.md", "- nobody\n- `nobody`\n\n```\nnobody\n```\n| a | behind |\n|---|---|\n", 2),
        ("a.txt", f"title: x\nnames: behind\n\nNobody.\n  {LONG[:80]}\n  {LONG[:80]}\n", 1),
        ("a.txt", "title: x – whom\n\nWell.\n\nexample:\n    >> nobody knows\n", 1),
        ("a.py", '"""Nobody knows."""\nA = f"{B} knows nobody"\nC = "nobody"\n', 1),
    ],
)
def test_faults_are_found_where_they_are(tmp_path, name, text, count):
    path = tmp_path / name
    path.write_text(text)
    assert len(faults(path)) == count


WRITTEN_OTHERWISE = {
    "name the subject; do not begin with a clause of “what”": r"^What (?!if\b)(?!.*\?)",
    "write “the process that”": r"^Who (?!.*\?)|\b(?:as|by|for|from|of|than|to) who\b(?! is)",
    "begin with the subject, not with “Of”": r"^Of (?!course)",
    "write “if” or “when”": r"^Where (?!.*\?)",
    "write “report”, “print”, “show” or “name”": r"\bt(?:old|ells?|elling)\b",
    "write “is”": r"\bstands?\b(?! for)|\blies?\b",
    "write “becomes”, “results from”": r"\bc(?:omes?|ame|oming) (?:of|to)\b",
    "write “continues”": r"\b(?:go(?:es|ne|ing)?|went) on\b",
    "use a word of today": r"\b(?:amid|anew|behind|beside|hence|thereby|whence)\b",
    "say what exists, or what holds": r"\b(?:are|be|is|was|were) (?:so|there)(?=[).,:;]|$)",
    "repeat the noun": r"\bth(?:at|ose) of\b",
    "begin with a verb that does something": r"^Let ",
}
"""Advice for wordings that readers misunderstand. CONTRIBUTING.md has the rules."""

FOLDERS = [
    *(folder for top in (HOUSE, ROOT / "tests") for folder in sorted(top.iterdir())),
    *(ROOT / "tools", ROOT / "docs"),
]
PER_1000_WORDS = 2.0


def comments_docstrings_and_test_names(path: Path) -> Iterator[str]:
    """Yield the texts of a Python file that developers read; a comment of several lines is one."""
    source = path.read_text()
    comment: list[str] = []
    line = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != line + 1:
                yield " ".join(comment)
                comment = []
            if not token.string.startswith(("# noqa", "# type:")):
                comment.append(token.string.strip("#: "))
            line = token.start[0]
    yield " ".join(comment)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield " ".join(str(node.value.value).split())
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name.replace("_", " ")


def texts_for_developers(folder: Path) -> Iterator[str]:
    """Yield the paragraphs for developers in a folder's source files and documents."""
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.md")]):
        if path.suffix == ".md":
            yield from (" ".join(text.split()) for text in of_document(path).split("\n\n"))
        else:
            yield from comments_docstrings_and_test_names(path)


def wordings(text: str) -> Iterator[str]:
    """Yield each wording of a text that has a clearer one, with the advice."""
    for sentence in re.split(r"(?<=[.!?:;])\s+(?=[A-Z“`])", text):
        for advice, pattern in WRITTEN_OTHERWISE.items():
            yield from (f"{advice}: {sentence[:100]}" for _ in re.findall(pattern, sentence))


@pytest.mark.parametrize("folder", [path for path in FOLDERS if path.is_dir()], ids=shown)
def test_comments_docstrings_test_names_and_documents_have_plain_wordings(folder):
    texts = [*texts_for_developers(folder)]
    found = [wording for text in texts for wording in wordings(text)]
    words = sum(len(text.split()) for text in texts)
    # A folder of a few words may have one such wording.
    assert len(found) <= max(1, PER_1000_WORDS * words / 1000), "\n  ".join(["", *found])


def test_a_wording_is_found_in_a_comment_a_docstring_and_a_test_name(tmp_path):
    (tmp_path / "a.py").write_text(
        '# What it\n# says.\ndef test_it_is_told():\n    """Wait. Of all, one."""\n'
    )
    (tmp_path / "b.md").write_text("- It goes on.\n\n```\nIt goes on.\n```\n")
    assert len([w for text in texts_for_developers(tmp_path) for w in wordings(text)]) == 4
