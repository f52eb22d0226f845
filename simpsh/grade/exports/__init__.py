"""Exports of course systems: opened safely, matched with students, and marks in the form to upload.

export_files – the files of an export, a zip or a folder, and copying them within limits
course_systems – how Moodle, Canvas, Blackboard, Gradescope and GitHub Classroom name submissions
roster_files – the CSV files in which these systems list students
student_exceptions – other deadlines, more time and later submissions of single students
class_folder – an opened class: its submissions and their students
published_marks – worksheets, gradebooks, results and pages for students
"""
