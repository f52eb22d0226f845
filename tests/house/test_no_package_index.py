"""No text installs `simpsh` from an index of packages, where anyone could register the name."""

import re

from tests.house.source_tree import ROOT, shown

INSTALLS = re.compile(
    # An installer, its verb and other words, then the bare name: a path or FILE.whl is no name.
    r"\b(?:pip3?|pipx|uv|poetry|conda|brew|apt|apt-get|npm)\b[^\n;|&]*?\s(?:install|add|run)"
    r"(?:[ \t]+(?!-e\b)[^\s;|&]+)*?[ \t]+[\"']*simpsh(?![\w/.-])"
    r"|\buvx\s+simpsh\b|(?<![\w/}])simpsh\[(?:class|jupyter)\b"
)
READ = {".md", ".py", ".txt", ".toml", ".yml", ".json"}


def test_no_file_installs_from_an_index():
    assert INSTALLS.search("pip install --user 'simpsh[class]'")
    assert not INSTALLS.search("pip install '.[class]'; pipx install ./simpsh; docker run simpsh")
    folders = ("docs", "lessons", "simpsh", "tools", "containers", ".github", ".devcontainer")
    files = [path for name in folders for path in (ROOT / name).rglob("*.*")]
    read = [path for path in (*ROOT.glob("*.*"), *files) if path.suffix in READ]
    found = {shown(path): INSTALLS.findall(path.read_text()) for path in read}
    assert {name: texts for name, texts in found.items() if texts} == {}
