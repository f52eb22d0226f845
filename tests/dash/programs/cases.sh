### case takes the first item that fits
case abc in x) echo no;; a*) echo first;; *) echo no;; esac; case '' in '') echo empty;; esac; case a in b | a | c) echo or;; esac
case x in y) echo no; esac; echo $?; case x in esac; case x in (x) echo parenthesis; esac; case x in x) esac; case x in
x)
;;

y) echo no
;;
esac
### the status of case
(exit 3); case a in b) ;; esac; echo $?; (exit 3); case a in a) echo $?;; esac; (exit 3); case a in a) ;; esac; echo $?; case a in a) (exit 4);; esac; echo $?
case $(exit 5) in '') echo $?;; esac; case a in $(echo b; exit 6)) ;; a) echo $?;; esac; x=$(exit 7) ; case $? in 7) echo seven;; esac
### patterns
for w in a ab abc '' '*' '[' ']' '?' 'a b' .x a/b -; do case $w in '*') echo star;; \?) echo mark;; '') echo none;; ?) echo "one $w";; [.]*) echo dot;; */*) echo slash;; a[a-c]*) echo "ab.. $w";; *) echo "else $w";; esac; done
for w in 1 5 9 x Y - ']'; do case $w in [!0-9a-zA-Z]) echo "other $w";; [[:digit:]]) echo "digit $w";; [[:lower:]]) echo lower;; [A-Z]) echo upper;; esac; done
case 'a*b' in a\*b) echo escaped;; esac; case 'axb' in a"*"b) echo no;; a*b) echo plain;; esac; case '[a]' in '['a']') echo brackets;; esac
### patterns from variables
p='a*'; case abc in $p) echo pattern;; esac; case abc in "$p") echo no;; *) echo quoted;; esac; case 'a*' in "$p") echo literal;; esac; q='[ab]'; case b in $q) echo bracket;; esac; case xb in x$q) echo joined;; esac
p='\*'; case '*' in $p) echo star;; esac; case '\*' in $p) echo backslash;; *) echo other;; esac; p='a\'; case 'a\' in "$p") echo end;; esac
case $(echo abc) in `echo a`*) echo substitution;; esac; set -- 'x y' z; case "$*" in 'x y z') echo star;; esac; case "$@" in x*z) echo at;; esac
### the subject is not split, and no file name
touch f1 f2; x='a  b'; case $x in 'a  b') echo unsplit;; esac; case f* in 'f*') echo no file names;; esac; case ~ in "$HOME") echo home;; esac; case $x in a*b) echo blanks;; esac; y=; case $y in '') echo empty;; esac
HOME=/h; case /h in ~) echo tilde;; esac; case '~' in '~') echo quoted;; esac
### expansions in patterns happen only as far as needed
case a in a) echo a;; $(echo b >f)) ;; esac; test -e f || echo none; case b in a) ;; $(echo b; echo called >&2)) echo b;; esac 2>&1
### case in case, in loops, in functions
f() { case $1 in a|b) case $2 in 1) echo "$1 one"; return 1;; *) echo "$1 more";; esac;; *) for i in x y; do case $i in x) continue;; esac; echo $i; done;; esac; }
f a 1; echo $?; f b 2; f c
### reserved words as patterns and subjects
case if in if) echo if;; esac; case in in in) echo in;; esac; case esac in (esac) echo esac;; esac; case do in done|do) echo do;; esac; case x in x) if true; then echo then; fi;; esac
### comments and newlines in case
case x # one
# two
in # three
# four
y) echo no ;; # five
# six
( x | y ) # seven
echo x # eight
# nine
;; # ten
esac # eleven
echo end
### case with redirections, pipes and lists
case x in x) echo a; echo b;; esac >f; cat f; echo in | case x in x) cat;; esac | tr a-z A-Z; case x in x) true;; esac && echo and; ! case x in x) true;; esac || echo not; case x in x) echo 1 & wait;; y) ;; esac; case a in a) (echo s);; esac; case a in a) { echo g; } ;; esac
### parameters unset under nounset in case
set -u; (case $nope in *) echo no;; esac; echo no) || echo subject; (case x in $nope) echo no;; esac; echo no) || echo pattern; (for i in $nope; do echo no; done; echo no) || echo for
### long patterns take no exponential time
x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; case $x in *a*a*a*a*a*b) echo no;; *a) echo yes;; esac
### characters of several bytes
LC_ALL=C; case é in ?) echo one;; ??) echo two;; esac; case aé in a*) echo star;; esac; case é in [é]) echo bracket;; é) echo itself;; esac; case é in [!a]*) echo other;; esac
