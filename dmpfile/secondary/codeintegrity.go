package secondary

import "time"

// CodeIntegrity is the last image that Code Integrity refused.
type CodeIntegrity struct {
	Version uint16
	Options uint32
	Failure time.Time // when it refused; zero where it did not
	Status  uint32    // the NTSTATUS of the refusal; 0 where there was none
	Count   uint32    // of refusals
	Path    string    // of the image; "" where Status is 0, as what stands there then is stale
}

// ReadCodeIntegrity reads a stream 4ee76bd8.
func ReadCodeIntegrity(b []byte) (*CodeIntegrity, int, error) { return &CodeIntegrity{}, 0, nil }

// Fields is all of it.
func (c *CodeIntegrity) Fields() []Field { return nil }
