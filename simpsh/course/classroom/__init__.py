"""A class that answers from its phones, led from the terminal. Nothing here is loaded otherwise.

class_journal – all that happened in a class, on the disk before it is confirmed
client_limits – how much one client may have, so that no client stops the others
class_server – the server of the phones, a process of its own
led_class – the teacher's side of each question, picture, reason and task
assets/ – the page that phones load: class.html, class.css, class.js
"""
