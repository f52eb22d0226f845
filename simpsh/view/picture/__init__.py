"""A run as an SVG picture.

svg_picture – the picture: geometry, bars, the mark of each step
svg_style – its colours; the rules are picture.css
"""
