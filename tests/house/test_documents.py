"""Every path, name and command that a document mentions exists.

Code spans, fenced blocks and links are checked; prose is not.
"""

import importlib
import re
from ast import ClassDef, FunctionDef, literal_eval, parse
from functools import cache

import pytest

from simpsh.cli.command_line import SUBCOMMANDS
from tests.house.source_tree import HOUSE, ROOT, shown
from tests.spec.documents import asked_for, blocks_of

DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/**/*.md"))]

FENCED = re.compile(r"^(`{3,})[^\n]*\n(.*?)^\1 *$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
TOP_FOLDERS = ("simpsh", "tests", "docs", "lessons", "containers")
ROOMS = tuple(sorted(path.name for path in HOUSE.iterdir() if path.is_dir()))
PATH = re.compile(rf"(?:{'|'.join((*TOP_FOLDERS, *ROOMS))})/[\w./*-]*")
PATH_IN_A_BLOCK = re.compile(rf"(?<![\w/.~-])(?:{'|'.join(TOP_FOLDERS)})/[\w./-]+")
DOTTED = re.compile(r"(simpsh(?:\.\w+)+)(?:\(.*\))?")
MAKE = re.compile(r"(?:^|(?<=\$ ))make ([a-z][\w./-]*)", re.MULTILINE)
SUBCOMMAND = re.compile(r"(?:^|(?<=\$ )|(?<=>> ))simpsh ([a-z][a-z-]*)\b", re.MULTILINE)


CALL = re.compile(r"\bshown_in\(\s*(\"[^()\[\]]*\"),?\s*\)")
PLAYED = ("simpsh", "compare", "{toctree}")
"""Kinds that test_sessions and test_page_of_differences read; the last one lists documents."""


def read(document):
    """Return a document's fenced blocks, and its text without them."""
    text = document.read_text()
    return "\n".join(block for _, block in FENCED.findall(text)), FENCED.sub("\n", text)


def spans(document):
    """Return the code spans of a document."""
    return SPAN.findall(read(document)[1])


def is_there(path):
    """Return whether a path exists, relative to the project or to simpsh/."""
    return any(any(root.glob(path.rstrip("/"))) for root in (ROOT, HOUSE))


def resolves(name):
    """Return whether a dotted name is a module, or an attribute of a module or class."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def anchors(document):
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in headings}


every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=shown)


@every_document
def test_every_path_exists(document):
    blocks, _ = read(document)
    paths = [span for span in spans(document) if PATH.fullmatch(span)]
    paths += [one.rstrip(".") for one in PATH_IN_A_BLOCK.findall(blocks)]
    missing = sorted({path for path in paths if not is_there(path)})
    assert not missing, f"{shown(document)} names what does not exist:\n  " + "\n  ".join(missing)


@every_document
def test_every_dotted_name_exists(document):
    names = [found.group(1) for span in spans(document) if (found := DOTTED.fullmatch(span))]
    missing = sorted({name for name in names if not resolves(name)})
    assert not missing, f"{shown(document)} names what does not exist:\n  " + "\n  ".join(missing)


RUN = {*SUBCOMMANDS, "family", "fds"}
"""The subcommands, and the words of the prompt that another shell runs with a pid."""


@every_document
def test_every_command_exists(document):
    targets = set(re.findall(r"^([\w.-][\w./-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = "\n".join([read(document)[0], *spans(document)])
    missing = [f"make {name}" for name in MAKE.findall(text) if name not in targets]
    missing += [f"simpsh {name}" for name in SUBCOMMAND.findall(text) if name not in RUN]
    assert not missing, f"{shown(document)} names what does not exist:\n  " + "\n  ".join(missing)


@cache
def asked(tests):
    """Return the blocks that tests ask for."""
    return {one for words in CALL.findall(tests) for one in asked_for(*literal_eval(f"[{words}]"))}


def unrun(document, tests):
    """Return the blocks of a document that no test runs and that give no reason for that."""
    return [
        f"line {block.line}: {block.text}"
        for block in blocks_of(document)
        if not (block.why_not or block in asked(tests) or block.kind.partition(" ")[0] in PLAYED)
        and not (document.name == "api.md" and block.text.startswith(">>> "))
    ]


@every_document
def test_each_block_is_run_or_gives_a_reason(document):
    tests = "\n".join(path.read_text() for path in ROOT.glob("tests/**/*.py"))
    assert unrun(document, tests) == []


@every_document
def test_every_link_leads_somewhere(document):
    broken = []
    for link in LINK.findall(read(document)[1]):
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if re.match(r"[a-z]+:", link):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken, f"{shown(document)} links to nothing:\n  " + "\n  ".join(broken)


def test_each_checked_item_is_found(tmp_path):
    document = tmp_path / "document.md"
    document.write_text(
        "Use `simpsh/nowhere.py`; `simpsh.base.nothing` and `a/b`.\n"
        "```console\n$ simpsh dance\n$ make haste\nsimpsh/no/such.py\n```\n[this](#that)\n"
        "\n  ~~~\n  a\n  ~~~\n\n<!-- not run: y -->\n```\nno\n```\n# Asked\n    simpsh doctor\n"
    )
    unsaid = unrun(document, 'shown_in("how-to/install.md", "sh", "Check the")')
    assert [line.split()[1] for line in unsaid] == ["2:", "9:", "18:"]
    assert spans(document) == ["simpsh/nowhere.py", "simpsh.base.nothing", "a/b"]
    assert PATH_IN_A_BLOCK.findall(read(document)[0]) == ["simpsh/no/such.py"]
    assert SUBCOMMAND.findall(read(document)[0]) == ["dance"]
    assert MAKE.findall(read(document)[0]) == ["haste"]
    assert not resolves("simpsh.base.nothing")
    assert resolves("simpsh.base.signal_names.Signal")
    assert not is_there("simpsh/nowhere.py")
    assert is_there("base/signal_names.py")
    assert LINK.findall(read(document)[1]) == ["#that"]


def definitions(path):
    """Return the functions and classes of a file, methods with their class: `Shell.run`."""
    found = set()
    for node in parse(path.read_text()).body:
        if isinstance(node, FunctionDef | ClassDef):
            found.add(node.name)
        if isinstance(node, ClassDef):
            found |= {
                f"{node.name}.{one.name}" for one in node.body if isinstance(one, FunctionDef)
            }
    return found


@every_document
def test_a_name_after_a_file_is_defined_in_it(document):
    pairs = re.findall(r"`(simpsh/[\w/]+\.py)` `([\w.]+)`", document.read_text())
    assert [f"{path}: {name}" for path, name in pairs if name not in definitions(ROOT / path)] == []


def test_the_flows_of_the_architecture_name_functions():
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
    assert len(re.findall(r"`simpsh/[\w/]+\.py` `[\w.]+`", text)) >= 15
