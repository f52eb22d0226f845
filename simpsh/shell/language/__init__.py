"""The language: grammar, syntax tree and word expansion; no process is started here.

syntax_tree – the tree of a command line
grammar – the text becomes a tree
words – the text being read, the parts of words, and here-documents
ordinary_words – the ordinary arguments of long scripts, by one pattern
dollar_quotes – `$'…'`
characters – special characters and reserved words
tilde_prefixes – finds the tilde prefixes of a word
word_expansion – words become fields, split at IFS
brace_expansion – `{a,b}`, at the prompt
arithmetic – the value of `$(( ))`
glob_pattern – `*`, `?` and `[…]`, and the files that match
tree_printing – a tree as text
complaints – the messages of syntax errors
bash_forms – the forms of bash, and what replaces each
surface – tokens of any text, for colours and completion
"""
