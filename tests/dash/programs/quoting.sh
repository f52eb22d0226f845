### single quotes keep everything
printf '[%s]' 'a b  c' '$HOME' '\n' '`x`' '"'
### double quotes keep blanks but expand
A='x  y'; printf '[%s]' "$A" "a$A" "${A}b"
### double quotes keep single quotes
printf '[%s]' "it's" "'$$'" | sed 's/[0-9][0-9]*/N/'
### a backslash quotes one character
printf '[%s]' a\ b \$HOME \\ \' \" \; \& \| \< \> \( \) \# \*
### a backslash in double quotes is special before five characters only
printf '[%s]' "\$a" "\`" "\"" "\\" "\a\b" "\'" "\ "
### a backslash in single quotes is a backslash
printf '[%s]' '\' 'a\b' '\\'
### a backslash and a newline vanish
printf '[%s]' ab\
cd "ef\
gh"
### a backslash and a newline stay in single quotes
printf '[%s]' 'a\
b'
### a word may be made of many pieces
B=b; printf '[%s]' a"$B"'c'\d"e"$B''f
### empty quotes make an empty argument
printf '[%s]' "" '' a"" ""b
### nothing quoted, nothing there
EMPTY=; printf '[%s]' x $EMPTY $UNSET y
### an empty variable in quotes is an argument
EMPTY=; printf '[%s]' x "$EMPTY" "$UNSET" y
### newlines live in quotes
printf '[%s]' 'a
b' "c
d"
### a comment begins at a word's start only
printf '[%s]' a#b 'c #d' \#e # this is gone
### a comment ends with its line
# nothing
printf one # two
printf three
### a comment may follow an operator
printf a && # why
printf b;# and
printf c
### quoted operators are words
printf '[%s]' 'a;b' "c|d" '&&' ">" '('
### quoted reserved words are names
'!' 2>/dev/null || printf notfound
### a tab separates words
printf	'[%s]'	a		b
### the hash inside a word
printf '[%s]' a# b#c#
### a dollar alone is a dollar
printf '[%s]' $ "$" a$ "a$ b" '$'
### a dollar before a strange character
printf '[%s]' "$%" $% "$," $=x
### quotes inside braces of a command substitution
printf '[%s]' "$(printf '%s' "a  b")" $(printf '%s' "a  b")
### nested quotes in substitution in quotes
printf '[%s]' "x $(printf '%s|' "in  ner" 'sin gle') y"
### backslashes in backquotes
printf '[%s]' `printf '%s' \\\\a` "`printf '%s' \$HOME | wc -c | tr -d ' ' | grep -c .`"
### a quoted word after an assignment is no assignment
'A=1' 2>/dev/null || printf '%s' "$?"
### a backslash makes no assignment
A\=1 2>/dev/null || printf '%s' "$?"
### long words
printf '%s' aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | wc -c | tr -d ' '
### bytes beyond ASCII pass through
printf '%s|' é "ü ß" '日本' | od -An -c
### bytes that are no text pass through
A=$(printf 'a\377b\200'); printf '%s' "$A" | od -An -tx1
### a carriage return is no blank
printf '[%s]' "$(printf 'a\rb')" | od -An -c
### escaped newline between words
printf '[%s]' a \
  b \
  c
### escaped newline inside an operator
printf a &\
& printf b
### escaped newline inside a variable's name
ABC=x; printf '[%s]' $A\
BC "${AB\
C}"
### exclamation marks in quotes
printf '[%s]' "a!b" '!' a! "!!"
### braces are ordinary in words
printf '[%s]' {a,b} a{ }b {} '{'
### quoting keeps a trailing blank
printf '[%s]' "a " ' b' \ 
### a colon, a percent, an at
printf '[%s]' : % @ , + - = / ^ a=b =
### an equals sign later in the command is text
printf '[%s]' A=1 B=2; printf '[%s]' "$A$B"
