### an alias counts from the next line on, where a command's name stands
alias e='printf %s-'; e not yet 2>&1 | grep -c found
e a; printf %s e; x=1 e b; >f e c; cat f; (e d); { e f; }; ! e g; echo $(e h)
\e i 2>/dev/null || printf q; 'e' j 2>/dev/null || printf q; "e" k 2>/dev/null || printf q
unalias e
e gone 2>/dev/null; echo $?
### a text that ends with a blank has the next word looked up as well
alias b='printf %s- ' c='C expanded' v='A=1 ' n='b '
b c; v b c; n c; b \c; b x c
### an alias is not replaced within its own text
alias ls='printf %s- ls' r='r2 1' r2='r 2' f1=echo f2='f1 f1'
ls; f2; r 2>/dev/null; echo $?
alias zqx='printf "%s-" `zqx 2>/dev/null`x' sub='printf %s- $(sub 2>/dev/null)y'
zqx; sub
### the text may hold several lines, half a construct, a here-document or nothing
alias m='printf 1
printf %s 2' g='{ printf grp;' emp='' h='cat <<E
body
E'
m; m 3
g }
emp printf after
h
alias q='printf %s "open' s='printf a\'
q close"
s
b
### alias and unalias list, find and forget
alias a='it'\''s' b=c
alias; alias a; alias nosuch 2>/dev/null; echo $?
unalias nosuch 2>/dev/null; echo $?
command -v a; command -V b; type b
unalias -a; alias; echo $?
x='a b'; alias foo=$x; alias
### aliases in eval, in a sourced file and in a function's text
alias e='printf %s-'
eval 'e 1'; echo 'e 2' >f; . ./f
eval 'alias z="printf %s+"; z not' 2>/dev/null
z yes
### an alias of an argument may stand for another one
alias p='printf %s- ' bar=baz baz=quux quux=bar
p bar; p x bar
### what holds quotes is listed as dash writes it, and read back
alias q="x'y''z'" r="'" s="''a"; alias q r s; export e="'a'"; export -p | grep ' e='; eval "$(alias q)" 2>/dev/null; readonly w="it's"; readonly -p
### a text whose last line is joined to nothing
alias p='printf %s- a\
' n='printf %s- b
'
x=`p`; printf %s "$x"; n
p
