package reactors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
)

// DecodeStrict reads one JSON object into v, a pointer to a struct, and refuses what could be read in two ways: members that are not known, that stand twice, or whose name is in other
// letters, and anything behind the object.
func DecodeStrict(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is something behind its end")
	}
	names := map[string]bool{}
	namesOf(reflect.TypeOf(v).Elem(), names)
	d = json.NewDecoder(bytes.NewReader(text))
	return checkNames(d, names)
}

// namesOf collects the names of all members of a type.
func namesOf(t reflect.Type, names map[string]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		namesOf(t.Elem(), names)
	case reflect.Struct:
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if names[name] = true; name != "" || t.Field(i).Anonymous {
				namesOf(t.Field(i).Type, names)
			}
		}
	}
}

// checkNames walks through one value.
func checkNames(d *json.Decoder, names map[string]bool) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := key.(string)
			if seen[name] || !names[name] || name == "" {
				return fmt.Errorf("member %q stands twice, or in other letters than it is known by", name)
			}
			seen[name] = true
		}
		if err := checkNames(d, names); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// duration is a time.Duration as text, such as "10s".
type duration time.Duration

// UnmarshalText is that of encoding.TextUnmarshaler.
func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration; one is as in \"10s\" or \"1h30m\"", text)
	}
	*d = duration(parsed)
	return nil
}
