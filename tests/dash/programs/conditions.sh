### if takes the first branch whose condition succeeds
if false; then echo a; elif true; then echo b; elif true; then echo c; else echo d; fi
if false; then echo a; elif false; then echo b; else echo c; fi
if true; then echo a; else echo b; fi; if false; then echo a; fi; echo $?
### the status of if is that of what it ran, else 0
if true; then (exit 3); fi; echo $?; if false; then :; else (exit 4); fi; echo $?
if (exit 5); then :; fi; echo $?; if false; then :; elif (exit 6); then :; fi; echo $?
### the status of a condition is seen in the branches
if (exit 7); then :; else echo $?; fi; if (exit 8); then :; elif echo $?; then :; fi
### a condition is a list
if false; true; then echo yes; fi; if true; false; then echo no; else echo else; fi
if true && false || true; then echo and-or; fi; if ! false; then echo not; fi
if true | false; then echo no; fi; if sleep 0.01 & then echo background; fi; wait
### if over many lines
if
true

then

# a comment
echo a
# another
else
echo b
fi
### separators that are not needed
if (true) then (echo a) elif { false; } then { echo b; } else (echo c) fi
while (false) do (echo a) done; until { true; } do { echo a; } done; for i in 1; do (echo $i) done
if { true; } then { echo d; } fi
### reserved words elsewhere are words
echo if then else elif fi do done case esac while until for in { } !
for in in in do done; do echo $in; done; case in in in) echo in;; esac; case case in esac) ;; case) echo c;; esac
if=1 then=2; echo $if$then; \if 2>/dev/null || echo quoted; 'fi' 2>/dev/null || echo quoted too
x=1 in 2>/dev/null || echo "in is none here"; x=1 if 2>/dev/null || echo "nor after an assignment"
for if in fi; do echo $if; done; { echo }; }
### redirections of compound commands
if true; then echo a; echo b; fi >f; cat f; while read x; do echo "<$x>"; done <f; for i in 1 2; do echo $i; done >>f
case x in x) cat f;; esac | sort -r; until ! read y; do echo $y; done <f 2>/dev/null >g; cat g
{ if true; then echo out; echo err >&2; fi; } 2>&1 >h | sed s/^/2:/; cat h
### a failed redirection of a compound command
if true; then echo no; fi <missing || echo if; while true; do echo no; done >no/dir || echo or
for i in 1; do echo no; done <missing; echo on; case a in a) echo no;; esac >no/dir; echo on
f() { echo no; } <missing; f || echo f; echo on; f() { echo in; }; f <missing || echo f; echo end
### a failed redirection of a compound command under errexit
set -e; if true; then echo no; fi <missing || echo or; { while false; do :; done <missing; } || echo or
(while false; do :; done <missing; echo not reached) || (exit 3)
### here-documents in compound commands
if cat <<A; then cat <<B; else cat <<C; fi; for i in 1 2; do cat <<D; done
a
A
b
B
c
C
d$i
D
while read x; do echo "[$x]"; done <<E
1 2
3
E
case x in x) cat <<F
f
F
;; esac; f() { cat <<G; }
g $1
G
f 1; f 2
### compound commands in pipelines run in copies
x=1; if x=2; then echo a; fi | cat; echo $x; echo b | if read x; then echo "got $x"; fi; echo $x
for x in 3 4; do :; done | cat; echo $x; case a in a) x=5; cat;; esac <<E | cat; echo $x
text
E
echo 1 | while read x; do y=$x; done; echo "$x[$y]"; f() { x=6; }; f | cat; echo $x; f; echo $x
### compound commands in the background
if true; then echo a >f1; fi & wait $!; echo $?; for i in 1 2; do echo $i >>f2; done & wait; cat f1 f2
while :; do exit 3; done & wait $!; echo $?; f() { return 4; }; f & wait $!; echo $?; case a in a) exit 5;; esac & wait $!; echo $?
### compound commands in a substitution
x=$(if true; then echo a; fi; for i in 1 2; do echo $i; done; case x in x) echo c;; esac; while false; do :; done; f() { echo f; }; f)
echo "$x"; echo "$(case a in a) echo ")";; esac)" `case b in b) echo b;; esac` $(f 2>/dev/null || echo none)
echo $(case a in (a) echo 1; esac) $( (case a in a) echo 2; esac) )
### conditions and errexit
set -e; if false; then :; fi; while false; do :; done; until true; do :; done; false || true; ! true; false && true; echo on
if false || false; then :; else echo else; fi; for i in 1; do false || echo or; done; case x in x) false && true;; esac; echo on
f() { false; echo kept; }; if f; then echo if; fi; f && echo and; ! f || echo not; while f; do break; done; echo still
(if true; then false; fi; echo no); echo not reached
### errexit in a branch
set -e; if true; then false; fi; echo not reached
### errexit in a loop
set -e; for i in 1 2; do echo $i; false; done; echo not reached
### errexit in a loop's last round through and-or
set -e; for i in 1 2; do true && false; done; echo on; while true; do break; done; case a in a) true && false;; esac; echo end; case b in b) false;; esac; echo no
### errexit in a function
set -e; f() { echo a; false; echo no; }; echo before; f; echo not reached
### errexit and the status that a function returns
set -e; f() { return 3; }; f || echo $?; g() { false || return 4; }; g; echo not reached
### errexit set in a function or condition
f() { set -e; false; echo ignored; }; f || echo no; echo "$-" | grep -c e; if false; then :; fi; false; echo not reached
### errexit in a subshell of a condition
set -e; if (false; echo a); then echo b; fi; (false; echo c) || echo d; f() { (false; echo f); }; f && g=1; echo end
### errexit in negated compound commands and pipelines
set -e; ! { false; echo a; }; ! if true; then false; fi; echo b; if true; then false; fi | cat; echo c; true | for i in 1; do false; done; echo no
### exit inside of everything
(if true; then exit 3; fi); echo $?; (while :; do exit 4; done); echo $?; (for i in 1 2; do exit 5; done; echo no); echo $?
(case a in a) exit 6;; esac); echo $?; (f() { exit 7; }; f; echo no); echo $?; trap 'echo bye' EXIT; f() { while :; do if :; then exit 8; fi; done; }; f; echo no
