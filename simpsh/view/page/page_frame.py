"""The frame of every page: head, policy, design, header with the theme switch.

Pages load nothing: their policy permits only the inline style and scripts, by their hashes.
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
"""A button that switches between dark and light; only shown if scripts run."""


def frame_page(
    title: str, body: str, *, style: str = "", script: str = "", connects: bool = False
) -> str:
    """Return a complete page; the title is escaped.

    A page that `connects` may send requests to its server.
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
    """Return the header of a page: title, a line of facts, tools (markup) at the right."""
    heading = tag("h1", plain(title), class_="code" if is_code else None)
    line = tag("p", plain(facts), class_="facts") if facts else ""
    return (
        f'<header class="top"><div class="title">{heading}{line}</div>'
        f'<div class="tools">{tools}{THEME_SWITCH}</div></header>'
    )


def content_policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Return the Content-Security-Policy that permits only these inline elements."""
    lists = []
    for name, texts in (("style-src", styles), ("script-src", scripts)):
        digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in texts)
        lists.append(" ".join((name, *(f"'sha256-{digest.decode()}'" for digest in digests))))
    return "; ".join(("default-src 'none'", *lists, "base-uri 'none'", "form-action 'none'"))
