"""A run as one HTML file: page.html, styled by page.css; page.js steps through the run.

html_page – the page put together, and the data of its steps
"""
