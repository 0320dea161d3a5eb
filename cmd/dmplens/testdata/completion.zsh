#compdef dmplens
_dmplens() {
	local verb=info
	local -a verbs
	verbs=(
		'info:say what a dump is, what happened, where it came from'
		'check:say whether a dump is whole and what it holds'
		'explain:say what a code and its parameters mean, without a dump'
		'hash:say the failure hash of a failure bucket'
		'modules:list the loaded and unloaded modules'
		'processes:list the processes'
		'registers:show registers and what each processor was running'
		'stack:show the frames of a stack, and how sure each is'
		'symbols:list the images and PDBs that dumps need, and fetch them'
		'memory:read the memory of the dumped machine'
		'streams:list, decode or extract the secondary data of a dump'
		'events:what Windows wrote down, as one time line'
		'scan:one row for each dump of a folder, a share or an archive'
		'report:render the rows of scans again'
		'diff:say which problems are new, gone or growing'
		'completion:write what completes dmplens in a shell'
		'man:write a man page of dmplens, or of one verb'
		'version:say which version this is'
		'help:explain dmplens, or one verb'
	)
	if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
		_describe verb verbs
		_files
		return
	fi
	case $words[2] in
	info|check|explain|hash|modules|processes|registers|stack|symbols|memory|streams|events|scan|report|diff|completion|man|version|help)
		verb=$words[2]
		shift words
		(( CURRENT-- ))
		;;
	esac
	case $verb in
	info)
		_arguments \
			'*--depth=[HOW much to read\: header, a few small reads, or full]:HOW:(header full)' \
			'*--verbose[show all evidence and details]' \
			'*--symbols=[look for images and PDBs in PATH, as _NT_SYMBOL_PATH has it\: folders and stores with semicolons between them; '\'''\'' is nowhere \(default\: that variable\)]:PATH:_files' \
			'*--events=[put the dumps beside the event logs, traces and DumpStack.logs of this FILE or folder]:FILE:_files' \
			'*--show-private[show what can name a person, a machine or a network]' \
			'*--html[write one web page of all files]' \
			'*--output=[write the web page to this new FILE; - is standard output]:FILE:_files' \
			'*--json[write an indented JSON object for each file]' \
			'*--jsonl[write a JSON object on one line for each file]' \
			'*--markdown[write the page as Markdown, for a ticket]' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*:what:_files'
		;;
	check)
		_arguments \
			'*--deep[read the whole file once]' \
			'*--private[list what can name a person, a machine or a network; with --deep in memory too]' \
			'*--symbols=[look for images and PDBs in PATH, as _NT_SYMBOL_PATH has it\: folders and stores with semicolons between them; '\'''\'' is nowhere \(default\: that variable\)]:PATH:_files' \
			'*--show-private[show what can name a person, a machine or a network]' \
			'*--json[write an indented JSON object for each file]' \
			'*--jsonl[write a JSON object on one line for each file]' \
			'*--markdown[write the page as Markdown, for a ticket]' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*:what:_files'
		;;
	explain)
		_arguments \
			'*--json[write an indented JSON object]' \
			'*--list[list all codes]' \
			'*--live[with --list\: those of live dumps]' \
			'*--status=[say the name of an NTSTATUS VALUE, or the value of a name]:VALUE:' \
			'*--build=[the BUILD of Windows, such as 7601\: for meanings that changed]:BUILD:' \
			'*--machine=[the TYPE of machine\: x86, amd64, arm, arm64]:TYPE:(x86 amd64 arm arm64)' \
			'*--whea=[say what the record of a hardware error in FILE holds; - is standard input]:FILE:_files' \
			'*--show-private[show what can name a person, a machine or a network]' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*:what:_files'
		;;
	hash)
		_arguments \
			'*--json[write an indented JSON object]' \
			'*:what:_files'
		;;
	modules)
		_arguments \
			'*--third-party[only modules that are not one of Windows'\'' own that dmplens knows]' \
			'*--at=[the module that ADDRESS lies in\: a number, or a module and an offset in it]:ADDRESS:' \
			'*--json[write an indented JSON object]' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*:what:_files'
		;;
	processes)
		_arguments \
			'*--json[write an indented JSON object]' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*:what:_files'
		;;
	registers)
		_arguments \
			'*--cpu=[number N of the processor, from 0 \(default\: the header'\''s registers, and all processors\)]:N:' \
			'*--json[write an indented JSON object]' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*:what:_files'
		;;
	stack)
		_arguments \
			'*--cpu=[that of processor N, from 0]:N:' \
			'*--thread=[that of the thread object at ADDRESS]:ADDRESS:' \
			'*--all[those of all processors]' \
			'*--symbols=[look for images and PDBs in PATH, as _NT_SYMBOL_PATH has it\: folders and stores with semicolons between them; '\'''\'' is nowhere \(default\: that variable\)]:PATH:_files' \
			'*--json[write an indented JSON object]' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*:what:_files'
		;;
	symbols)
		_arguments \
			'*--stack[only for the modules on the dump'\''s stack]' \
			'*--missing[list only what is missing]' \
			'*--symbols=[look for images and PDBs in PATH, as _NT_SYMBOL_PATH has it\: folders and stores with semicolons between them; '\'''\'' is nowhere \(default\: that variable\)]:PATH:_files' \
			'*--fetch[ask the servers of the path for what is missing, and keep it in the store]' \
			'*--manifest[write a line for SymChk and pdblister for each file\: NAME,ID,1]' \
			'*--json[write an indented JSON object]' \
			'*--jsonl[write a JSON object on one line]' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*:what:_files'
		;;
	memory)
		_arguments \
			'*--physical[ADDRESS is a physical one]' \
			'*--length=[read N bytes, a hexadecimal number]:N:' \
			'*--output=[write the bytes to this new FILE; - is standard output]:FILE:_files' \
			'*--format=[show memory as FORMAT\: bytes, words, dwords, qwords, pointers or ascii]:FORMAT:(bytes words dwords qwords pointers ascii)' \
			'*--json[write an indented JSON object]' \
			'*:what:_files'
		;;
	streams)
		_arguments \
			'*--json[write the list as an indented JSON object]' \
			'*--decode[show what all streams say, or the one that \[WHICH\] names by its number or GUID]' \
			'*--show-private[show what can name a person, a machine or a network]' \
			'*--extract=[WHICH stream to write\: its number, or its GUID]:WHICH:' \
			'*--output=[write it to this new FILE; - is standard output]:FILE:_files' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*:what:_files'
		;;
	events)
		_arguments \
			'*--all[also what tells nothing by itself, and each step of a live dump]' \
			'*--provider=[only events of the provider NAME; Microsoft-Windows- may be left out. Several\: with commas, or again]:NAME:' \
			'*--since=[only events from TIME on, UTC\: 2026-03-01, or with '\''T15\:04'\'' or '\''T15\:04\:05'\'']:TIME:' \
			'*--until=[only events up to TIME]:TIME:' \
			'*--show-private[show what can name a person, a machine or a network]' \
			'*--messages[with --show-private\: what can be read of messages of software traces \(WPP\) too]' \
			'*--json[write an indented JSON object]' \
			'*--csv[write comma-separated values, a row for each event]' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*:what:_files'
		;;
	scan)
		_arguments \
			'*--depth=[how much to read of each dump\: HOW is header, a few small reads, full, or deep, all of its pages]:HOW:(header full deep)' \
			'*--symbols=[look for images and PDBs in PATH, as _NT_SYMBOL_PATH has it\: folders and stores with semicolons between them; '\'''\'' is nowhere \(default\: that variable\)]:PATH:_files' \
			'*--events=[put the dumps beside the event logs, traces and DumpStack.logs of this FILE or folder, as info does]:FILE:_files' \
			'*--show-private[show what can name a person, a machine or a network]' \
			'*--files-from=[read paths from this FILE, one a line; - is standard input]:FILE:_files' \
			'*--null[paths of --files-from end with NUL, not with a line]' \
			'*--include=[look at files whose name matches PATTERN \(*.dmp and archives, if none is given\)]:PATTERN:' \
			'*--exclude=[leave out files and folders whose name matches PATTERN]:PATTERN:' \
			'*--all[look at every file]' \
			'*--duplicates=[find copies of earlier dumps by HOW\: samples of their content, exact, which reads whole those that look equal, or off]:HOW:(samples exact off)' \
			'*--jobs=[look at N files at a time \(default\: one a processor\)]:N:' \
			'*--timeout=[give a file up that takes DURATION for a row]:DURATION:' \
			'*--archive-limit=[unpack members of archives up to MIB mebibytes; of larger ones the head]:MIB:' \
			'*--memory=[take at most SIZE of memory, like 512M or 2G \(default\: a quarter of what there is, up to 2G\)]:SIZE:' \
			'*--sorted[write rows in the order of paths, not as they are done]' \
			'*--shard=[look at the files of shard I/N only, I from 1 to N]:I/N:' \
			'*--output=[write rows to this new FILE; - is standard output]:FILE:_files' \
			'*--resume[go on with the rows in the file of --output \(format jsonl\)]' \
			'*--html=[write a web page about all rows to this new FILE, as report --html does]:FILE:_files' \
			'*--fail-on=[end with code 1 where a row is WHAT\: damaged, finding\:ID, or an expression as for --where]:WHAT:(damaged finding\:archive-bomb finding\:archive-damaged finding\:archive-encrypted finding\:archive-head finding\:archive-method finding\:archive-name finding\:archive-nested finding\:archive-size finding\:archive-trailing finding\:archive-unchecked finding\:bitmap-count finding\:context-implausible finding\:debugger-data finding\:dump-status finding\:dump-type-mismatch finding\:dump-type-missing finding\:dump-type-unknown finding\:encrypted finding\:file-changed finding\:foreign-content finding\:foreign-writer finding\:header-truncated finding\:insufficient-space finding\:kdbg-encoded finding\:kdbg-missing finding\:kdbg-unreadable finding\:module-list finding\:modules-cut finding\:no-pages finding\:page-count-unknown finding\:page-list finding\:page-repeated finding\:page-tables finding\:pages-read finding\:process-list finding\:range-count finding\:range-invalid finding\:read-error finding\:required-space finding\:run-count finding\:run-invalid finding\:run-overlap finding\:stream-count finding\:stream-truncated finding\:subheader-missing finding\:trailing-bytes finding\:triage-end-missing finding\:triage-overflow finding\:truncated finding\:unloaded-module-list finding\:unwind-disputed finding\:zero-content finding\:zero-tail)' \
			'*--format=[write rows as FORMAT\: table, csv, jsonl or markdown]:FORMAT:(table csv jsonl markdown)' \
			'*--columns=[write these columns, NAMES with commas]:NAMES:(path format captured build machine code name origin process module signature fine total header primary secondary missing verdict finding error problem duplicate_of p1 p2 p3 p4 address uptime processors model board bios machine_id model_id release suspect confidence event event_before log)' \
			'*--where=[write rows for which EXPRESSION over the names of the JSON record is true]:EXPRESSION:' \
			'*--group-by=[count rows by KEY\: signature, fine, code, origin, module, suspect, process, model, build, machine, machine_id, model_id, day]:KEY:(signature fine code origin module suspect process model build machine machine_id model_id day)' \
			'*--sort=[write rows at the end, sorted by COLUMN, numbers as numbers, -COLUMN from the greatest down; all wait in memory, some 10 KB each]:COLUMN:(path format captured build machine code name origin process module signature fine total header primary secondary missing verdict finding error problem duplicate_of p1 p2 p3 p4 address uptime processors model board bios machine_id model_id release suspect confidence event event_before log)' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*:what:_files'
		;;
	report)
		_arguments \
			'*--format=[write rows as FORMAT\: table, csv, jsonl or markdown]:FORMAT:(table csv jsonl markdown)' \
			'*--columns=[write these columns, NAMES with commas]:NAMES:(path format captured build machine code name origin process module signature fine total header primary secondary missing verdict finding error problem duplicate_of p1 p2 p3 p4 address uptime processors model board bios machine_id model_id release suspect confidence event event_before log)' \
			'*--where=[write rows for which EXPRESSION over the names of the JSON record is true]:EXPRESSION:' \
			'*--group-by=[count rows by KEY\: signature, fine, code, origin, module, suspect, process, model, build, machine, machine_id, model_id, day]:KEY:(signature fine code origin module suspect process model build machine machine_id model_id day)' \
			'*--sort=[write rows at the end, sorted by COLUMN, numbers as numbers, -COLUMN from the greatest down; all wait in memory, some 10 KB each]:COLUMN:(path format captured build machine code name origin process module signature fine total header primary secondary missing verdict finding error problem duplicate_of p1 p2 p3 p4 address uptime processors model board bios machine_id model_id release suspect confidence event event_before log)' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*--html[write a web page about all rows, in one file]' \
			'*--output=[write the web page to this new FILE; - is standard output]:FILE:_files' \
			'*--baseline=[mark on the web page what is new or growing since the older rows of FILE]:FILE:_files' \
			'*--patterns[write what the dumps say together, not rows]' \
			'*:what:_files'
		;;
	diff)
		_arguments \
			'*--group-by=[compare by KEY\: signature, fine, code, origin, module, suspect, process, model, build, machine, machine_id, model_id, day]:KEY:(signature fine code origin module suspect process model build machine machine_id model_id day)' \
			'*--format=[write as FORMAT\: table, csv, jsonl or markdown]:FORMAT:(table csv jsonl markdown)' \
			'*--where=[of both, the rows for which EXPRESSION is true]:EXPRESSION:' \
			'*--fail-on=[end with code 1 where a group is CHANGE\: new, growing, shrinking, gone, same; \(none\) does not count]:CHANGE:(new growing shrinking gone same)' \
			'*--html[write a web page of the changes, in one file]' \
			'*--color=[colour WHEN\: auto \(on a terminal without NO_COLOR\), always, never]:WHEN:(auto always never)' \
			'*--width=[wrap at N columns, 60 or more \(default\: the terminal'\''s up to 120, else 80\)]:N:' \
			'*:what:_files'
		;;
	completion)
		_arguments \
			'*:what:(bash zsh fish powershell)'
		;;
	man)
		_arguments \
			'*:what:(info check explain hash modules processes registers stack symbols memory streams events scan report diff completion man version help)'
		;;
	version)
		_arguments \
			'*:what:_files'
		;;
	help)
		_arguments \
			'*:what:(info check explain hash modules processes registers stack symbols memory streams events scan report diff completion man version help)'
		;;
	esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
	_dmplens "$@"
else
	compdef _dmplens dmplens
fi
