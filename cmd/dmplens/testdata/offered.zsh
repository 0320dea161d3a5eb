# Says what an interactive zsh offers for lines that end where Tab is pressed: zsh -f offered.zsh SCRIPT LINE...
# It prints a line for each: the offers, with spaces between them.
zmodload zsh/zpty || exit 2
script=$1; shift
log=$(mktemp) || exit 2
trap 'rm -f $log' EXIT
zpty inner zsh -f -i
zpty -w inner "LOG=${(q)log} SCRIPT=${(q)script}"
zpty -w inner 'PS1= PS2= RPS1=; unsetopt zle_bracketed_paste; LISTMAX=10000; autoload -Uz compinit; compinit -u -D; source $SCRIPT'
# What is offered goes through compadd, which can be asked for it.
zpty -w inner 'compadd() { local -a hits; case " $* " in (*" -O "*|*" -A "*|*" -D "*) builtin compadd "$@"; return;; esac; builtin compadd -A hits "$@"; (( $#hits )) && print -rl -- "${hits[@]}" >>$LOG; builtin compadd "$@" }'
zpty -w inner 'tried() { print -r -- "=end" >>$LOG; BUFFER= }; zle -N tried; bindkey "^F" tried; bindkey "^I" complete-word; print -r -- "=end" >>$LOG'
wait_for() { while [[ $(grep -c '^=end$' $log) -lt $1 ]] { zpty -t inner || { print -u2 "zsh has ended"; exit 3 }; zpty -rt inner discard; sleep 0.02 } }
wait_for 1
integer n=1
for line in "$@"; do
	: >$log
	zpty -w -n inner "$line"$'\t\006'
	wait_for 1
	print -r -- "${(j: :)${(f)"$(grep -v '^=end$' $log | sort -u)"}}"
done
zpty -d inner
