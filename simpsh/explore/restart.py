"""A run that shows too little is begun again."""

from __future__ import annotations


class Restart(Exception):
    """More operations must be visible: begin again, with the same knowledge."""
