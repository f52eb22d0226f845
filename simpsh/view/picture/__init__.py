"""A run as an SVG picture.

svg_picture – the picture: lanes and columns, bars, names, marks, and where words have room
svg_elements – elements and shapes as text, and the rules of picture.css
"""
