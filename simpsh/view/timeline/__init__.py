"""A run as the rows of a timeline.

timeline_rows – which events are worth a row, and why each step happened
terminal_timeline – the drawing for a terminal, also of a run that still goes on; as sentences
"""
