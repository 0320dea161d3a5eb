# bash completion for dmplens; needs bash 4 or later
_dmplens() {
	# What bash splits at : and = is one word here.
	local w=() word glue= i
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ ${#w[@]} -gt 0 && ( -n $glue || $word =~ ^[:=]+$ ) ]]; then
			w[${#w[@]}-1]+=$word
		else
			w+=("$word")
		fi
		glue=
		[[ $word =~ ^[:=]+$ ]] && glue=1
	done
	local last=$((${#w[@]} - 1)) verb=info flags= takes= words= flag= value=
	COMPREPLY=()
	[[ $last -ge 0 ]] || return 0
	value=${w[last]}
	case ${w[0]} in
	info|check|explain|hash|modules|processes|registers|stack|symbols|memory|streams|events|scan|report|diff|completion|man|version|help) [[ $last -gt 0 ]] && verb=${w[0]} ;;
	esac
	case $verb in
	info) flags='--depth --verbose --symbols --events --show-private --html --output --json --jsonl --markdown --color --width --help' takes=' --depth --symbols --events --output --color --width ' words='' ;;
	check) flags='--deep --private --symbols --show-private --json --jsonl --markdown --color --width --help' takes=' --symbols --color --width ' words='' ;;
	explain) flags='--json --list --live --status --build --machine --whea --show-private --color --width --help' takes=' --status --build --machine --whea --color --width ' words='' ;;
	hash) flags='--json --help' takes='  ' words='' ;;
	modules) flags='--third-party --at --json --color --width --help' takes=' --at --color --width ' words='' ;;
	processes) flags='--json --color --width --help' takes=' --color --width ' words='' ;;
	registers) flags='--cpu --json --color --width --help' takes=' --cpu --color --width ' words='' ;;
	stack) flags='--cpu --thread --all --symbols --json --color --width --help' takes=' --cpu --thread --symbols --color --width ' words='' ;;
	symbols) flags='--stack --missing --symbols --fetch --manifest --json --jsonl --color --width --help' takes=' --symbols --color --width ' words='' ;;
	memory) flags='--physical --length --output --format --json --help' takes=' --length --output --format ' words='' ;;
	streams) flags='--json --decode --show-private --extract --output --color --width --help' takes=' --extract --output --color --width ' words='' ;;
	events) flags='--all --provider --since --until --show-private --messages --json --csv --color --width --help' takes=' --provider --since --until --color --width ' words='' ;;
	scan) flags='--depth --symbols --events --show-private --files-from --null --include --exclude --all --duplicates --jobs --timeout --archive-limit --memory --sorted --shard --output --resume --html --fail-on --format --columns --where --group-by --sort --color --width --help' takes=' --depth --symbols --events --files-from --include --exclude --duplicates --jobs --timeout --archive-limit --memory --shard --output --html --fail-on --format --columns --where --group-by --sort --color --width ' words='' ;;
	report) flags='--format --columns --where --group-by --sort --color --width --html --output --baseline --patterns --help' takes=' --format --columns --where --group-by --sort --color --width --output --baseline ' words='' ;;
	diff) flags='--group-by --format --where --fail-on --html --color --width --help' takes=' --group-by --format --where --fail-on --color --width ' words='' ;;
	completion) flags='--help' takes='  ' words='bash zsh fish powershell' ;;
	man) flags='--help' takes='  ' words='info check explain hash modules processes registers stack symbols memory streams events scan report diff completion man version help' ;;
	version) flags='--help' takes='  ' words='' ;;
	help) flags='--help' takes='  ' words='info check explain hash modules processes registers stack symbols memory streams events scan report diff completion man version help' ;;
	esac
	if [[ $value == --*=* ]]; then
		flag=${value%%=*} value=${value#*=}
	elif [[ $last -gt 0 && $takes == *" ${w[last-1]} "* ]]; then
		flag=${w[last-1]}
	fi
	if [[ -n $flag ]]; then
		words=
		case "$verb $flag" in
		'info --depth') words='header full' ;;
		'info --color') words='auto always never' ;;
		'check --color') words='auto always never' ;;
		'explain --machine') words='x86 amd64 arm arm64' ;;
		'explain --color') words='auto always never' ;;
		'modules --color') words='auto always never' ;;
		'processes --color') words='auto always never' ;;
		'registers --color') words='auto always never' ;;
		'stack --color') words='auto always never' ;;
		'symbols --color') words='auto always never' ;;
		'memory --format') words='bytes words dwords qwords pointers ascii' ;;
		'streams --color') words='auto always never' ;;
		'events --color') words='auto always never' ;;
		'scan --depth') words='header full deep' ;;
		'scan --duplicates') words='samples exact off' ;;
		'scan --fail-on') words='damaged finding:archive-bomb finding:archive-damaged finding:archive-encrypted finding:archive-head finding:archive-method finding:archive-name finding:archive-nested finding:archive-size finding:archive-trailing finding:archive-unchecked finding:bitmap-count finding:context-implausible finding:debugger-data finding:dump-status finding:dump-type-mismatch finding:dump-type-missing finding:dump-type-unknown finding:encrypted finding:file-changed finding:foreign-content finding:foreign-writer finding:header-truncated finding:insufficient-space finding:kdbg-encoded finding:kdbg-missing finding:kdbg-unreadable finding:module-list finding:modules-cut finding:no-pages finding:page-count-unknown finding:page-list finding:page-repeated finding:page-tables finding:pages-read finding:process-list finding:range-count finding:range-invalid finding:read-error finding:required-space finding:run-count finding:run-invalid finding:run-overlap finding:stream-count finding:stream-truncated finding:subheader-missing finding:trailing-bytes finding:triage-end-missing finding:triage-overflow finding:truncated finding:unloaded-module-list finding:unwind-disputed finding:zero-content finding:zero-tail' ;;
		'scan --format') words='table csv jsonl markdown' ;;
		'scan --columns') words='path format captured build machine code name origin process module signature fine total header primary secondary missing verdict finding error problem duplicate_of p1 p2 p3 p4 address uptime processors model board bios machine_id model_id release suspect confidence event event_before log' ;;
		'scan --group-by') words='signature fine code origin module suspect process model build machine machine_id model_id day' ;;
		'scan --sort') words='path format captured build machine code name origin process module signature fine total header primary secondary missing verdict finding error problem duplicate_of p1 p2 p3 p4 address uptime processors model board bios machine_id model_id release suspect confidence event event_before log' ;;
		'scan --color') words='auto always never' ;;
		'report --format') words='table csv jsonl markdown' ;;
		'report --columns') words='path format captured build machine code name origin process module signature fine total header primary secondary missing verdict finding error problem duplicate_of p1 p2 p3 p4 address uptime processors model board bios machine_id model_id release suspect confidence event event_before log' ;;
		'report --group-by') words='signature fine code origin module suspect process model build machine machine_id model_id day' ;;
		'report --sort') words='path format captured build machine code name origin process module signature fine total header primary secondary missing verdict finding error problem duplicate_of p1 p2 p3 p4 address uptime processors model board bios machine_id model_id release suspect confidence event event_before log' ;;
		'report --color') words='auto always never' ;;
		'diff --group-by') words='signature fine code origin module suspect process model build machine machine_id model_id day' ;;
		'diff --format') words='table csv jsonl markdown' ;;
		'diff --fail-on') words='new growing shrinking gone same' ;;
		'diff --color') words='auto always never' ;;
		esac
	elif [[ $value == -* ]]; then
		words=$flags
	elif [[ $last -eq 0 && -z $words ]]; then
		words='info check explain hash modules processes registers stack symbols memory streams events scan report diff completion man version help'
	fi
	[[ -n $words ]] || return 0
	local before=
	[[ $value == *,* ]] && before=${value%,*},
	COMPREPLY=($(compgen -P "$before" -W "$words" -- "${value##*,}"))
	local colon=${value%"${value##*:}"} # bash replaces only what follows
	COMPREPLY=("${COMPREPLY[@]#"$colon"}")
}
complete -o default -F _dmplens dmplens
