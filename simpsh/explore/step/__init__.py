"""Stepping through a held program, with the student as its scheduler.

stepping_session – choose, go back, run to the end; schedules as text
look_ahead – which outputs are still possible, and which choices matter
line_stepper – a session in plain lines
panel_snapshot – the state between two steps as data, and a step in words
"""
