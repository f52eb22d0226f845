"""A class that answers by phone, led from the terminal; loaded only for such a class.

class_store – what happens in a class, in a file of SQLite, on the disk before it is confirmed
client_limits – the pace of each client, so that no client stops the others
class_server – the server for the phones, in its own process
phone_access – what phones need to reach a class on this machine
led_class – the teacher's side of each question, picture, reason and task
assets/ – the page that phones load: class.html, class.css, class.js
"""
