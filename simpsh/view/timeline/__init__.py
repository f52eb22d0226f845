"""A run as the rows of a timeline.

timeline_rows – which events are worth a row
terminal_timeline – the drawing for a terminal, and the same in sentences
live_timeline – the drawing of a run that still goes on
step_reasons – why each step happened
"""
