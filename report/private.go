package report

// PrivateKind is a kind of what can name a person, a machine or a network.
type PrivateKind string

// Kinds of what is private.
const (
	PrivateProductKey     PrivateKind = "product-key"
	PrivateUser           PrivateKind = "user"
	PrivateUserPath       PrivateKind = "user-path"
	PrivateUserKey        PrivateKind = "user-registry-key"
	PrivateSID            PrivateKind = "sid"
	PrivateMail           PrivateKind = "mail-address"
	PrivateComputer       PrivateKind = "computer"
	PrivateHost           PrivateKind = "host"
	PrivateNetwork        PrivateKind = "wireless-network"
	PrivateNetworkAddress PrivateKind = "network-address"
	PrivateSerial         PrivateKind = "serial-number"
	PrivateMachineID      PrivateKind = "machine-id"
	PrivateCommandLine    PrivateKind = "command-line"
	PrivateOther          PrivateKind = "other"
)

// PrivateKinds are all of them, in the order in which they are shown: what does the most harm first.
var PrivateKinds = []PrivateKind{
	PrivateProductKey, PrivateUser, PrivateUserPath, PrivateUserKey, PrivateMail, PrivateSID, PrivateComputer, PrivateNetwork,
	PrivateNetworkAddress, PrivateHost, PrivateSerial, PrivateMachineID, PrivateCommandLine, PrivateOther,
}

var privatePhrases = map[PrivateKind]string{
	PrivateProductKey:     "product key",
	PrivateUser:           "user name",
	PrivateUserPath:       "folder of a user",
	PrivateUserKey:        "registry key of a user",
	PrivateSID:            "SID of an account",
	PrivateMail:           "mail address",
	PrivateComputer:       "computer name",
	PrivateHost:           "host or its address",
	PrivateNetwork:        "wireless network",
	PrivateNetworkAddress: "network card's address",
	PrivateSerial:         "serial number",
	PrivateMachineID:      "UUID of the machine",
	PrivateCommandLine:    "command line",
	PrivateOther:          "other",
}

// Phrase names the kind.
func (k PrivateKind) Phrase() string { return privatePhrases[k] }

// Private is what of one kind stands in one place of a dump and can name a person, a machine or a network.
type Private struct {
	Kind   PrivateKind `json:"kind" jsonschema:"product-key, user, user-path, user-registry-key, sid, mail-address, computer, host, wireless-network, network-address, serial-number, machine-id, command-line, other"`
	Where  string      `json:"where" jsonschema:"the place: a stream with its number, a list, a part of the file"`
	Names  []string    `json:"names,omitempty" jsonschema:"of the fields or of the providers of events that have them"`
	Offset *int64      `json:"offset,omitempty" jsonschema:"in the file, of the first one, where it stands there as a text"`
	Count  int         `json:"count" jsonschema:"how many different ones"`
	Values []string    `json:"values,omitempty" jsonschema:"the first of them, only where asked for"`
}
