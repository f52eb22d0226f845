"""Highlighting of the language with Pygments.

token_names – the tokens of a text, with Pygments' names
lexers – the Pygments lexers
"""
