f() { if mkdir d 2>/dev/null; then echo $1; rmdir d; else echo -; fi; }; f a & f b & wait
