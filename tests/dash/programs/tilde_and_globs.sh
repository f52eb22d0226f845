### tilde is HOME
HOME=/h/me; printf '[%s]' ~ ~/x ~/'y z'
### tilde in quotes is text
HOME=/h; printf '[%s]' '~' "~/x" \~
### tilde within a word is text
HOME=/h; printf '[%s]' a~ a/~ x=~
### tilde after a colon in an assignment
HOME=/h; A=x:~/y:~; printf '%s' "$A"
### tilde of root
printf '[%s]' ~root ~root/x
### tilde of nobody known
printf '[%s]' ~nosuchuserhere ~nosuchuserhere/x
### tilde's value is not split
HOME='/a b'; printf '[%s]' ~
### tilde's value is not globbed
>x; HOME='*'; printf '[%s]' ~
### tilde from a variable is text
HOME=/h; A='~'; printf '[%s]' $A
### tilde in a redirection
HOME=$PWD; printf x >~/made; cat made
### tilde with quoted slash
HOME=/h; printf '[%s]' ~"/x" ~'root'
### star
>b; >a; >c; printf '[%s]' *
### star sorts bytes
>B; >a; >_; >1; printf '[%s]' *
### star leaves hidden files
>.h; >v; printf '[%s]' *
### a leading dot is matched by a dot
>.h; >.i; printf '[%s]' .[!.]*
### nothing matches: the pattern stays
printf '[%s]' *.none ?x [ab]
### question mark
>a; >bb; >cc; printf '[%s]' ? ??
### brackets
>a; >b; >c; printf '[%s]' [ac] [a-b] [!a]
### brackets with a range and a letter
>a1; >b2; >z9; printf '[%s]' [a-bz][0-9]
### closing bracket first
>']'; >a; printf '[%s]' []] []a]
### a dash at the end
>-; >a; printf '[%s]' [a-]
### classes
>a; >1; >' '; printf '[%s]' [[:alpha:]] [[:digit:]] [[:space:]]
### class negated
>a; >1; printf '[%s]' [![:alpha:]]
### an unclosed bracket is text
>'[a'; printf '[%s]' [a [b
### quoted star is text
>a; printf '[%s]' '*' "*" \* a"*"
### partly quoted
>'a*b'; >axb; printf '[%s]' a'*'* 
### backslash in a pattern
>'a?'; >ab; printf '[%s]' a\?
### a pattern in a variable
>a; >b; P=?; printf '[%s]' $P "$P"
### a backslash in a variable's pattern
>a; P='\*'; printf '[%s]' $P
### directories in patterns
mkdir d e; >d/x; >e/x; >e/y; printf '[%s]' */x ?/* d/*
### a trailing slash matches directories
mkdir d; >f; printf '[%s]' */
### patterns with a dot directory
mkdir d; >d/f; printf '[%s]' ./*/f d/./*
### several slashes
mkdir d; >d/f; printf '[%s]' d//* .//d
### hidden in a directory
mkdir d; >d/.h; >d/v; printf '[%s]' d/* d/.h*
### no match below
mkdir d; printf '[%s]' d/*
### globbing off
>a; set -f; printf '[%s]' *; set +f; printf '[%s]' *
### assignment does not glob
>a; A=*; printf '[%s]' "$A"
### here-document does not glob
>a; cat <<E
*
E
### names with blanks
>'a b'; printf '[%s]' *
### names with newlines
>'a
b'; printf '[%s]' *
### names that are not text
A=$(printf 'x\377'); >"$A"; printf '%s' * | od -An -tx1
### names beyond ASCII
>é; >z; printf '[%s]' *
### dangling links match
ln -s nowhere l; printf '[%s]' *
### a pattern as a command's name
printf '#!/bin/sh\nprintf ran' >only; chmod +x only; ./on*
### unreadable directories match nothing
mkdir d; >d/f; chmod 0 d; printf '[%s]' nothere/*; chmod 755 d
### star does not cross slashes
mkdir d; >d/f; printf '[%s]' *f d*f
### results are not split again
>'x  y'; for_='x*'; printf '[%s]' $for_
### substitution results are globbed
>a1; >a2; printf '[%s]' $(printf 'a?')
### many files
mkdir m; cd m; touch $(seq 100 120); set *; printf '%s %s' "$#" "$1"
### many stars end
>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; printf '[%s]' a*a*a*b
### range with a caret inside
>^; >a; printf '[%s]' [a^]
### question does not match nothing
>a; printf '[%s]' a?
### globs in redirections of scripts are text or expanded alike for a quoted name
printf x >'st*r'; ls
### in the C locale a character of a name is a byte
LC_ALL=C; >é; >ab; >a; printf '[%s]' ?? [!a]? [[:alpha:]]* é
