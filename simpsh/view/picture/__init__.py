"""A run as an SVG picture.

svg_picture – lanes and columns, bars, names, marks, and room for words
svg_elements – elements and shapes as text, and the rules of picture.css
"""
