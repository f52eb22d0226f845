"""The student as the scheduler of a held program.

stepping_session – choose, go back, run to the end, look ahead
line_stepper – the same conversation in plain lines
run_replay – schedules as text; the moments of a run
panel_snapshot – the state between two steps as data, and a step in words
"""
