"""A run as an SVG picture.

svg_picture – the picture: lanes and columns, bars, names, the axis
step_marks – what each kind of step draws
label_room – where words fit without touching anything else
svg_elements – elements and shapes as text
svg_style – the rules of picture.css, for a page and for a file that stands alone
"""
