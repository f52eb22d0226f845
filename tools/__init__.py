"""Scripts for developers; no part of what is installed.

draw_house – docs/house.svg, drawn from the import contracts and the maps of the folders
"""
