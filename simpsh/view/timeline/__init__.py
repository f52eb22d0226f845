"""A run as the rows of a timeline, and its lanes on a terminal.

timeline_rows – which events get a row, and why each step happened
lane_canvas – the lanes at a row, and the legend of their signs
terminal_timeline – a recording for a terminal; and as sentences
"""
