"""Demonstrations, observations of their runs, and claims about them.

observation – what was observed in a run
claim – an expression about a run: its words, and how it is judged
demonstration – the code that runs, its edits, its claims, and the user's input
"""
