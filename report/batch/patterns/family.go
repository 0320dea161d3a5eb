package patterns

import "strings"

// family is a kind of problem that has several codes.
type family uint8

const (
	noFamily family = iota
	verified        // Driver Verifier stops Windows for what a driver does, and it looks for much
	video           // one adapter that hangs or is lost stops, or is captured, with any of them
	storage         // one disk that fails to read is a page that is not there, a file system in error or no boot device
	power           // one driver that does not finish is seen by the power manager or by the requests it holds
)

// families are the codes of one problem.
var families = map[string]family{
	"0xc1": verified, "0xc4": verified, "0xc6": verified, "0xc9": verified, "0xd5": verified, "0xd6": verified, "0xe6": verified,
	"0xea": video, "0x10e": video, "0x113": video, "0x114": video, "0x115": video, "0x116": video, "0x117": video, "0x118": video,
	"0x119": video, "0x141": video, "0x142": video,
	"0x24": storage, "0x77": storage, "0x7a": storage, "0x7b": storage, "0xed": storage, "0x154": storage,
	"0x9f": power, "0xa0": power,
}

// exceptions are the codes that say that something went wrong in code: what it was is in the rest of the signature.
var exceptions = map[string]bool{
	"0xa": true, "0x1e": true, "0x3b": true, "0x50": true, "0x7e": true, "0x8e": true, "0xd1": true, "0x1000007e": true,
}

func familyOf(code, module string) family {
	if f := families[code]; f != noFamily {
		return f
	}
	if strings.HasPrefix(strings.ToLower(module), "dxg") {
		return video
	}
	return noFamily
}
