### while and until
i=; while [ "$i" != aaa ]; do echo "<$i>"; i=a$i; done; until [ "$i" = aaaaa ]; do i=a$i; done; echo $i
### the status of a loop is that of the last round's list
for i in 1 2; do (exit $i); done; echo $?; for i in; do :; done; echo $?; i=0
while [ $i != 2 ]; do i=2; (exit 4); done; echo $?; while false; do :; done; echo $?; until false; do break; done; echo $?
for i in 1; do false; continue; done; echo $?; for i in 1; do false; break; done; echo $?; (exit 3); for i in; do :; done; echo $?
### for and its words
set -- p 'q r' ''; for i; do echo "[$i]"; done; for i in "$@" x; do echo "{$i}"; done; for i in $2; do echo "($i)"; done
for i
do echo 1 $i; done
for i
in a b

do
echo 2 $i
done
for i in a; do echo 3; done; for i; do echo 4 $i; done; for i do echo 5 $i; done; for i in; do echo no; done; echo "$i|"
### the words of for are expanded once, and the variable stays
set -- a b; for i in "$@"; do set -- c d; echo $i $1; done; echo $i; x='1 2'; for j in $x; do x=3; echo $j; done
touch f1 f2; for f in f*; do touch f3 $f.n; echo $f; done; IFS=:; y=a:b; for i in $y "$y"; do echo $i; done; for i in `echo c d`; do echo "$i"; done
### for over positional parameters that the loop changes
set -- a b c; for i; do shift; echo "$i $#"; done; echo $#
### break and continue
for i in 1 2 3; do if [ $i = 2 ]; then continue; fi; echo $i; done; for i in 1 2 3; do [ $i = 2 ] && break; echo $i; done; echo $i
for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; echo no; done; for i in 1 2; do for j in a b; do break 2; done; echo no; done; echo $i$j
while :; do until false; do while :; do break 3; done; echo no; done; echo no; done; for i in 1; do for j in 1; do break 99; done; echo no; done; for i in 1 2; do for j in 1; do continue 99; done; echo no; done; echo end
### break and continue outside of loops
break; echo $?; continue 2; echo $?; if break; then echo on; fi; f() { break; echo in $?; }; f; for i in 1 2; do f; echo $i; done
### break and continue with other than numbers
(for i in 1 2; do break 0; echo $i; done; echo no); (for i in 1; do continue x; echo $i; done; echo no); (for i in 1; do break -1; done; echo no); echo end
### break in odd places
for i in 1 2; do ! break; done; echo $i $?; for i in 1 2; do break && echo no; done; for i in 1 2; do { break; }; echo no; done; for i in 1 2; do if break; then :; fi; echo no; done
for i in 1 2; do case $i in 1) continue;; esac; echo $i; done; while break; do echo no; done; echo $?; until continue; do break; done 2>/dev/null & kill $!; wait
for i in 1 2; do eval 'break; echo no'; echo no; done; echo 'continue; echo no' >f; for i in 1 2; do . ./f; echo no; done; echo end
### break and continue in copies leave only the copy
for i in 1 2; do (break; echo no); echo $i $?; done; for i in 1 2; do break | true; echo $i; done; for i in 1; do x=$(echo a; break; echo no); echo $x; done
for i in 1 2; do { continue; echo no; } & wait; echo $i; done; for i in 1; do true | { break; echo no; }; echo $? $i; done
### break with a redirection, and what is restored
for i in 1 2; do { break; } >f; done; echo to the terminal; for i in 1 2; do while :; do break 2; done >f 2>&1; done; echo on
### a loop reads a file, its commands share it
printf '1\n2\n3\n4\n' >f; while read a; do read b; echo "$a-$b"; done <f; while read a; do cat >/dev/null; echo "only $a"; done <f
exec 3<f; while read a <&3; do [ $a = 2 ] && break; done; read a <&3; echo $a; while read a; do echo $a; done <<E | tail -n 1
x
y
E
### while read in a pipeline
printf 'a b\nc d\nlast' | while read x y; do echo "$y $x"; done; echo "[$x]"; seq 3 | while read n; do echo $n; [ $n = 2 ] && break; done; echo $?
seq 100000 | while read n; do break; done; echo $?; seq 5 | (while read n; do [ $n = 2 ] && exit 3; done); echo $?; n=0; seq 3 | while read l; do n=x$n; echo $n; done | tail -n 1; echo $n
### nested loops with pipelines and redirections
for i in 1 2; do for j in a b; do echo $i$j; done | sort -r; done >f; cat f; for i in 1 2; do echo $i | while read k; do echo "k$k" | sed s/k/K/; done; done
### loops in functions in loops
f() { for k in 1 2 3; do [ $k = $1 ] && return $k; done; echo none; }; for i in 2 9 3; do f $i; echo $?; done
### a loop that its program leaves by a signal
(for i in 1 2; do sh -c 'kill -TERM $$'; echo $? $i; done) 2>/dev/null
### traps within loops
trap 'echo trap' USR1; for i in 1 2; do kill -USR1 $$; echo $i; done; n=; while [ "$n" != xx ]; do n=x$n; [ $n = x ] && kill -USR1 $$; echo $n; done
trap 'echo left; break' USR1; for i in 1 2; do kill -USR1 $$; echo no; done; echo $i; trap 'continue' USR1; for i in 1 2; do kill -USR1 $$; echo no; done; echo end
### a trap that returns, in a function
trap 'return 3' USR1; f() { kill -USR1 $$; echo no; }; f; echo $?; trap - USR1; g() { trap 'echo exit' EXIT; return; }; g; echo on
### a long loop makes no process of its own
i=; while :; do i=x$i; case $i in xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx) break;; esac; done; echo $i
### the last command of a loop's list may be in the background
for i in 1 2; do echo $i >f$i & done; wait; cat f1 f2; while sleep 0.01 & do break; done; wait; if true & then wait; echo a; fi
### variables that loops set and unset
for x in 1 2; do unset x; echo [$x]; done; for PATH in $PATH; do echo found; done; for _x1 in a; do echo $_x1; done
### readonly variables of for
readonly r=1; (for r in 2 3; do echo no; done; echo no); echo $?; for i in 1; do echo $r; done
### newlines everywhere
for i in 1 \
2; do echo \
$i; done; for \
j in 3; do echo $j
done
while
false
do
:
done
until

true; do :; done
### loops by eval and in texts of commands
eval 'while :; do break; done; echo x'; for i in 1 2; do eval continue; echo no; done; sh -c 'for i; do echo $i; done' x a b; eval 'for i in 1 2; do' 'echo $i; done'; eval "case a in
a) echo a;;
esac"
### aliases in compound commands
#: form file
alias loop='while :; do break; done' w=while end=fi
loop; echo $?; w false; do :; done; echo $?
if true; then echo a; end
