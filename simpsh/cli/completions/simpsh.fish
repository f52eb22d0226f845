# Completion of simpsh for fish: simpsh itself answers (simpsh/cli/argument_completion.py).
function __simpsh_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] --complete $words[2..-1] 2>/dev/null)
        set -l parts (string split \t -- $line)
        if test -n "$parts[1]"
            echo $line
        else if test $parts[2] = files
            if test -n "$parts[3]"
                __fish_complete_suffix $parts[3]
            else
                __fish_complete_path $words[-1]
            end
        else
            set -l first (math $parts[3] + 2)
            complete -C (string join ' ' -- (string escape -- $words[$first..-2]) $words[-1])
        end
    end
end
complete -c simpsh -f -a '(__simpsh_complete)'
