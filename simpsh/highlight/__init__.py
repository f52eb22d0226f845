"""Colours for the language: what each token is called in Pygments' terms."""
