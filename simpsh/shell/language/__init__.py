"""The language: lexer, parser, syntax tree and word expansion; no process is started here.

syntax_tree – the tree of a command line
parser – tokens become a tree
lexer – tokens, the parts of words, and here-documents
quick_tokens – the ordinary tokens of long scripts, by one pattern
input_source – the lines of the input, and locations in them
dollar_quotes – `$'…'`
characters – special characters and reserved words
tilde_prefixes – finds the tilde prefixes of a word
word_expansion – words become fields, split at IFS
brace_expansion – `{a,b}`, at the prompt
arithmetic – the value of `$(( ))`
glob_pattern – `*`, `?` and `[…]`, and the files that match
tree_printing – a tree as text
syntax_complaints – the messages of syntax errors
left_out_constructs – constructs that are left out, and their POSIX forms
tolerant_lexer – tokens of any text, for highlighting and completion
"""
