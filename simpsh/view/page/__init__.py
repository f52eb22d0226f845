"""A run as one HTML file: a picture that is complete by itself, and a way through it.

page_frame – the frame of every page of simpsh: head, policy, design, header
html_page – the page put together: page.html, its legend, and what the script needs to know
page.css, print.css – how it looks
run_model.js – what is true at a step, and what is chosen to be shown
picture_layout.js – the picture laid out anew: zoom, filter, folded lanes
overview_strip.js – the whole run in a strip, and its real time
step_panels.js – the sentence, processes, descriptors, source
page_controls.js – buttons, keys, touch, search, filter, paper
"""
