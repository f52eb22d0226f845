"""The full-screen stepper: the student schedules a program's processes.

stepper_screen – the application and its keys
stepper_controller – the actions of the keys
stepper_layout – the parts of the screen and the pages
"""
