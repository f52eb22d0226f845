yes | head -n 1
