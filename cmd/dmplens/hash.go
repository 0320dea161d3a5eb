package main

import (
	"fmt"

	"github.com/dmplens/dmplens/report"
	"github.com/dmplens/dmplens/report/analyze"
	"github.com/dmplens/dmplens/report/record"
)

var hashVerb = &verb{
	name: "hash", args: "[flags] STRING", short: "say the failure hash of a failure bucket",
	long: `
Say the failure hash of a failure bucket: the GUID that WinDbg shows as
FAILURE_ID_HASH and that Windows Error Reporting knows the bucket by.

STRING is what WinDbg shows as FAILURE_BUCKET_ID or FAILURE_ID_HASH_STRING. One
that does not begin with km: or um: is of kernel mode. Case does not count.`,
	examples: `  dmplens hash LKD_0x141_IMAGE_nvlddmkm.sys
  dmplens hash 'km:av_netio!streaminvokecalloutandnormalizeaction'
  dmplens hash --json 0x5a_c0000428_IMAGE_filecrypt.sys
`,
	brief: true,
	run:   runHash,
}

func runHash(c *command, args []string) (int, error) {
	asJSON := c.flags.Bool("json", false, "write an indented JSON object")
	words, err := c.parse(args)
	switch {
	case err != nil:
		return exitUnusable, err
	case len(words) != 1 || words[0] == "":
		return exitUnusable, c.usageError("name one string")
	}
	hash := analyze.FailureHash(words[0])
	if *asJSON {
		return exitOK, record.JSON(c.stdout, report.FailureHash{
			SchemaVersion: report.SchemaVersion, ToolVersion: version, String: report.ValidUTF8(words[0]), Hash: hash,
		})
	}
	_, err = fmt.Fprintln(c.stdout, hash)
	return exitOK, err
}
