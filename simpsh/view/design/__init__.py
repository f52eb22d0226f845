"""The design of everything that simpsh draws for a browser.

design_tokens – the style sheets, and their colours as plain values
tokens.css – colours (light and dark), spacing, type and radius as custom properties
components.css – text, header, buttons, tables, panels, code, picture frames
theme.js – dark or light, stored in the browser
"""
