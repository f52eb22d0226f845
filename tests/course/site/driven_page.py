"""A page of the site in a real browser, used like a reader: with clicks and keys."""

import io
import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pypdf

from tests.harness.sh import PROJECT

AXE = Path(PROJECT, "node_modules", "axe-core", "axe.min.js")
CONTRAST = ("color-contrast", "link-in-text-block")
"""The rules of axe-core that depend on the color scheme."""
_GRAVE = ("serious", "critical")
_HREF = re.compile(r'<a\b[^>]*\bhref="([^"]*)"')
_ID = re.compile(r'\bid="([^"]*)"')


class DrivenLesson:
    """A lesson's page in a tab."""

    def __init__(self, tab, file):
        self.tab = tab
        self.file = file
        self.address = f"file://{file}"
        tab.reset(1400, 900)
        tab.open(self.address)
        self.questions = tab.run("[...document.querySelectorAll('.question')].map(q => q.id)")

    def guesses(self, question, kind):
        """Return the guesses on the page whose kind is `kind`: right or other."""
        return self.tab.run(
            f"[...document.querySelectorAll('[data-answers={question}] [data-kind={kind}]')]"
            ".map(one => one.dataset.guess)"
        )

    def guess(self, question, answer):
        """Answer a question; `None` means no guess."""
        tab = self.tab
        if answer is None:
            tab.click(f"#{question} [data-pass]")
            return
        if tab.run(f"!!document.querySelector('#{question} input[type=text]')"):
            tab.click(f"#{question} input[type=text]")
            tab.write("987654321" if answer == "other" else answer.removeprefix("="))
        else:
            tab.click(f"#{question} .choice:nth-of-type({int(answer) + 1})")
        tab.click(f"#{question} .primary")

    def feedback(self, question):
        """Return the reply below a question; empty if there is none."""
        return self.tab.run(
            f"(box => box.checkVisibility() ? box.innerText.trim() : '')"
            f"(document.querySelector('[data-answers={question}]'))"
        )

    def is_seen(self, selector):
        return self.tab.run(f"!!document.querySelector({json.dumps(selector)})?.checkVisibility()")

    def answer_all(self, kind):
        """Answer every question with a guess of a kind; return faults of the replies."""
        wrong = []
        for question in self.questions:
            if self.feedback(question):
                wrong.append(f"{question}: the answer is shown before the guess")
            [answer, *_] = self.guesses(question, kind)
            self.guess(question, answer)
        # Two questions about one run are answered together, once both have a guess.
        for question in self.questions:
            read = self.feedback(question)
            words = ("so it was",) if kind == "right" else ("it was", "because")
            wrong += [f"{question}: {read!r} lacks {one!r}" for one in words if one not in read]
        return wrong

    def pdf(self):
        """Return the text of the printed page, and the number of sheets."""
        sheets = pypdf.PdfReader(io.BytesIO(self.tab.pdf())).pages
        return "\n".join(one.extract_text() for one in sheets), len(sheets)


def grave_findings(tab, rules=()):
    """Return the serious and critical findings of axe-core on the current page, by some rules."""
    if not tab.run("'axe' in window"):
        tab.run(f"{AXE.read_text('utf-8')}; 0")
    only = f", runOnly: {json.dumps(rules)}" if rules else ""
    found = tab.run(
        f"axe.run({{preload: false, resultTypes: ['violations']{only}}}).then(r => r.violations"
        ".map(v => [v.impact, v.id, v.nodes.slice(0, 3).map(n => n.target.join(' '))]))"
    )
    return [one for one in found if one[0] in _GRAVE]


def broken_links(folder):
    """Return the broken links of the pages in a folder."""
    pages = {file.name: file.read_text("utf-8") for file in folder.glob("*.html")}
    ids = {name: set(_ID.findall(text)) for name, text in pages.items()}
    broken = []
    for name, text in pages.items():
        for href in _HREF.findall(text):
            parts = urlsplit(href)
            target = unquote(parts.path) or name
            is_there = not parts.scheme and not parts.netloc and target in pages
            if not is_there or (parts.fragment and parts.fragment not in ids[target]):
                broken.append(f"{name}: {href}")
    return broken
