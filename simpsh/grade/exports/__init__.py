"""Exports of course systems: opened safely, matched with students, and marks in the form to upload.

export_files – the files of an export, and how Moodle and Canvas name them
roster_files – the CSV files in which these systems list students, and one of your own
opened_class – the submissions of a folder or an export, and their students
published_marks – worksheets, gradebooks, results and pages
"""
