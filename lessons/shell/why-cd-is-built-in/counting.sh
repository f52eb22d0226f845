n=0; printf 'a\nb\n' | while read x; do n=$((n+1)); done; echo $n
