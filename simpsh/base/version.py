"""The version of simpsh."""

__version__ = "1.0.1.dev0"
DATE = "2026-11-24"
"""The day of the last release, for manual pages and citations."""
