package batch

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	random "math/rand/v2"
	"strings"
)

// Of a file so many samples of so many bytes are hashed: its first bytes, its last ones, and the rest in between. A file that is not longer
// is hashed as a whole.
const (
	sampleCount = 32
	sampleSize  = 8 << 10
)

// sampleKey is the key of the hashes of one scan. It says too where the samples lie, so that nobody can make two files that are equal there
// before the scan begins.
type sampleKey [8]byte

func newSampleKey() (k sampleKey) {
	rand.Read(k[:])
	return k
}

// keyOfSamples returns the key that the samples of a row are of.
func keyOfSamples(s string) (k sampleKey, ok bool) {
	text, sum, ok := strings.Cut(s, "-")
	if !ok || len(text) != hex.EncodedLen(len(k)) || len(sum) != hex.EncodedLen(sampleSum) {
		return k, false
	}
	_, err := hex.Decode(k[:], []byte(text))
	return k, err == nil
}

// sampleSum is how many bytes of a hash are kept.
const sampleSum = 16

// sampler hashes the samples of one file after another. It is for one goroutine.
type sampler struct {
	key  sampleKey
	hash hash.Hash
	buf  []byte
}

// of returns the key and the hash of the size and samples of a file, for its row.
func (s *sampler) of(r io.ReaderAt, size int64) (string, error) {
	if s.hash == nil {
		s.hash, s.buf = hmac.New(sha256.New, s.key[:]), make([]byte, 8*sampleSize)
	}
	s.hash.Reset()
	length := binary.LittleEndian.AppendUint64(nil, uint64(size))
	s.hash.Write(length)
	if size <= sampleCount*sampleSize {
		for at := int64(0); at < size; at += int64(len(s.buf)) {
			if err := s.add(r, at, min(int64(len(s.buf)), size-at)); err != nil {
				return "", err
			}
		}
	} else {
		where := random.New(random.NewChaCha8(sha256.Sum256(append(length, s.key[:]...))))
		each := size / sampleCount
		for i := range int64(sampleCount) {
			at := i*each + where.Int64N(each-sampleSize+1)
			switch i {
			case 0:
				at = 0
			case sampleCount - 1:
				at = size - sampleSize
			}
			if err := s.add(r, at, sampleSize); err != nil {
				return "", err
			}
		}
	}
	var sum [sha256.Size]byte
	b := hex.AppendEncode(nil, s.key[:])
	return string(hex.AppendEncode(append(b, '-'), s.hash.Sum(sum[:0])[:sampleSum])), nil
}

func (s *sampler) add(r io.ReaderAt, at, n int64) error {
	b := s.buf[:n]
	if got, err := r.ReadAt(b, at); got < len(b) {
		return err
	}
	s.hash.Write(b)
	return nil
}
