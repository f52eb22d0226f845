"""The frame of every page: its head, its policy, the design, the header with the theme switch.

Nothing is loaded from anywhere, and the page's own policy forbids it: only the style and the
scripts that were put into it here may act, known by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from simpsh.view.design.design_tokens import COMPONENTS, THEME, TOKENS
from simpsh.view.picture.svg_elements import plain, tag

THEME_SWITCH = (
    '<button type="button" class="theme-switch" data-theme-switch '
    'title="Dark or light (t)">Dark</button>'
)
"""A button that switches between dark and light; it is there where scripts run."""


def framed(
    title: str, body: str, *, style: str = "", script: str = "", connects: bool = False
) -> str:
    """Return a whole page; the title is escaped here.

    The page's own style comes after the tokens and the components, its script after the body. A
    page that `connects` may ask the server that it came from.
    """
    rules = TOKENS + COMPONENTS + style
    policy = content_policy([rules], [THEME, *([script] if script else [])])
    policy += "; connect-src 'self'" if connects else ""
    last = tag("script", script) if script else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{plain(title)}</title>\n<style>{rules}</style>\n<script>{THEME}</script>\n"
        f"</head>\n<body>\n{body}\n{last}\n</body>\n</html>\n"
    )


def header(title: str, facts: str = "", tools: str = "", *, is_code: bool = False) -> str:
    """Return the header of a page: what it is about, one line of facts, the tools at the right.

    Title and facts are escaped here; the tools are markup, and the theme switch comes after them.
    """
    heading = tag("h1", plain(title), class_="code" if is_code else None)
    line = tag("p", plain(facts), class_="facts") if facts else ""
    return (
        f'<header class="top"><div class="title">{heading}{line}</div>'
        f'<div class="tools">{tools}{THEME_SWITCH}</div></header>'
    )


def content_policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Return the Content-Security-Policy that permits these inline elements and nothing else."""
    lists = []
    for name, texts in (("style-src", styles), ("script-src", scripts)):
        digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in texts)
        lists.append(" ".join((name, *(f"'sha256-{digest.decode()}'" for digest in digests))))
    return "; ".join(("default-src 'none'", *lists, "base-uri 'none'", "form-action 'none'"))
