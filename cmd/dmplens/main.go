// Dmplens reads Windows kernel dumps on any system, offline, and says what each one is, what happened, where the capture came from,
// how large its parts are, and whether a debugger will be able to use it.
package main

import (
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

func main() {
	// A reader that goes away (dmplens ... | head) is no failure: without this the write would kill the process.
	signal.Ignore(syscall.SIGPIPE)
	if v, _ := chosen(os.Args[1:]); v != nil && !v.brief {
		prepare()
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// prepare is for verbs that read dumps. For one that answers at once it would be a third of its work.
func prepare() {
	catchInterrupts()
	debug.SetGCPercent(300) // a scan takes a quarter longer where the garbage of its rows is collected at every turn
}
