"""A run as the rows of a timeline.

timeline_rows – which events get a row, and why each step happened
terminal_timeline – drawing for a terminal, also during a run; and as sentences
"""
