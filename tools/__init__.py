"""Scripts for developers, which are not installed.

write_claims – the page of claims, from the lessons
write_try – the page on which simpsh is tried in a tab; its parts are in try_page/
"""
