"""A run as the rows of a timeline.

timeline_rows – which events are worth a row
terminal_timeline – the drawing for a terminal, and the same in sentences
step_reasons – why each step happened
"""
