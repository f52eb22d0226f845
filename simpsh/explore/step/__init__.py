"""The student as the scheduler of a held program.

stepping_session – choose, go back, run to the end, look ahead; schedules as text
line_stepper – the same conversation in plain lines
panel_snapshot – the state between two steps as data, and a step in words
"""
