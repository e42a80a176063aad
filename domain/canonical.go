package domain

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// The canonical form of Meta and Data is RFC 8785 (JCS) over a small part of JSON: objects with ASCII keys in ascending order, strings,
// booleans, arrays, and integers of at most 53 bits; no floats, no null, no white space. A member whose tag says omitempty is left out
// when it is zero; every other member must be there. So a value has one form: the reader takes exactly the bytes that the writer makes,
// and encoding what was decoded gives the same bytes again.
//
// The form of a Go type follows from its fields and their json tags. It is worked out once, by codecOf.
type codec struct {
	append func(b []byte, v reflect.Value) ([]byte, error)
	read   func(r *reader, v reflect.Value) error
	empty  func(v reflect.Value) bool
}

// textual is a value whose canonical form is a string that it writes and reads itself. Its text needs no escapes. Where not every value of the
// type has a text that parseText would read, it has a Check, and what does not pass is not written.
type textual interface {
	appendText(b []byte) []byte
	parseText(in *interner, text []byte) error
}

const maxInteger = 1<<53 - 1 // RFC 7493 2.2

var (
	codecs      sync.Map // reflect.Type -> *codec
	textualType = reflect.TypeFor[textual]()
	checkedType = reflect.TypeFor[interface{ Check() error }]()
)

func codecOf(t reflect.Type) *codec {
	if c, ok := codecs.Load(t); ok {
		return c.(*codec)
	}
	c, _ := codecs.LoadOrStore(t, buildCodec(t))
	return c.(*codec)
}

func buildCodec(t reflect.Type) *codec {
	if reflect.PointerTo(t).Implements(textualType) {
		return textualCodec(t)
	}
	switch t.Kind() {
	case reflect.String:
		return &codec{
			func(b []byte, v reflect.Value) ([]byte, error) { return appendString(b, v.String()) },
			func(r *reader, v reflect.Value) error {
				s, err := r.string()
				v.SetString(s)
				return err
			},
			reflect.Value.IsZero,
		}
	case reflect.Bool:
		return &codec{
			func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(b, v.Bool()), nil },
			func(r *reader, v reflect.Value) error {
				is, err := r.bool()
				v.SetBool(is)
				return err
			},
			reflect.Value.IsZero,
		}
	case reflect.Int, reflect.Int64:
		return &codec{appendInt, readInt, reflect.Value.IsZero}
	case reflect.Uint64:
		return &codec{appendUint, readUint, reflect.Value.IsZero}
	case reflect.Slice:
		return sliceCodec(t, codecOf(t.Elem()))
	case reflect.Map:
		return mapCodec(t, codecOf(t.Elem()))
	case reflect.Pointer:
		return pointerCodec(t, codecOf(t.Elem()))
	case reflect.Struct:
		c := structCodec(t)
		if reflect.PointerTo(t).Implements(quickType) {
			c.read = func(r *reader, v reflect.Value) error { return v.Addr().Interface().(quick).read(r) }
		}
		return c
	}
	panic(fmt.Sprintf("domain: %v has no canonical form", t))
}

func textualCodec(t reflect.Type) *codec {
	checked := reflect.PointerTo(t).Implements(checkedType)
	c := &codec{
		func(b []byte, v reflect.Value) ([]byte, error) {
			if !v.CanAddr() {
				c := reflect.New(t).Elem()
				c.Set(v)
				v = c
			}
			at := v.Addr().Interface()
			if checked {
				if err := at.(interface{ Check() error }).Check(); err != nil {
					return nil, err
				}
			}
			b = append(b, '"')
			b = at.(textual).appendText(b)
			return append(b, '"'), nil
		},
		func(r *reader, v reflect.Value) error {
			return readText(r, v.Addr().Interface().(textual))
		},
		reflect.Value.IsZero,
	}
	if t.Kind() == reflect.Slice {
		c.empty = func(v reflect.Value) bool { return v.Len() == 0 }
	}
	return c
}

func appendInt(b []byte, v reflect.Value) ([]byte, error) {
	if n := v.Int(); n > maxInteger || n < -maxInteger {
		return nil, reject(ErrInvalidField, "%d has more than 53 bits", n)
	}
	return strconv.AppendInt(b, v.Int(), 10), nil
}

func readInt(r *reader, v reflect.Value) error {
	n, err := r.int()
	v.SetInt(n)
	return err
}

func appendUint(b []byte, v reflect.Value) ([]byte, error) {
	if n := v.Uint(); n > maxInteger {
		return nil, reject(ErrInvalidField, "%d has more than 53 bits", n)
	}
	return strconv.AppendUint(b, v.Uint(), 10), nil
}

func readUint(r *reader, v reflect.Value) error {
	n, err := r.int()
	if err == nil && n < 0 {
		return r.fail("%d is negative", n)
	}
	v.SetUint(uint64(n))
	return err
}

