"""The student as the scheduler of a held program.

stepping_session – choose, go back, run on; and the look ahead
line_stepper – the same conversation in plain lines
run_replay – schedules as text; the moments of a run
panel_snapshot – what is seen between two steps, as data; what a step has done, and why
"""
