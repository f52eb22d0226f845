"""The tour of ten lines, offered at the first prompt that a user ever sees, and only there."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from simpsh.base.errors import SimpshError
from simpsh.base.private_state import make_private, state_path

OFFER = "New here? F1 shows a tour of ten lines; 'help tour' has it at any time."


def offered(variables: Mapping[str, str]) -> Sequence[str]:
    """Return the tour's lines if this user was not offered it before, and remember the offer.

    Who has a history has used simpsh before. Where nothing can be remembered, nothing is offered:
    it would be offered for ever.
    """
    place = state_path("tour", variables)
    if os.path.lexists(place) or os.path.lexists(state_path("history", variables)):
        return ()
    try:
        make_private(os.path.dirname(place))
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_WRONLY, 0o600))
    except (OSError, SimpshError):
        return ()
    from simpsh.shell.builtins.help_pages import pages

    return next(page.text for page in pages() if "tour" in page.names).splitlines()
