"""Keyboard and screen: the prompt at which a person types."""
