>new & test -e new && echo yes || echo no; wait
