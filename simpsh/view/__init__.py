"""Events and runs, turned into sentences, timelines, pictures, pages and exports.

run_formats – the forms in which a run can be shown, by name
run_comparison – two runs side by side, at the first step that differs
event_sentences – one event in one sentence
textbook_sentences – what `-v` says of a process
strace_notation – a call as strace writes it
timeline/ – a run as rows: drawn for a terminal, or in plain sentences
design/ – colours, sizes and parts that all pages share
picture/ – a run as SVG
page/ – a run as one HTML file
styled_text – lines of styled pieces: measured, wrapped, coloured
document – paragraphs, tables, listings, pictures: for a page, on paper, on a terminal
"""
