package nt

import "time"

// release are the names of the releases of Windows that have a build: that of workstations and that of servers, empty where there is none.
type release struct{ client, server string }

// releases by build, as Microsoft's lists of release information have them. Updates that only switch features on keep the kernel, whose
// build is what most dumps have: 19041 is what they say of all releases up to 22H2, 18362 of 1909 too. The server of build 17763 was released
// under two names.
var releases = map[uint32]release{
	2600:  {"Windows XP", ""},
	3790:  {"Windows XP x64 Edition", "Windows Server 2003"},
	6000:  {"Windows Vista", ""},
	6001:  {"Windows Vista SP1", "Windows Server 2008"},
	6002:  {"Windows Vista SP2", "Windows Server 2008 SP2"},
	6003:  {"", "Windows Server 2008 SP2"},
	7600:  {"Windows 7", "Windows Server 2008 R2"},
	7601:  {"Windows 7 SP1", "Windows Server 2008 R2 SP1"},
	9200:  {"Windows 8", "Windows Server 2012"},
	9600:  {"Windows 8.1", "Windows Server 2012 R2"},
	10240: {"Windows 10 1507", ""},
	10586: {"Windows 10 1511", ""},
	14393: {"Windows 10 1607", "Windows Server 2016"},
	15063: {"Windows 10 1703", ""},
	16299: {"Windows 10 1709", "Windows Server 1709"},
	17134: {"Windows 10 1803", "Windows Server 1803"},
	17763: {"Windows 10 1809", "Windows Server 2019 or 1809"},
	18362: {"Windows 10 1903 or 1909", "Windows Server 1903 or 1909"},
	18363: {"Windows 10 1909", "Windows Server 1909"},
	19041: {"Windows 10 2004 to 22H2", "Windows Server 2004 or 20H2"},
	19042: {"Windows 10 20H2", "Windows Server 20H2"},
	19043: {"Windows 10 21H1", ""},
	19044: {"Windows 10 21H2", ""},
	19045: {"Windows 10 22H2", ""},
	20348: {"", "Windows Server 2022"},
	22000: {"Windows 11 21H2", ""},
	22621: {"Windows 11 22H2 or 23H2", ""},
	22631: {"Windows 11 23H2", ""},
	25398: {"", "Windows Server 23H2"},
	26100: {"Windows 11 24H2", "Windows Server 2025"},
	26200: {"Windows 11 25H2", ""},
}

// first25H2 is when Windows 11 25H2 came out, which has the kernel of 24H2.
var first25H2 = time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)

// Release returns the name of the release of Windows that has a build: "Windows 11 24H2". A build that workstations and servers have needs
// the product, as Microsoft's headers know it: workstation, domain-controller or server. It is empty where they do not tell for certain. The
// time is that of the dump, nil where it is not known: later releases can have the same kernel.
func Release(build uint32, product string, at *time.Time) string {
	r := releases[build]
	name := r.client
	switch product {
	case "workstation":
	case "server", "domain-controller":
		name = r.server
	default:
		if r.client != "" && r.server != "" {
			return ""
		}
		name = r.client + r.server // one of them is empty
	}
	if build == 26100 && name == r.client && (at == nil || !at.Before(first25H2)) {
		name += " or 25H2"
	}
	return name
}
