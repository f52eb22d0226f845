"""The report of a class as pages for a browser: one for the class, one for each submission.

class_page – the page of the class, its points and mistakes in numbers; all pages in a folder
submission_page – the page of one submission
class_table.js – sorts the table of the class
grade_pages.css – what these pages have and others have not
"""
