"""The report of a class as pages for a browser: one for the class, one for each submission.

class_summary – how many have which points, which mistakes are frequent
class_page – the page of the class
submission_page – the page of one submission
report_pages – all of them, written into a folder
class_table.js – sorts the table of the class
grade_pages.css – what these pages have and others have not
"""
