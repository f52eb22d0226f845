#!/bin/dash
echo x 10>g; cat g
