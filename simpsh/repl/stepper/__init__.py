"""The stepper on a terminal: the student schedules a program's processes.

stepper_screen – the application and its keys
stepper_controller – what the keys do
stepper_layout – the parts and the pages, fitted into the screen
"""
