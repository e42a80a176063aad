package domain

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Identifiers are opaque strings of 1 to MaxID bytes. New ones are ULIDs with a type prefix (ed_, dl_, pa_, st_, rc_, ar_);
// tables, outputs and imported things keep the name that they had in their source. What makes one valid stands at CheckID.
type (
	EditionID        string
	DialogueID       string
	PartnerID        string
	ParticipantID    string
	SessionID        string
	TopicID          string
	ConversationID   string // the statements and reactions of one dialogue; it bears the dialogue's id
	StatementID      string // unique in its conversation
	RecommendationID string
	ArtefactID       string
	ImportID         string
	OptionID         string
	TableID          string // unique in its dialogue
	OutputID         string // unique at its table
	CodingID         string // derives from the segment, see NewCodingID
	SubmissionID     string
	PublicationID    string
	FindingID        string // unique in its edition
	Pseudonym        string // stands for a respondent's secret code, which never enters the record
)

// MaxID is the most bytes that an identifier has.
const MaxID = 200

// CheckID rejects an identifier that is empty, longer than MaxID bytes, not UTF-8, or that holds a slash or anything invisible
// other than an inner blank.
func CheckID[T ~string](what string, id T) error {
	s := string(id)
	switch {
	case isToken(s): // nearly always
		return nil
	case s == "":
		return reject(ErrInvalidID, "%s is empty", what)
	case len(s) > MaxID:
		return reject(ErrInvalidID, "%s is longer than %d bytes", what, MaxID)
	case !utf8.ValidString(s):
		return reject(ErrInvalidID, "%s is not UTF-8", what)
	case strings.TrimSpace(s) != s:
		return reject(ErrInvalidID, "%s %q begins or ends with a blank", what, s)
	}
	for _, r := range s {
		if r == '/' || !unicode.IsPrint(r) {
			return reject(ErrInvalidID, "%s %q holds %q", what, s, r)
		}
	}
	return nil
}

// An EventID is the RFC 9562 UUID (version 8) of one event. It derives from the command that caused the event, so that a retry after an
// unknown outcome is recognised by any ledger.
type EventID [16]byte

// NewEventID derives the id of the ordinal-th event (from 0) that command writes to stream: the first 16 bytes of
// SHA-256("daybook-event/v1" ‖ 0 ‖ command ‖ 0 ‖ stream ‖ 0 ‖ be64(ordinal)) with the version and variant bits of a UUIDv8.
func NewEventID(command string, stream StreamID, ordinal int) EventID {
	var most [32 + 2*MaxID]byte // longer ones are rare
	b := append(most[:0], "daybook-event/v1\x00"...)
	b = append(b, command...)
	b = append(b, 0)
	b = append(b, stream...)
	b = append(b, 0)
	b = binary.BigEndian.AppendUint64(b, uint64(ordinal))
	sum := sha256.Sum256(b)
	id := EventID(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return id
}

// String is the usual form, 8-4-4-4-12 hexadecimal digits.
func (id EventID) String() string {
	b, _ := id.AppendText(nil)
	return string(b)
}

// AppendText appends the usual form.
func (id EventID) AppendText(b []byte) ([]byte, error) {
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, part)
	}
	return b, nil
}

// MarshalText is AppendText for encoding/json.
func (id EventID) MarshalText() ([]byte, error) { return id.AppendText(nil) }

// UnmarshalText reads the usual form and nothing else.
func (id *EventID) UnmarshalText(b []byte) error {
	var out EventID
	if len(b) != 36 || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' ||
		!unhex(out[:4], b[:8]) || !unhex(out[4:6], b[9:13]) || !unhex(out[6:8], b[14:18]) || !unhex(out[8:10], b[19:23]) || !unhex(out[10:], b[24:]) {
		return errors.New("not an event id")
	}
	*id = out
	return nil
}

// A StreamID names a consistency boundary: its family, a hyphen, and its parts with slashes between them.
// Only StreamName makes one; nobody takes one apart.
type StreamID string

// StreamName joins family and parts. Whatever is not a letter, a digit, '.', '_', '~' or '-' in a part is percent-encoded
// (RFC 3986 2.1), so different parts never give the same name and a name holds no blank.
func StreamName(family string, parts ...string) StreamID {
	b := make([]byte, 0, 64)
	b = append(b, family...)
	for i, p := range parts {
		b = append(b, "-/"[min(i, 1)])
		b = appendEscaped(b, p)
	}
	return StreamID(b)
}

// Is tells whether the name is the one that StreamName makes of family and parts. It makes none.
func (s StreamID) Is(family string, parts ...string) bool {
	rest, ok := strings.CutPrefix(string(s), family)
	for i, p := range parts {
		if !ok || rest == "" || rest[0] != "-/"[min(i, 1)] {
			return false
		}
		rest, ok = cutEscaped(rest[1:], p)
	}
	return ok && rest == ""
}

// cutEscaped cuts the escaped form of p off the front of s.
func cutEscaped(s, p string) (rest string, ok bool) {
	if len(s) >= len(p) && s[:len(p)] == p && isToken(p) {
		return s[len(p):], true
	}
	return strings.CutPrefix(s, string(appendEscaped(nil, p)))
}

func appendEscaped(b []byte, s string) []byte {
	const upper = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; isUnreserved(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', upper[c>>4], upper[c&15])
		}
	}
	return b
}

// isUnreserved knows the unreserved characters of RFC 3986 2.3.
func isUnreserved(c byte) bool { return unreserved[c] }

var unreserved = func() (is [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-") {
		is[c] = true
	}
	return is
}()

// LedgerStream stands for the ledger as a whole where a decision has looked at all of it: its version is a number of records.
const LedgerStream StreamID = "ledger"

// A Ref points at a stream as it stood after its first Version events.
type Ref struct {
	Stream  StreamID `json:"stream"`
	Version uint64   `json:"version"`
}

func (r Ref) String() string { return fmt.Sprintf("%s@%d", r.Stream, r.Version) }
