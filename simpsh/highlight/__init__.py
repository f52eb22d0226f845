"""Colours for the language: what each token is called in Pygments' terms.

token_names – a text cut at the shell's tokens, with Pygments' names
lexers – the Pygments lexers
"""
