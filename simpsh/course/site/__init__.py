"""The course as static pages, made from checked runs, which load nothing from other places.

site_build – checks every lesson, then writes the folder, completely or not at all
lesson_page – one lesson: guess, see, why; the handout when printed; slides
step_sections – its steps: text, question, table, task; a recorded run as a figure
course_index – the contents page with plans and progress, and the glossary
assets/ – parts of the pages: site.css and site_print.css for the screen and for paper;
progress.js, lesson.js, run_player.js and slides.js for a lesson; contents.js and
glossary.js for the other pages; run_controls.html and contents_opening.html
"""
