exec bash -c 'while read l; do echo "$l."; done < <(echo a; echo b)'
