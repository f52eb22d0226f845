"""The report of a class as pages for a browser: one for the class, one for each submission.

report_pages – the page of the class, with its points and mistakes in numbers; each submission's
class_table.js – sorts the table of the class
grade_pages.css – what these pages have and others have not
"""
