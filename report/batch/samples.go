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

// Of a file its first bytes are hashed, where the headers are, and so many samples of so many bytes: the last one ends with the file. A
// copy that stopped differs in some of them, a changed page need not. A file that is no longer than that is hashed as a whole.
const (
	sampleHead  = 8 << 10
	sampleCount = 31
	sampleSize  = 1 << 10
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

	seed   [8 + len(sampleKey{})]byte // the size, and the key
	source random.ChaCha8
}

// of returns the key and the hash of the size and samples of a file, for its row.
func (s *sampler) of(r io.ReaderAt, size int64) (string, error) {
	if s.hash == nil {
		s.hash, s.buf = hmac.New(sha256.New, s.key[:]), make([]byte, sampleHead+sampleCount*sampleSize)
	}
	s.hash.Reset()
	seed := append(binary.LittleEndian.AppendUint64(s.seed[:0], uint64(size)), s.key[:]...)
	s.hash.Write(seed[:8])
	b, rest := s.buf, size-sampleHead
	if size <= int64(len(b)) {
		b = b[:size]
		if err := readSample(r, b, 0); err != nil {
			return "", err
		}
	} else {
		if err := readSample(r, b[:sampleHead], 0); err != nil {
			return "", err
		}
		s.source.Seed(sha256.Sum256(seed))
		where := random.New(&s.source)
		for i := range int64(sampleCount) {
			at := sampleHead + rest/sampleCount*i + where.Int64N(rest/sampleCount-sampleSize+1)
			if i == sampleCount-1 {
				at = size - sampleSize
			}
			if err := readSample(r, b[sampleHead+sampleSize*i:][:sampleSize], at); err != nil {
				return "", err
			}
		}
	}
	s.hash.Write(b)
	sum := s.hash.Sum(b[:0])[:sampleSum]
	text := append(hex.AppendEncode(make([]byte, 0, 64), s.key[:]), '-')
	return string(hex.AppendEncode(text, sum)), nil
}

func readSample(r io.ReaderAt, b []byte, at int64) error {
	if n, err := r.ReadAt(b, at); n < len(b) {
		return err
	}
	return nil
}
