"""How Sphinx makes the documentation site, of what tools/write_site.py has laid out."""

from __future__ import annotations

import html
import re
import textwrap
from pathlib import Path

from docutils import nodes
from pygments.lexers.shell import BashLexer, ShellSessionBaseLexer
from pygments.lexers.special import TextLexer
from sphinx.pycode import ModuleAnalyzer

import simpsh
from simpsh.base.record import Record
from simpsh.base.version import __version__
from simpsh.view.design.design_tokens import colours

project = "simpsh"
author = "The simpsh developers"
copyright = author  # noqa: A001 - Sphinx reads this name
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["conf.py", "example-course/fork_course"]

# The documents are read on a forge as well, so they use what both understand.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
suppress_warnings = ["myst.header"]

default_role = "code"
smartquotes = False  # it would make a dash of the two hyphens of an option
highlight_language = "text"  # what is not marked is output, not Python
add_module_names = False
autodoc_default_options = {"members": True, "undoc-members": False, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
toc_object_entries_show_parents = "hide"

# A session is copied as what is typed, without prompts and answers.
copybutton_prompt_text = r">> |\.\. |\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True

html_theme = "furo"
pygments_dark_style = "github-dark"  # the default underlines what simpsh tells, like links
html_title = f"simpsh {__version__}"
html_favicon = "favicon.svg"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["site.css"]
html_css_files = ["site.css"]


def _variables(*, is_dark: bool) -> dict[str, str]:
    # The colours of all pages of simpsh, under the names that the theme has for them.
    found = colours(is_dark=is_dark)
    return {
        "color-background-primary": found["card"],
        "color-background-secondary": found["page"],
        "color-background-border": found["line"],
        "color-foreground-primary": found["text"],
        "color-foreground-secondary": found["muted"],
        "color-foreground-muted": found["muted"],
        "color-brand-primary": found["accent"],
        "color-brand-content": found["accent"],
        "color-brand-visited": found["accent"],
        "color-code-background": found["sunken"],
        "color-inline-code-background": found["sunken"],
        "font-stack": 'system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif',
        "font-stack--monospace": 'ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace',
    }


html_theme_options = {
    "light_css_variables": _variables(is_dark=False),
    "dark_css_variables": _variables(is_dark=True),
}


_COLON = "\ue000"
"""Stands for a colon in the text of a variable, where napoleon would see a type before it."""


def _before_napoleon(_app, what, _name, _object, _options, lines) -> None:
    """Let docstrings be read as they were written: plain text with some backticks."""
    text = re.sub(r"(?<![`*])\*(?=\w)", r"\\*", "\n".join(lines))
    if what in ("attribute", "data", "property"):
        text = text.replace(":", _COLON)
    lines[:] = text.split("\n")


def _after_napoleon(_app, _what, _name, _object, _options, lines) -> None:
    lines[:] = [line.replace(_COLON, ":") for line in lines]


def _find_fields() -> None:
    """Let autodoc find the texts and the order of the fields of the public types.

    It looks for them in the module that a type names, and `simpsh` gives its types its own name.
    """
    public = ModuleAnalyzer.for_module("simpsh")
    public.analyze()
    for name in simpsh._HOMES:  # noqa: SLF001 - the modules of the public names
        home = ModuleAnalyzer.for_module(name)
        home.analyze()
        public.attr_docs |= home.attr_docs
        public.tagorder |= home.tagorder


def _shorten_signature(_app, what, _name, kind, _options, _signature, _returns):
    """Leave out the signature of a record: its fields are listed below it."""
    return ("", None) if what == "class" and issubclass(kind, Record) else None


_LONGEST_DESCRIPTION = 160


def _describe(_app, _name, _template, context, doctree) -> None:
    """Say in a page's head what it is about: the beginning of its first paragraph."""
    if doctree is not None and (paragraph := doctree.next_node(nodes.paragraph)):
        text = textwrap.shorten(paragraph.astext(), _LONGEST_DESCRIPTION, placeholder=" …")
        context["metatags"] += f'<meta name="description" content="{html.escape(text)}">'


_RESULTS = '<div id="search-results">'


def _mend(app, problem) -> None:
    """Put right what the theme leaves out for keyboards and screen readers."""
    for path in Path(app.outdir).rglob("*.html") if problem is None else ():
        text = path.read_text("utf-8")
        text = text.replace('class="caption" role="heading"', 'class="caption"')
        text = text.replace(
            '<aside class="sidebar-drawer"', '<aside aria-label="Pages" class="sidebar-drawer"'
        )
        text = text.replace(
            '<aside class="toc-drawer', '<aside aria-label="On this page" class="toc-drawer'
        )
        # What is wider than the page is scrolled by keys, too.
        text = text.replace("<pre>", '<pre tabindex="0">')
        text = text.replace("<p><img ", '<p tabindex="0"><img ')
        text = text.replace('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper')
        # A cell without text heads no column.
        text = text.replace('<th class="head"><p></p></th>', '<td class="head"></td>')
        if path.name == "search.html":
            text = text.replace(_RESULTS, f"<h1>Search</h1>\n{_RESULTS}")
        path.write_text(text, "utf-8")


class _SessionLexer(ShellSessionBaseLexer):
    """Lines after the prompts of simpsh, and their output."""

    name = "simpsh"
    _innerLexerCls = BashLexer  # noqa: N815 - these names are those of Pygments
    _ps1rgx = re.compile(r"^(>> ?)(.*\n?)")
    _ps2 = ".. "
    _bare_continuation = True


def setup(app) -> None:
    """Take part in the build."""
    # What is typed and answered, not lines of a script: so documents call their sessions.
    app.add_lexer("simpsh", _SessionLexer)
    app.add_lexer("compare", TextLexer)
    _find_fields()
    app.connect("autodoc-process-signature", _shorten_signature)
    app.connect("autodoc-process-docstring", _before_napoleon, priority=400)
    app.connect("autodoc-process-docstring", _after_napoleon, priority=600)
    app.connect("html-page-context", _describe)
    app.connect("build-finished", _mend)
