package notary

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Checkpoint is the head of a log (https://c2sp.org/tlog-checkpoint).
type Checkpoint struct {
	Origin string // the log's name, which is its key's name too
	Size   int64
	Root   tlog.Hash
}

// Text is what is signed: origin, size and root in base64, a line each. There are no extension lines.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// MaxSize is the largest size of a log that is read. The arithmetic of package tlog does not end on sizes above 2^62.
const MaxSize = 1 << 56

// ParseCheckpoint reads a text. Extension lines of other logs are passed over, as the specification asks.
func ParseCheckpoint(text string) (Checkpoint, error) {
	origin, rest, _ := strings.Cut(text, "\n")
	size, rest, _ := strings.Cut(rest, "\n")
	root, rest, ended := strings.Cut(rest, "\n")
	c := Checkpoint{Origin: origin}
	var err error
	if c.Size, err = strconv.ParseInt(size, 10, 64); err != nil || c.Size < 0 || c.Size > MaxSize || strconv.FormatInt(c.Size, 10) != size {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w: %q is no size", ErrForm, size)
	}
	hash, err := decodeBase64(root)
	switch {
	case err != nil || len(hash) != tlog.HashSize:
		return Checkpoint{}, fmt.Errorf("checkpoint: %w: %q is no root", ErrForm, root)
	case origin == "" || !ended || (rest != "" && !strings.HasSuffix(rest, "\n")) || strings.Contains("\n"+rest, "\n\n"):
		return Checkpoint{}, fmt.Errorf("checkpoint: %w: it has an origin, a size and a root, a line each, and no empty line", ErrForm)
	}
	c.Root = tlog.Hash(hash)
	return c, nil
}

// decodeBase64 reads the one base64 that a value has. The standard library's passes over line ends, also when it is strict.
func decodeBase64(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, fmt.Errorf("%w: a line end within base64", ErrForm)
	}
	return base64.StdEncoding.Strict().DecodeString(text)
}

// MaxNote is the most bytes of a signed checkpoint that is read: a text and the signatures of some dozens of witnesses.
const MaxNote = 64 << 10

// OpenCheckpoint reads a signed checkpoint and checks that the log whose verifier is given signed it, under its own name. Other signatures are for
// Policy to check.
func OpenCheckpoint(signed []byte, log note.Verifier) (Checkpoint, *note.Note, error) {
	if len(signed) > MaxNote {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: %w: it is longer than %d bytes", ErrForm, MaxNote)
	}
	n, err := note.Open(signed, note.VerifierList(log))
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: %w: %w", ErrSignature, err)
	}
	if err := checkBase64(n); err != nil {
		return Checkpoint{}, nil, err
	}
	c, err := ParseCheckpoint(n.Text)
	if err == nil && c.Origin != log.Name() {
		err = fmt.Errorf("checkpoint: %w: it is of %q, and signed by %q", ErrSignature, c.Origin, log.Name())
	}
	return c, n, err
}

// checkBase64 refuses a note that can be written in other base64: package note is not strict.
func checkBase64(n *note.Note) error {
	for _, s := range slices.Concat(n.Sigs, n.UnverifiedSigs) {
		if _, err := decodeBase64(s.Base64); err != nil {
			return fmt.Errorf("checkpoint: %w: the signature of %s is not in strict base64", ErrForm, s.Name)
		}
	}
	return nil
}
