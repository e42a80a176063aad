package commands

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// A form is what JSON looks like that is read into a Go type: the same for the reading and for the schemas.
type form struct {
	kind    formKind
	members []member       // of an object with known members, in their order
	index   map[string]int // their places by name
}

type formKind int

const (
	anything formKind = iota // what reads itself
	text                     // what reads itself from a string
	known                    // an object with known members
	keyed                    // an object with any keys
	list                     // an array
	plain                    // a string, a number, true or false
)

type member struct {
	name     string
	typ      reflect.Type
	optional bool
	of       reflect.Type // the struct that has it
	field    string
	says     reflect.StructTag // of a string: its format or pattern, where its type tells none
}

var (
	forms           sync.Map // reflect.Type -> *form
	marshaler       = reflect.TypeFor[json.Marshaler]()
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// formOf works a form out once. The types of members have forms of their own, so that a type may hold itself.
func formOf(t reflect.Type) *form {
	if f, ok := forms.Load(t); ok {
		return f.(*form)
	}
	f, _ := forms.LoadOrStore(t, buildForm(t))
	return f.(*form)
}

func buildForm(t reflect.Type) *form {
	switch at := reflect.PointerTo(t); {
	case at.Implements(unmarshaler), t.Kind() == reflect.Interface:
		return &form{kind: anything}
	case at.Implements(textUnmarshaler):
		return &form{kind: text}
	}
	switch t.Kind() {
	case reflect.Struct:
		f := &form{kind: known, index: map[string]int{}}
		f.add(t, false)
		return f
	case reflect.Map:
		return &form{kind: keyed}
	case reflect.Slice, reflect.Array:
		return &form{kind: list}
	}
	return &form{kind: plain}
}

// add takes the members of a struct over, as encoding/json does: those of an embedded struct are its own, unless it has one of that name. Where a pointer leads to it, they may all be missing.
func (f *form) add(t reflect.Type, optional bool) {
	var embedded []reflect.Type
	for i := range t.NumField() {
		field := t.Field(i)
		tag := field.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		if field.Anonymous && name == "" {
			if e := pointee(field.Type); e.Kind() == reflect.Struct {
				embedded = append(embedded, field.Type)
				continue
			}
		}
		if !field.IsExported() || tag == "-" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		if _, has := f.index[name]; has {
			continue
		}
		f.index[name] = len(f.members)
		f.members = append(f.members, member{name, field.Type, optional || strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero"), t, field.Name, field.Tag})
	}
	for _, e := range embedded {
		f.add(pointee(e), optional || e.Kind() == reflect.Pointer)
	}
}

// pointee is what a pointer leads to, and any other type itself.
func pointee(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}
