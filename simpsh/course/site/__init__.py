"""The course as static pages, made from checked runs; they load nothing from other sites.

site_build – checks every lesson, then writes the folder, completely or not at all
site_pages – each lesson: guess, see, why; the contents with progress; the glossary
step_sections – its steps: text, question, table, task; a recorded run as a figure
assets/ – parts of the pages: site.css and site_print.css for the screen and for paper;
progress.js and lesson.js for a lesson; contents.js and glossary.js for the other
pages; contents_opening.html
"""
