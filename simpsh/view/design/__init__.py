"""How everything that simpsh draws for a browser looks: one set of colours, sizes and parts.

design_tokens – the style sheets, and their colours as plain values
tokens.css – colours (light and dark), spacing, type and radius as custom properties
components.css – what every page has: text, header, buttons, tables, panels, code, picture frames
theme.js – dark or light, kept in the browser
"""
