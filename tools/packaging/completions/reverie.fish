# Completion of reverie in fish. The program itself knows what may stand where: it is asked for the words (see
# src/cli/complete.h), and files are fish's own.

function __reverie_words
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in (env OMP_WAIT_POLICY=passive $program --complete $words $current 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path $current
            case :goes-on
            case '*'
                echo $line
        end
    end
end
complete -c reverie -f -a '(__reverie_words)'
