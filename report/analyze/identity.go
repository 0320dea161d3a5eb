package analyze

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// identityKey is the key of the hashes that name machines. It keeps them from being hashes that others make of the same serial numbers; it is no
// secret, so whoever has a list of serial numbers can find the one of a hash.
const identityKey = "dmplens identity of a machine, 1"

// identityOf is a hash of a kind of identity and the values that make it, as 32 hexadecimal digits. Blanks and letter case do not count.
func identityOf(kind string, values ...string) string {
	h := hmac.New(sha256.New, []byte(identityKey))
	h.Write([]byte(kind))
	for _, v := range values {
		h.Write([]byte{0})
		h.Write([]byte(strings.ToLower(strings.Join(strings.Fields(v), " "))))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
