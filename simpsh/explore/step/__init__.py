"""Stepping through a held program, with the student as its scheduler.

stepping_session – choose, go back, run to the end, look ahead; schedules as text
line_stepper – a session in plain lines
panel_snapshot – the state between two steps as data, and a step in words
"""
