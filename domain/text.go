package domain

import (
	"crypto/hmac"
	"crypto/sha256"
	"maps"
	"unicode/utf8"
)

// Lang is a BCP 47 language tag. "und" is a language that is not known.
type Lang string

// UnknownLang is the tag of a language that is not known (BCP 47: undetermined).
const UnknownLang Lang = "und"

// Check rejects what does not have the form of a tag: parts of 1 to 8 letters or digits, the first of 2 to 8 letters.
func (l Lang) Check() error {
	size, part := 0, 0
	for i := 0; i <= len(l); i++ {
		if i == len(l) || l[i] == '-' {
			if size == 0 || size > 8 || (part == 0 && size < 2) {
				return reject(ErrInvalidField, "language %q is not a BCP 47 tag", l)
			}
			size, part = 0, part+1
			continue
		}
		c := l[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || (part > 0 && '0' <= c && c <= '9')) {
			return reject(ErrInvalidField, "language %q is not a BCP 47 tag", l)
		}
		size++
	}
	return nil
}

func checkLangs(langs []Lang) error {
	for _, l := range langs {
		if err := l.Check(); err != nil {
			return err
		}
	}
	return nil
}

// LText is an editor's public text in one or more languages. Participants' words are never an LText but a Commitment.
type LText struct {
	Source Lang            `json:"source"`
	Text   map[Lang]string `json:"text"`
}

// In makes an LText of one language.
func In(lang Lang, text string) LText { return LText{Source: lang, Text: map[Lang]string{lang: text}} }

// MaxText is the most bytes that one text in one language has.
const MaxText = 16 << 10

// Check rejects a text that lacks its source language or that has an empty, overlong or invalid one.
func (t LText) Check(what string) error {
	if _, ok := t.Text[t.Source]; !ok {
		return reject(ErrInvalidText, "%s has no text in its source language %q", what, t.Source)
	}
	for _, lang := range sortedKeys(t.Text) {
		if err := lang.Check(); err != nil {
			return err
		}
		if err := checkText(what+" in "+string(lang), t.Text[lang]); err != nil {
			return err
		}
	}
	return nil
}

func checkText(what, s string) error {
	if s == "" || len(s) > MaxText || !utf8.ValidString(s) {
		return reject(ErrInvalidText, "%s: 1 to %d bytes of UTF-8", what, MaxText)
	}
	return nil
}

// Equal tells whether two texts say the same in the same languages.
func (t LText) Equal(o LText) bool { return t.Source == o.Source && maps.Equal(t.Text, o.Text) }

// String is the text in its source language.
func (t LText) String() string { return t.Text[t.Source] }

// A Commitment stands in an event in place of a participant's words. Whoever has the opening (salt and words) can check it; without the
// opening nothing can be learned from it. The zero Commitment is none.
type Commitment [32]byte

// Salt is the random part of an opening.
type Salt [32]byte

// MarshalText writes 64 lower-case hexadecimal digits.
func (s Salt) MarshalText() ([]byte, error) { return Digest(s).appendText(nil), nil }

// UnmarshalText reads what MarshalText writes and nothing else.
func (s *Salt) UnmarshalText(b []byte) error { return lowerHex(s[:], b) }

// Commit is HMAC-SHA256(salt, "daybook-commit/v1" ‖ 0 ‖ event id ‖ field ‖ 0 ‖ words): the event id (16 bytes) and the field bind the words to
// their place, so that no commitment can be moved to another event.
func Commit(salt Salt, event EventID, field string, words []byte) Commitment {
	h := hmac.New(sha256.New, salt[:])
	h.Write([]byte("daybook-commit/v1\x00"))
	h.Write(event[:])
	h.Write([]byte(field))
	h.Write([]byte{0})
	h.Write(words)
	return Commitment(h.Sum(nil))
}

func (c Commitment) String() string { return Digest(c).String() }

// MarshalText writes 64 lower-case hexadecimal digits.
func (c Commitment) MarshalText() ([]byte, error) { return c.appendText(nil), nil }

// UnmarshalText reads what MarshalText writes and nothing else.
func (c *Commitment) UnmarshalText(b []byte) error { return c.parseText(nil, b) }

func (c Commitment) appendText(b []byte) []byte { return Digest(c).appendText(b) }

func (c *Commitment) parseText(_ *interner, text []byte) error { return lowerHex(c[:], text) }
