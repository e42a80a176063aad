package beacon

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// MostBytes is how long the file of a round may be. A real one has some 300 bytes.
const MostBytes = 16 << 10

// Read reads a round as drand's HTTP API gives it, with any blanks around its members:
//
//	{"round": 1000, "randomness": "fe29…", "signature": "b446…"}
//
// Version 2 of the API leaves "randomness" out. Where it stands it must be SHA-256 of the signature (ErrRandomness). A "previous_signature" says that the
// round is of a chained beacon, and a "chain_hash" that is not c's that it is of another chain (ErrChain). Other members are passed over, but none may stand
// twice. Whether the signature is good only Verify tells.
func (c Chain) Read(b []byte) (Round, error) {
	form := func(format string, args ...any) (Round, error) {
		return Round{}, fmt.Errorf("%w: %s", ErrForm, fmt.Sprintf(format, args...))
	}
	if len(b) > MostBytes {
		return form("it has more than %d bytes", MostBytes)
	}
	members, err := object(bytes.TrimPrefix(b, []byte("\ufeff")))
	if err != nil {
		return form("%v", err)
	}
	text := func(name string) string {
		var s string
		if err := json.Unmarshal(members[name], &s); err != nil {
			return ""
		}
		return strings.ToLower(s)
	}
	var r Round
	if err := json.Unmarshal(members["round"], &r.Number); err != nil || r.Number == 0 {
		return form(`"round" is not a number from 1`)
	}
	if previous, chained := members["previous_signature"]; chained && text("previous_signature") != "" {
		return Round{}, fmt.Errorf("%w: it is chained to the round before it (%.20s…), and %s is not", ErrChain, previous, c.Name)
	}
	if hash := text("chain_hash"); hash != "" && hash != hex.EncodeToString(c.Hash[:]) {
		return Round{}, fmt.Errorf("%w: %.64s, and %s is %x", ErrChain, hash, c.Name, c.Hash)
	}
	sig, err := hex.DecodeString(text("signature"))
	switch {
	case err != nil || len(sig) == 0:
		return form(`"signature" is not a text in hexadecimal digits`)
	case len(sig) == 2*SignatureSize:
		return Round{}, fmt.Errorf("%w: its signatures have %d bytes, those of %s %d", ErrChain, len(sig), c.Name, SignatureSize)
	case len(sig) != SignatureSize:
		return form("a signature has %d bytes, not %d", SignatureSize, len(sig))
	}
	r.Signature = [SignatureSize]byte(sig)
	if _, told := members["randomness"]; told {
		if is := r.Randomness(); text("randomness") != hex.EncodeToString(is[:]) {
			return Round{}, fmt.Errorf("%w: round %d", ErrRandomness, r.Number)
		}
	}
	return r, nil
}

// object reads one JSON object and nothing after it. encoding/json would take the last of members that stand twice, in silence.
func object(b []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("it is no JSON object")
	}
	members := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		name, isText := t.(string)
		if err != nil || !isText {
			return nil, fmt.Errorf("it is no JSON object")
		}
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("%.40q stands twice", name)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, fmt.Errorf("%.40q has no value", name)
		}
		members[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("it has no end")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows it")
	}
	return members, nil
}

// Write gives the file of a round, as Read takes it: in the form of version 1 of the API.
func Write(r Round) []byte {
	random := r.Randomness()
	return fmt.Appendf(nil, "{\"round\":%d,\"randomness\":\"%x\",\"signature\":\"%x\"}\n", r.Number, random[:], r.Signature[:])
}
