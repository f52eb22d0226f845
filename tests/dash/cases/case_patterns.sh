# Which item is taken.
case a in a) p 1;; b) p 2;; esac; p $?
case b in a) p 1;; b) p 2;; esac
case c in a) p 1;; b) p 2;; esac; p $?
case a in a) p 1;; a) p 2;; esac
case a in *) p 1;; a) p 2;; esac
case a in b|a) p 1;; esac
case c in a | b | c) p 3;; esac
case a in (a) p 1;; esac
case a in (b|a) p 2;; esac
case a in ( b | a ) p 3;; (c) p 4;; esac
case a in a) p 1 ;; esac; case a in a) p 1;p 2;; esac; case a in a) p 1
> ;; esac; case a in
> a)
> p 2
> ;;
> b) p 3;;
> esac
case a in a) p 1; esac; case a in a) p 1
> esac; case a in b) p 1;; a) p 2; esac; case a in a) esac; p $?; case a in a) ;; esac; p $?
case a in esac; p $?; case a in
> esac; p $?; case a
> in a) p 1;; esac
false; case a in b) ;; esac; p $?; false
case a in a) ;; esac; p $?; false
case a in a) p $?;; esac
case a in a) false;; esac; p $?
case a in a) (exit 3);; esac; p $?
case $(exit 4) in *) p $?;; esac
case $(exit 5) in x) ;; esac; p $?
case $(false) in '') ;; esac; p $?
case in in in) p 1;; esac; case esac in esac) p no;; esac 2>/dev/null; case if in if) p 2;; esac; case a in if) ;; a) p 3;; esac
case esac in (esac) p 1;; esac
case a in (esac) ;; a) p 2;; esac
case case in case) p 3;; esac
case x in for|x) p 4;; esac
case "" in "") p 1;; esac
case '' in ?) p 1;; *) p 2;; esac
case $E in '') p 3;; esac
case $U in "") p 4;; esac
case "$E" in $U) p 5;; esac
case $B in 'b  c') p 1;; esac
case "$B" in b*c) p 2;; esac
case b\ \ c in $B) p 3;; esac
case $A$B in ab*) p 4;; esac
case $C in '*') p 1;; esac
case x in $C) p 2;; esac
case x in "$C") p 3;; *) p 4;; esac
case '*' in "$C") p 5;; esac
case ab in a$C) p 6;; esac
case $@ in 'one two  three ') p 1;; *) p "$*";; esac
case "$@" in one*) p 2;; esac
case $* in *three*) p 3;; esac
case $# in 3) p 4;; esac
case $((1+1)) in 2) p 1;; esac
case 2 in $((1+1))) p 2;; esac
case $(printf a) in a) p 3;; esac
case a in $(printf a)) p 4;; esac
case a in `printf '*'`) p 5;; esac
case ${U-x} in x) p 1;; esac
case x in ${U-x}) p 2;; esac
case x in ${U-*}) p 3;; esac
case x in "${U-*}") p 4;; *) p 5;; esac
case x in ${U-"*"}) p 6;; *) p 7;; esac
case ~ in "$HOME") p 1;; esac
case $HOME in ~) p 2;; esac
case '~' in ~) p 3;; \~) p 4;; esac
case ~/x in "$HOME"/x) p 5;; esac
case a in a) p 1;; esac | cat
case a in a) p 2;; esac >f; cat f
case a in a) cat;; esac <f
case a in a) p 3;; esac && p 4
! case a in a) false;; esac; p $?; case a in a) p 5;; esac & wait
x=$(case a in a) p 1;; esac); p "$x"; x=$(case a in (a) p 2;; esac); p $x; x=`case a in a) p 3;; esac`; p $x; (case a in a) exit 3;; esac); p $?; p "$(case a in (b) ;; a) p 4; esac)"
case a in a) case b in b) p 1;; esac;; esac
case a in a) if true; then p 2; fi;; esac
case a in a) for i in 1 2; do p $i; done;; esac
case a in a) f() { p 3; };; esac; f
for i in a b c; do case $i in a) continue;; c) break;; esac; p $i; done; p $i
case a in a|b) p 1;; esac
case 'a|b' in 'a|b') p 2;; a|b) p 3;; esac
case 'a)' in a\)) p 4;; esac
case 'a)' in 'a)') p 5;; esac
case a in # comment
> # another
> a) # third
> p 1 # fourth
> ;; # fifth
> esac # sixth
case a in a) p 1;; esac
case b in b)p 2;;esac
case c in c)p 3;esac
case a
> in
> (a)
> p 1
> ;;
> esac
# Patterns.
m() { case $1 in $2) p y;; *) p n;; esac; }; m a a; m a b; m '' ''
m() { case $1 in $2) p y;; *) p n;; esac; }; m ab a; m a ab
m() { case $1 in $2) p y;; *) p n;; esac; }; m a '?'; m '' '?'; m ab '?'
m() { case $1 in $2) p y;; *) p n;; esac; }; m ab '??'; m a '*'; m '' '*'
m() { case $1 in $2) p y;; *) p n;; esac; }; m ab '*'; m abc 'a*'; m abc '*c'
m() { case $1 in $2) p y;; *) p n;; esac; }; m abc '*b*'; m abc 'a*c'; m abc '*a'
m() { case $1 in $2) p y;; *) p n;; esac; }; m abc 'b*'
m() { case $1 in $2) p y;; *) p n;; esac; }; m abc '?*'; m abc '*?'; m '' '?*'
m() { case $1 in $2) p y;; *) p n;; esac; }; m abc '???'; m abc '??'; m abc 'a?c'
m() { case $1 in $2) p y;; *) p n;; esac; }; m abc 'a**c'; m ac 'a*c'; m abcabc 'a*c'
m() { case $1 in $2) p y;; *) p n;; esac; }; m abcab '*ab*ab'; m ab '*ab*ab'; m aab '*ab'
m() { case $1 in $2) p y;; *) p n;; esac; }; m a '[abc]'; m d '[abc]'; m ab '[abc]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m a '[a-c]'; m d '[a-c]'; m b '[a-ce]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m e '[a-ce]'; m - '[a-]'; m - '[-a]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m b '[a-]'; m a '[!a]'; m b '[!a]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m b '[!a-c]'; m d '[!a-c]'; m '' '[a]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m ']' '[]]'; m a '[]a]'; m b '[]a]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m ']' '[!]]'; m a '[!]]'; m '[' '[[]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m '[a' '[a'; m '[' '['; m a '[a'
m() { case $1 in $2) p y;; *) p n;; esac; }; m '[]' '[]'; m '[!]' '[!]'; m 'a]' '[a]]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m '!' '[a!]'; m a '[a!]'; m '^' '[a^]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m a '[[:alpha:]]'; m 1 '[[:alpha:]]'; m 1 '[[:digit:]]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m a '[[:alnum:]]'; m _ '[[:alnum:]]'; m A '[[:upper:]]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m a '[[:upper:]]'; m a '[[:lower:]]'; m ' ' '[[:space:]]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m ' ' '[[:blank:]]'; m . '[[:punct:]]'; m f '[[:xdigit:]]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m g '[[:xdigit:]]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m 1 '[![:alpha:]]'; m a '[![:alpha:]]'; m 1 '[[:alpha:][:digit:]]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m _ '[[:alpha:]_]'; m - '[[:alpha:]-]'; m a1 '[[:alpha:]][[:digit:]]'
m() { case $1 in $2) p y;; *) p n;; esac; }; m abc '[[:alpha:]]*'; m ab1 '*[[:digit:]]'; m 1ab '[!0-9]*'
m() { case $1 in $2) p y;; *) p n;; esac; }; m ab1 '[!0-9]*'
m() { case $1 in $2) p y;; *) p n;; esac; }; m a.b '*.*'; m .b '*.b'; m . '?'; m a/b '*'; m a/b 'a*b'; m a/b 'a?b'; m / '[/]'; m .x '*'; m .x '?x'; m 'a b' 'a b'; m 'a b' 'a*'; m 'a b' '* *'; m '
> ' '?'; m 'a
> b' 'a*b'
case '*' in \*) p 1;; esac
case a in \*) p 2;; \a) p 3;; esac
case '\' in \\) p 4;; esac
case '\a' in '\a') p 5;; esac
case '\a' in \\a) p 6;; esac
case '?' in [?]) p 7;; esac
case a in [?]) p 8;; [*]) p 9;; '[a]') p 10;; [a]) p 11;; esac
case '[a]' in '[a]') p 1;; esac
case '[a]' in \[a]) p 2;; esac
case a in "[a]") p 3;; ["a"]) p 4;; esac
case - in [a'-'z]) p 5;; esac
case b in [a'-'z]) p 6;; [a-z]) p 7;; esac
case b in [a"-"z]) p 8;; *) p 9;; esac
case ']' in [\]]) p 10;; esac
case a in [\a]) p 11;; esac
case '\' in [\\]) p 12;; esac
case 'a*' in a'*') p 1;; esac
case ab in a'*') p 2;; a"*") p 3;; a*) p 4;; esac
case 'a*b' in a\*b) p 5;; esac
case axb in a\*b) p 6;; a'*'b) p 7;; a*b) p 8;; esac
case 'a?' in a"?") p 9;; esac
case ab in a"?") p 10;; a?) p 11;; esac
case a in A) p 1;; [A-Z]) p 2;; a) p 3;; esac
case é in ?) p 1;; *) p 2;; esac | tr 12 xx
case 10 in [0-9]) p 1;; [0-9][0-9]) p 2;; esac
case -n in -*) p dash;; esac
case --x=1 in --*=*) p opt;; esac
case abc in a*b*c) p 1;; esac
case abc in *b) p 2;; *b*) p 3;; esac
case aXbXc in *X*X*) p 4;; esac
case aXb in *X*X*) p 5;; *X*) p 6;; esac
case yes in [Yy]|[Yy][Ee][Ss]) p ok;; esac
case YeS in [yY][eE][sS]) p ok;; esac
case nope in [yY]*) p 1;; [nN]*) p 2;; esac
x='a|b'; case a in $x) p 1;; *) p 2;; esac
x='a) p 3;; b'; case a in $x) p 4;; *) p 5;; esac
x='\*'; case '*' in $x) p 6;; esac
case '\*' in "$x") p 7;; esac
x='[ab]'; case a in $x) p 8;; esac
case '[ab]' in "$x") p 9;; esac
x='a b'; case 'a b' in $x) p 10;; esac
v=foo.tar.gz; case $v in *.tar.gz) p tgz;; *.gz) p gz;; esac
case ${v##*.} in gz) p gz;; esac
case ${v%%.*} in foo) p foo;; esac
case $v in foo*|bar*) p fb;; esac
case $v in [!f]*) p no;; *) p yes;; esac
# Pathnames by the same patterns.
>a1; >a2; >b1; >.h; p *; p a*; p *1; p ?1; p [ab]1; p [!a]*; p .h*; p .*h; p z*; p 'a*' "a*" a\*; p a"*" a'?'; p [a]1 '[a]1'; p a[0-9]
mkdir d e; >d/x; >d/.y; >e/x; p */x; p d/*; p */; p */*; p d/.[!.]*; p */.y; p ./d/*; p d//x*; p ?/x; p [de]/?; p */z; p d/x*; p "d"/*; p d'/'*; p */"x"
>a; >b; >c; p [a-b]
>a; >b; >c; p [!a-b]
>a; >b; >c; p [b-]
>a; >b; >c; p [c-a]
>a; >b; >c; p [abc
>a; >b; >c; p a]
>a; >b; >c; p []a]
>a; >b; >c; p [!]a]
>a; >b; >c; p [[:lower:]]
>a; >b; >c; p [[:upper:]]
>a; >b; >c; p [[:alpha:]-]
>a; >b; >c; x='[ab]'; p $x "$x"
>a; >b; >c; x='*'; p $x "$x" $x"$x"
>'a b'; >'a*'; >a\\b; >-x; >~; p a*; p *\ *; p 'a '*; p *'*'; p *\**; p *\\*; p -*; p ~*; p ?; p *b; for i in a*; do p "$i"; done; set -f; p * a?; set +f; p ?x
>f1; >f2; set -- f*; p $# "$@"; x=f*; p $x "$x"; p "$x"*; y=$(printf 'f*'); p $y; p $(printf 'f*') "$(printf 'f*')"; p ${U-f*} "${U-f*}"; case f* in 'f*') p same;; esac; v='f?'; p $v; p x$v; p "$v"1
>x1; >y; cat <x*; p a >x*; ls; p b >>x?; ls; cat x*; p *1 >z; cat z; for i in *; do p $i; done; p *.none || p no; [ -e x1 ] && p there; rm -f *; p *
# Classes, as far as cases above have none.
for c in a '!' ' ' "$(printf '\001')"; do case $c in [[:cntrl:]]) p cntrl;; *) p no;; esac; case $c in [[:graph:]]) p graph;; *) p no;; esac; case $c in [[:print:]]) p print;; *) p no;; esac; case $c in [![:space:]]) p full;; esac; done
for c in a n ']' ':]' 'n]' '['; do case $c in [[:none:]]) p yes;; *) p no;; esac; case $c in [[:alpha:]) p yes;; *) p no;; esac; done
for c in a b - \\ z ! ]; do case $c in [a\-z]) p 1;; [\!a]) p 2;; [\a-\c]) p 3;; [\]]) p 4;; *) p 5;; esac; done
for c in a - b e; do case $c in [a-c-e]) p 1;; *) p 2;; esac; case $c in [c-a]) p 3;; *) p 4;; esac; done
