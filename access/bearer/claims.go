package bearer

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// claims are the members of a token's payload, or of its header.
type claims map[string]any

// readPart reads a header or a payload: base64url without padding, of one JSON object.
func readPart(part string) (claims, error) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return nil, &Refusal{"malformed"}
	}
	return readClaims(text)
}

// maxDepth is how deep claims are nested.
const maxDepth = 8

// readClaims reads an object in which no member stands twice, at any depth: two readers must not come to two tokens.
func readClaims(text []byte) (claims, error) {
	if !utf8.Valid(text) {
		return nil, &Refusal{"malformed"}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := readValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, &Refusal{"malformed"}
	}
	c, ok := v.(map[string]any)
	if !ok {
		return nil, &Refusal{"malformed"}
	}
	return c, nil
}

func readValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil || depth > maxDepth {
		return nil, &Refusal{"malformed"}
	}
	switch t {
	case json.Delim('{'):
		object := map[string]any{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, &Refusal{"malformed"}
			}
			n, _ := name.(string)
			for have := range object { // encoding/json and others take members in other letters for the same
				if strings.EqualFold(have, n) {
					return nil, &Refusal{"a member that stands twice"}
				}
			}
			if object[n], err = readValue(d, depth+1); err != nil {
				return nil, err
			}
		}
		if _, err := d.Token(); err != nil {
			return nil, &Refusal{"malformed"}
		}
		return object, nil
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := readValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		if _, err := d.Token(); err != nil {
			return nil, &Refusal{"malformed"}
		}
		return list, nil
	}
	return t, nil
}

// text is a member that is a string, empty where it is not.
func (c claims) text(name string) string {
	s, _ := c[name].(string)
	return s
}

// has tells whether a member is a string, or lists it.
func (c claims) has(name, value string) bool {
	switch v := c[name].(type) {
	case string:
		return v == value
	case []any:
		return slices.Contains(v, any(value))
	}
	return false
}

// time is a member that is a NumericDate (RFC 7519 2).
func (c claims) time(name string) (at time.Time, has bool, err error) {
	v, has := c[name]
	if !has {
		return at, false, nil
	}
	n, ok := v.(json.Number)
	if !ok {
		return at, true, &Refusal{"malformed claims"}
	}
	f, err := n.Float64()
	if err != nil || math.Abs(f) > 1e11 {
		return at, true, &Refusal{"malformed claims"}
	}
	return time.Unix(int64(math.Floor(f)), 0), true, nil
}

// at is what a claim says that is named by a JSON pointer (RFC 6901), or by its name alone.
func (c claims) at(pointer string) any {
	if !strings.HasPrefix(pointer, "/") {
		return c[pointer]
	}
	var v any = map[string]any(c)
	for _, step := range strings.Split(pointer[1:], "/") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
	}
	return v
}

// values are the strings that a claim says: itself, or those that it lists.
func (c claims) values(pointer string) (all []string) {
	switch v := c.at(pointer).(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			if s, ok := one.(string); ok {
				all = append(all, s)
			}
		}
	}
	return all
}

// says tells whether a claim is a value, lists it, or has it among its words, as "scope" has (RFC 8693 4.2).
func (c claims) says(pointer, value string) bool {
	all := c.values(pointer)
	return slices.Contains(all, value) || (len(all) == 1 && slices.Contains(strings.Fields(all[0]), value))
}
