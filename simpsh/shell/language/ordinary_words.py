"""The ordinary arguments of a long script, found by one pattern.

An ordinary argument has no substitution, no tilde, and ends on its line. Arguments with the same
text share their node. Importing this module takes longer than reading a short script.
"""

from __future__ import annotations

import re

_NAME = r"[A-Za-z_][A-Za-z0-9_]*+"
_OPERAND = rf"(?:[^}}'\"\\$`\n\0~]++|\${_NAME})*+"
_PARAMETER = (
    rf"\$(?:{_NAME}|[0-9@*\#?$!-]"
    rf"|\{{(?:\#?+{_NAME}|[0-9]++|[@*?$!])\}}"
    rf"|\{{(?:{_NAME}|[0-9]++|[@*])(?::?[-=?+]|%%?|\#\#?){_OPERAND}\}}"
    rf"|\(\((?:[^()'\"\\$`\n\0]++|\${_NAME})*+\)\))"
)
_ORDINARY = (
    rf"(?!\#)(?:[^ \t\n;&|<>()'\"\\$`~\0]++|'[^'\n\0]*+'|\\[^\n\0]|{_PARAMETER}"
    rf"|\"(?:[^\"\\$`\n\0]++|\\[^\n\0]|{_PARAMETER})*+\")++(?=[ \t\n;&|)\0])"
)
match = re.compile(rf"[ \t]*+({_ORDINARY}|[0-9]?(?:>[>&]?|<&?)[ \t]*+{_ORDINARY})").match
"""Match blanks, and a word or a redirection, the group."""
