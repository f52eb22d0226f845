"""An educational mini-shell, and the small process library it is made of."""

__version__ = "1.0.dev0"
