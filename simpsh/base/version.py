"""The version, in the one place where it is written."""

__version__ = "1.0.dev0"
DATE = "2026-11-21"
"""The day of this version, for manual pages and citations."""
