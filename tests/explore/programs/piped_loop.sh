n=0; printf 'a\nb\n' | while read l; do n=1; done; echo $n
