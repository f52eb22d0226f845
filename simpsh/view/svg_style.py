"""Colours and strokes of the SVG timeline, light and dark, as CSS variables and rules."""

from __future__ import annotations

_LIGHT = (
    "--bg:#fbfbfd;--fg:#1b1f27;--muted:#5d6675;--line:#d9dee7;--card:#fff;--run:#2f6fde;"
    "--run-text:#fff;--wait:#8aa4cf;--stop:#f2b632;--stop-2:#8a5a00;--zombie:#e3e4e8;"
    "--zombie-2:#8b90a0;--fork:#1f8a4c;--reap:#0e7c86;--signal:#cf2f3c;--exec:#8436c4;"
    "--adoption:#b4530a;--cursor:#ffe9a8;--bad:#cf2f3c;--ok:#1f8a4c;"
)
_DARK = (
    "--bg:#12151b;--fg:#e7eaf0;--muted:#9aa4b5;--line:#2c3340;--card:#191e27;--run:#4d8df6;"
    "--run-text:#071226;--wait:#5a78ab;--stop:#f2b632;--stop-2:#6b4500;--zombie:#30353f;"
    "--zombie-2:#767d8d;--fork:#4cc27e;--reap:#35c0cc;--signal:#ff6b75;--exec:#c48bff;"
    "--adoption:#ff9d54;--cursor:#3b3720;--bad:#ff6b75;--ok:#4cc27e;"
)
THEME = (
    f":root{{color-scheme:light dark;{_LIGHT}}}"
    f"@media(prefers-color-scheme:dark){{:root:not([data-theme=light]){{{_DARK}}}}}"
    f":root[data-theme=dark]{{color-scheme:dark;{_DARK}}}"
    f":root[data-theme=light]{{color-scheme:light;{_LIGHT}}}"
)
"""The variables: light, dark where the reader's system is, and either one on demand."""

MARKS = """
svg{font:11.5px ui-monospace,"DejaVu Sans Mono",monospace}
svg text{fill:var(--fg)}
.card{fill:var(--card)}
svg .title{font-size:15px;font-weight:700}
svg .name{font-weight:700}
svg .program,svg .outsider,svg .time,svg .state{fill:var(--muted)}
svg .time{font-size:10.5px;text-anchor:middle}
.tick{stroke:var(--line);stroke-dasharray:2 4}
.guide{stroke:var(--line);opacity:.55}
.guide.outside{stroke:var(--adoption);stroke-dasharray:1 5;stroke-linecap:round;opacity:1}
#cursor{fill:var(--cursor)}
.alone #cursor{display:none}
.bar.running{fill:var(--run)}.bar.waiting{fill:var(--wait)}.bar.blocked{fill:var(--bad)}
.bar.stopped{fill:url(#p-stopped);stroke:var(--stop-2)}
.bar.zombie{fill:url(#p-zombie);stroke:var(--zombie-2)}
.zombie-back{fill:var(--zombie)}.zombie-stripe{fill:var(--zombie-2)}
.stopped-back{fill:var(--stop)}.stopped-stripe{fill:var(--stop-2)}
svg .state{font-size:10px;text-anchor:middle}
svg .state,svg .note{paint-order:stroke;stroke:var(--card);stroke-width:3px}
svg .inside{fill:var(--run-text);font-weight:700}
svg .inside.copy{font-weight:400;font-style:italic;opacity:.85}
.edge{fill:none;stroke-width:1.8}.halo{fill:none;stroke:var(--card);stroke-width:5}
.edge.fork{stroke:var(--fork)}.edge.reap{stroke:var(--reap)}
.edge.signal{stroke:var(--signal);stroke-dasharray:5 3}
.edge.adoption{stroke:var(--adoption);stroke-dasharray:2 3}
.head.fork,.dot.fork{fill:var(--fork)}.head.reap{fill:var(--reap)}
.head.signal{fill:var(--signal)}.head.adoption{fill:var(--adoption)}
.x{stroke:var(--reap);stroke-width:2.2;fill:none}
.closed{stroke:var(--muted);stroke-width:1.6;fill:none}
path.exec{fill:var(--exec);stroke:var(--card);stroke-width:1.5}
path.exec.hollow{fill:var(--card);stroke:var(--exec)}
circle.end{fill:var(--fg);stroke:var(--card);stroke-width:1.5}
.pill{fill:var(--card);stroke:var(--bad);stroke-width:1.6}.pill.ok{stroke:var(--ok)}
svg .pill-text{text-anchor:middle;font-weight:700;font-size:11px}
circle.pipe{fill:var(--card);stroke:var(--fg);stroke-width:1.6}
svg .pipe-text{text-anchor:middle;font-weight:700}
path.write,path.read{fill:var(--fg);stroke:var(--card)}
svg .note{font-size:10px;fill:var(--muted)}
svg .note.signal{fill:var(--signal);font-weight:700}
svg .note.adoption{fill:var(--adoption)}
svg .note.rest{fill:var(--bad);font-weight:700;font-size:12px}
.rest-line{stroke:var(--bad);stroke-width:2.5;stroke-dasharray:8 4}
"""


def _with_values(rules: str) -> str:
    """Put the light colours in: what opens a lone SVG may not know CSS variables."""
    for pair in _LIGHT.split(";")[:-1]:
        name, value = pair.split(":")
        rules = rules.replace(f"var({name})", value)
    return rules


STYLE = _with_values(MARKS)
"""For an SVG that stands alone."""
