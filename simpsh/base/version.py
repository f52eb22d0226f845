"""The version of simpsh."""

__version__ = "1.0"
DATE = "2026-11-24"
"""The day of this version, for manual pages and citations."""
