dash -c 'echo x 10>g; cat g'
