"""The pictures of the README are current: each session is played again."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from simpsh.process.machine_permits import missing
from tests.house.readme_pictures import (
    PICTURES,
    RECORDINGS,
    page_words,
    played,
    session_words,
    traced,
    words_in,
)
from tests.support.needed_programs import require
from tests.support.shells import PROJECT

SVG = "{http://www.w3.org/2000/svg}"
OUTDATED = "a picture of the README is out of date; make it anew: make pictures"
MOST_BYTES = 300_000


@pytest.mark.parametrize("session", RECORDINGS, ids=lambda session: session.name)
def test_a_replayed_session_matches_its_picture(session):
    if session.steps_a_program():
        require("gcc")
    if session.name != "prompt" and missing("ptrace"):
        pytest.skip(missing("ptrace"))
    root = ET.parse(PICTURES / f"{session.name}.svg").getroot()
    words = root.findtext(f"{SVG}desc").splitlines()
    with played(session) as terminal:
        assert session_words(terminal) == words, OUTDATED
    drawn = ["".join(row.itertext()) for row in root.iterfind(f".//{SVG}g")]
    for line in words:
        assert any(all(word in row for word in line.split()) for row in drawn), line


@pytest.mark.needs("ptrace")
def test_the_page_has_the_same_words_as_the_picture(tmp_path):
    found = page_words(traced(tmp_path))
    for scheme in ("light", "dark"):
        assert words_in((PICTURES / f"page-{scheme}.png").read_bytes()) == found, OUTDATED


def test_pictures_are_small_and_self_contained():
    paths = sorted(PICTURES.iterdir())
    names = {f"{session.name}.svg" for session in RECORDINGS}
    assert {path.name for path in paths} == {*names, "page-dark.png", "page-light.png"}
    assert all(path.stat().st_size < MOST_BYTES for path in paths)
    readme = (Path(PROJECT) / "README.md").read_text()
    for path in paths:
        assert f"docs/pictures/{path.name}" in readme
        if path.suffix == ".svg":
            text = path.read_text()
            addresses = set(re.findall(r"https?://[^\"'\s]+|url\(|@import|<script", text))
            assert addresses == {"http://www.w3.org/2000/svg"}
            assert "prefers-color-scheme:dark" in text
