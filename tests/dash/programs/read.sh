### one line into one name
printf 'a b c\n' | { read x; printf '[%s]' "$x"; }
### into several names
printf 'a b c\n' | { read x y z; printf '[%s]' "$x" "$y" "$z"; }
### the last name takes the rest
printf 'a b  c d \n' | { read x y; printf '[%s]' "$x" "$y"; }
### fewer fields than names
printf 'a\n' | { y=old; read x y; printf '[%s]' "$x" "$y"; }
### blanks at both ends go
printf '   a b   \n' | { read x; printf '[%s]' "$x"; }
### an empty line
printf '\n' | { read x; printf '[%s]%s' "$x" "$?"; }
### end of file
true | { x=old; read x; printf '[%s]%s' "$x" "$?"; }
### no newline at the end
printf 'a b' | { read x; printf '%s[%s]' "$?" "$x"; }
### a backslash quotes
printf 'a\\ b c\n' | { read x y; printf '[%s]' "$x" "$y"; }
### a backslash before a letter vanishes
printf 'a\\bc\\\\d\n' | { read x; printf '[%s]' "$x"; }
### a backslash and newline join
printf 'a\\\nb\n' | { read x; printf '[%s]' "$x"; }
### -r keeps backslashes
printf 'a\\ b\\n c\\\n' | { read -r x y; printf '[%s]' "$x" "$y"; }
### another IFS
printf 'a:b c:d\n' | { IFS=: read x y z; printf '[%s]' "$x" "$y" "$z"; }
### IFS for read only
printf 'a:b\n' | { IFS=: read x y; A=c:d; printf '[%s]' "$x" "$y" $A; }
### empty fields
printf 'a::b\n' | { IFS=: read x y z; printf '[%s]' "$x" "$y" "$z"; }
### a separator at the end
printf 'a:b:\n' | { IFS=: read x y; printf '[%s]' "$x" "$y"; }
### separators at the end
printf 'a:b::\n' | { IFS=: read x y; printf '[%s]' "$x" "$y"; }
### too many fields keep their separators
printf 'a:b:c:d\n' | { IFS=: read x y; printf '[%s]' "$x" "$y"; }
### empty IFS
printf '  a b  \n' | { IFS= read x; printf '[%s]' "$x"; }
### empty IFS and -r keep everything
printf '  a\\b \n' | { IFS= read -r x; printf '[%s]' "$x"; }
### blanks and a separator
printf ' a : b : c \n' | { IFS=' :' read x y z; printf '[%s]' "$x" "$y" "$z"; }
### a separator at the beginning
printf ':a\n' | { IFS=: read x y; printf '[%s]' "$x" "$y"; }
### tabs split
printf 'a\tb\n' | { read x y; printf '[%s]' "$x" "$y"; }
### tab is kept with another IFS
printf 'a\tb\n' | { IFS=: read x; printf '[%s]' "$x"; }
### lines one by one
printf '1\n2\n3\n' | { read a; read b; read c; read d; printf '%s[%s]' "$?" "$a" "$b" "$c" "$d"; }
### a program reads what is left
printf '1\n2\n3\n' | { read a; cat; printf '[%s]' "$a"; }
### from a file a program reads what is left
printf '1\n2\n3\n' >f; { read a; cat; printf '[%s]' "$a"; } <f
### from a closed descriptor
(read x <&-) 2>/dev/null || printf failed
### into a name that cannot be
(read 1x </dev/null) 2>/dev/null || printf failed
### bytes
printf 'a\377b\n' | { read x; printf '%s' "$x" | od -An -tx1; }
### text beyond ASCII
printf 'é ü\n' | { read x y; printf '[%s]' "$y" "$x"; }
### long lines
head -c 20000 /dev/zero | tr '\0' x | { read x; printf '%s' "$x" | wc -c | tr -d ' '; }
### quotes are text
printf '"a b" '\''c'\''\n' | { read x y z; printf '[%s]' "$x" "$y" "$z"; }
### expansions are text
printf '$HOME `x` *\n' | { read x y z; printf '[%s]' "$x" "$y" "$z"; }
### status in a chain
printf '' | { read x && printf yes || printf no; }
### assignment stays in the shell
printf 'v\n' >f; read x <f; printf '[%s]' "$x"
### read of an exported name
export X=old; printf 'new\n' >f; read X <f; sh -c 'printf "[%s]" "$X"'
### three names, blanks between
printf 'one   two   three   four\n' | { read a b c; printf '[%s]' "$a" "$b" "$c"; }
### a carriage return stays
printf 'a\r\n' | { read x; printf '%s' "$x" | od -An -c; }
### escaped separator
printf 'a\\:b:c\n' | { IFS=: read x y; printf '[%s]' "$x" "$y"; }
### only separators
printf ':::\n' | { IFS=: read x y; printf '[%s]' "$x" "$y"; }
### only blanks
printf '    \n' | { read x y; printf '[%s]' "$x" "$y"; }
### separators of every kind
for i in ', ' x ' x' ' \' '' ,; do for l in ' x , y , ' ' x , y ,, ' 'x ,, y' 'x, ' 'axbxc' ' a x b x ' 'a\\b c' '  x  y  ' 'x y\ '; do
printf '%s\n' "$l" | { IFS=$i read a b; printf '[%s|%s]' "$a" "$b"; }; done; done
### the default separators hold without IFS
unset IFS; printf 'x\ty z\n' | { read a b; printf '[%s|%s]' "$a" "$b"; }
