import os

# Make a child that ends with status 3, and collect it.
