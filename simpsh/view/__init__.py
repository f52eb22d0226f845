"""Events and runs as sentences, timelines, pictures and pages.

run_formats – the formats in which a run can be shown
event_sentences – an event as a sentence
wait_words – what a process waits for, in words
textbook_sentences – the lines of `-v`
strace_notation – a call in strace's notation
timeline/ – a run as rows: drawn for a terminal, or as sentences
design/ – colours, sizes and components for all pages
picture/ – a run as SVG
page/ – a run as one HTML file
styled_text – lines of styled pieces: measured, wrapped, coloured
document – paragraphs, tables, listings, pictures: for pages, paper and terminals
"""
