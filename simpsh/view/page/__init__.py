"""A run as one HTML file: a complete picture, and controls to step through it.

page_frame – the frame of every page: head, policy, design, header
html_page – the page of a run: template, legend, and data for the script
page.css, print.css – style
run_model.js – the state at a step, and the selection
picture_layout.js – zoom, filter and folded lanes of the picture
step_panels.js – the sentence, processes, descriptors, source
page_controls.js – buttons, keys, touch, search, paper
"""