func sliceCodec(t reflect.Type, elem *codec) *codec {
	none := reflect.MakeSlice(t, 0, 0)
	return &codec{
		func(b []byte, v reflect.Value) (_ []byte, err error) {
			b = append(b, '[')
			for i := range v.Len() {
				if i > 0 {
					b = append(b, ',')
				}
				if b, err = elem.append(b, v.Index(i)); err != nil {
					return nil, err
				}
			}
			return append(b, ']'), nil
		},
		func(r *reader, v reflect.Value) error {
			v.Set(none) // what is there is not nil, so that documents made from it say [] and not null
			return r.list('[', ']', func(int) error {
				v.Grow(1)
				v.SetLen(v.Len() + 1)
				return elem.read(r, v.Index(v.Len()-1))
			})
		},
		func(v reflect.Value) bool { return v.Len() == 0 },
	}
}

func mapCodec(t reflect.Type, elem *codec) *codec {
	return &codec{
		func(b []byte, v reflect.Value) (_ []byte, err error) {
			keys := v.MapKeys()
			slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
			b = append(b, '{')
			for i, k := range keys {
				if i > 0 {
					b = append(b, ',')
				}
				if !isASCII(k.String()) {
					return nil, reject(ErrInvalidText, "key %q is not ASCII", k.String())
				}
				if b, err = appendString(b, k.String()); err != nil {
					return nil, err
				}
				if b, err = elem.append(append(b, ':'), v.MapIndex(k)); err != nil {
					return nil, err
				}
			}
			return append(b, '}'), nil
		},
		func(r *reader, v reflect.Value) error {
			v.Set(reflect.MakeMap(t))
			last := ""
			return r.list('{', '}', func(i int) error {
				key, err := r.string()
				switch {
				case err != nil:
					return err
				case !isASCII(key):
					return r.fail("key %q is not ASCII", key)
				case i > 0 && key <= last:
					return r.fail("key %q does not come after %q", key, last)
				}
				last = key
				if err := r.want(':'); err != nil {
					return err
				}
				e := reflect.New(t.Elem()).Elem()
				if err := elem.read(r, e); err != nil {
					return err
				}
				v.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), e)
				return nil
			})
		},
		func(v reflect.Value) bool { return v.Len() == 0 },
	}
}

func pointerCodec(t reflect.Type, elem *codec) *codec {
	return &codec{
		func(b []byte, v reflect.Value) ([]byte, error) {
			if v.IsNil() {
				return nil, fmt.Errorf("a member that may not be left out is nil")
			}
			return elem.append(b, v.Elem())
		},
		func(r *reader, v reflect.Value) error {
			v.Set(reflect.New(t.Elem()))
			return elem.read(r, v.Elem())
		},
		reflect.Value.IsNil,
	}
}

type member struct {
	index    int
	name     string
	prefix   string // `"name":`
	optional bool
	codec    *codec
}

func structCodec(t reflect.Type) *codec {
	members := make([]member, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || !isASCII(name) {
			panic(fmt.Sprintf("domain: %v.%s has no json name", t, f.Name))
		}
		members = append(members, member{i, name, `"` + name + `":`, options == "omitempty", codecOf(f.Type)})
	}
	slices.SortFunc(members, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	return &codec{
		func(b []byte, v reflect.Value) (_ []byte, err error) {
			b = append(b, '{')
			first := true
			for i := range members {
				m := &members[i]
				f := v.Field(m.index)
				if m.optional && m.codec.empty(f) {
					continue
				}
				if !first {
					b = append(b, ',')
				}
				first = false
				if b, err = m.codec.append(append(b, m.prefix...), f); err != nil {
					return nil, fmt.Errorf("%s: %w", m.name, err)
				}
			}
			return append(b, '}'), nil
		},
		func(r *reader, v reflect.Value) error { return readStruct(r, v, members) },
		func(v reflect.Value) bool {
			for i := range members {
				if m := &members[i]; !m.codec.empty(v.Field(m.index)) {
					return false
				}
			}
			return true
		},
	}
}

// readStruct walks the members and the text side by side: both are in ascending order.
func readStruct(r *reader, v reflect.Value, members []member) error {
	next := 0
	err := r.list('{', '}', func(int) error {
		for ; next < len(members); next++ {
			m := &members[next]
			if rest := r.text[r.at:]; len(rest) >= len(m.prefix) && string(rest[:len(m.prefix)]) == m.prefix {
				r.at += len(m.prefix)
				next++
				f := v.Field(m.index)
				if err := m.codec.read(r, f); err != nil {
					return err
				}
				if m.optional && m.codec.empty(f) {
					return r.fail("member %q is empty and must be left out", m.name)
				}
				return nil
			}
			if !m.optional {
				return r.fail("member %q is missing here", m.name)
			}
		}
		return r.fail("a member that is not known, or not in ascending order")
	})
	if err != nil {
		return err
	}
	for ; next < len(members); next++ {
		if !members[next].optional {
			return r.fail("member %q is missing", members[next].name)
		}
	}
	return nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
