package commands

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"daybook.internal/domain"
)

// SignLines signs the answers in a file of commands: lines that are cast-ballot, with or without pseudonym and actor, which are the device's own. The first
// answer to a question in a session and wave gets the number revision, those that follow in the file the next ones. An open answer without a salt gets one
// of 32 bytes from random. It yields each line as it is to be sent; an error is the last pair.
func SignLines(in io.Reader, device ed25519.PrivateKey, revision int, random io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		type asked struct {
			in domain.DialogueID
			Asked
		}
		next := map[asked]int{}
		for raw, err := range linesOf(in) {
			var l line
			var c CastBallot
			if err == nil {
				l, c, err = raw.ballot()
			}
			at := asked{c.Dialogue, Asked{c.Session, c.Wave, c.Question}}
			if err == nil {
				err = l.sign(c, device, revision+next[at], random)
			}
			if err != nil {
				yield(nil, fmt.Errorf("line %d: %w", raw.number, err))
				return
			}
			next[at]++
			if text, err := encode(l); !yield(text, err) || err != nil {
				return
			}
		}
	}
}

// ballot reads a line that is an answer.
func (r rawLine) ballot() (l line, c CastBallot, err error) {
	switch err := readStrictly(r.text, &l, "the line", "the line is not a command"); {
	case r.long:
		return l, c, domain.Reject(domain.ErrInvalidField, "the line has more than %d bytes", MaxLine)
	case err != nil:
		return l, c, err
	case l.Name != "cast-ballot":
		return l, c, domain.Reject(domain.ErrInvalidField, "a device signs cast-ballot, and not %.40q", l.Name)
	case l.Command == "":
		return l, c, domain.Reject(domain.ErrInvalidField, "the line has no command id, which an open answer is signed with")
	}
	return l, c, readContent(l.Content, &c)
}

// sign puts an answer into the line, signed as the revision-th to its question.
func (l *line) sign(c CastBallot, device ed25519.PrivateKey, revision int, random io.Reader) error {
	own := domain.DevicePseudonym(domain.DeviceKey(device.Public().(ed25519.PublicKey)))
	if c.Pseudonym != "" && c.Pseudonym != own {
		return domain.Reject(domain.ErrSignature, "the pseudonym of this device is %s, not %s", own, c.Pseudonym)
	}
	if c.Text != "" && c.Salt == (domain.Salt{}) {
		if _, err := io.ReadFull(random, c.Salt[:]); err != nil {
			return fmt.Errorf("salt: %w", err)
		}
	}
	c.Pseudonym = own // an opening stands in its stream
	c = c.SignedBy(device, l.Command, revision)
	if l.Actor == "" {
		l.Actor = domain.Actor{Role: domain.Participant, Principal: string(own)}.String()
	}
	members := map[string]json.RawMessage{} // those that were sent stay as they are
	if err := json.Unmarshal(l.Content, &members); err != nil {
		return err
	}
	for name, own := range map[string]any{"pseudonym": c.Pseudonym, "device": c.Device, "salt": c.Salt, "signature": c.Signature} {
		text, err := encode(own)
		if err != nil {
			return err
		}
		members[name] = text
	}
	if c.Text == "" {
		delete(members, "salt")
	}
	var err error
	l.Content, err = encode(members)
	return err
}

// encode writes JSON as a person would, without escapes for HTML.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(out.Bytes()), err
}
