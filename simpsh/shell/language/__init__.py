"""The language: text becomes tokens, a tree, and words; no process is started here.

syntax_tree – the tree of a command line
parser – tokens become a tree
lexer – tokens, the parts of words, and here-documents
input_source – the lines of the input, and the places in them
dollar_quotes – `$'…'`
characters – the characters and words with a meaning
tilde_prefixes – which `~` stand for a home directory
word_expansion – words become fields, cut at IFS
brace_expansion – `{a,b}`, at the prompt
arithmetic – the value of `$(( ))`
glob_pattern – `*`, `?` and `[…]`, and the files that match
tree_printing – a tree as text
syntax_complaints – what is wrong with a command
left_out_constructs – what is left out, and what to do instead
tolerant_lexer – the lexer's tolerant mode: tokens of any text, for highlighting and completion
"""
