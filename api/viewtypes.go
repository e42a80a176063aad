package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"daybook.internal/projections"
	"daybook.internal/projections/measures"
)

// aView is a view of projections, whose documents are stored, or of measures, whose documents are computed when they are asked for.
type aView struct {
	name, about string
	version     int
	doc         reflect.Type
	stored      *projections.View // one of the two
	measured    *measures.View
	members     []string // of a document, at its top, in their order
}

// placed tells whether a document says of which country it is.
func (v *aView) placed() bool { return slices.Contains(v.members, "place") }

// security is what an operation that reads it asks for: a token of those who may, where it is not made for everybody.
func (v *aView) security() []map[string][]string {
	if v.stored != nil && v.stored.Public || v.measured != nil && v.measured.Public {
		return nil
	}
	return withToken
}

// path is where the documents are.
func (v *aView) path() string { return "/v1/views/" + v.name }

// allViews are all of them in a fixed order, those that are stored first.
var allViews = sync.OnceValue(func() (all []*aView) {
	for _, v := range projections.All() {
		all = append(all, &aView{name: v.Name, about: v.About, version: v.Version, doc: v.Doc(), stored: &v, members: membersOf(v.Doc())})
	}
	for _, v := range measures.All() {
		all = append(all, &aView{name: v.Name, about: v.About, version: v.Version, doc: v.Doc(), measured: &v, members: membersOf(v.Doc())})
	}
	return all
})

// membersOf are the names that encoding/json gives to the fields of a struct, and to those of the structs that are embedded in it.
func membersOf(t reflect.Type) (all []string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for f := range fieldsOf(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			all = append(all, membersOf(f.Type)...)
		case f.IsExported() && name != "" && name != "-":
			all = append(all, name)
		}
	}
	return all
}

func fieldsOf(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

// fieldsAsked reads ?fields=: names of members at the top of a document, with commas.
func (v *aView) fieldsAsked(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	fields := strings.Split(text, ",")
	for _, f := range fields {
		if !slices.Contains(v.members, f) {
			return nil, &problemError{http.StatusBadRequest, "bad-request", fmt.Sprintf("fields: a document of %s has %s", v.name, strings.Join(v.members, ", "))}
		}
	}
	return fields, nil
}

// pick leaves the named members of a document, byte for byte and in their order; none named are all.
func pick(document []byte, fields []string) ([]byte, error) {
	if fields == nil {
		return document, nil
	}
	in := json.NewDecoder(bytes.NewReader(document))
	if _, err := in.Token(); err != nil {
		return nil, err
	}
	out := []byte{'{'}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return nil, err
		}
		if text, _ := name.(string); slices.Contains(fields, text) {
			if len(out) > 1 {
				out = append(out, ',')
			}
			quoted, err := json.Marshal(text)
			if err != nil {
				return nil, err
			}
			out = append(append(append(out, quoted...), ':'), value...)
		}
	}
	return append(out, '}'), nil
}

// isOf tells whether a document is of a country; the empty one is that of all.
func isOf(document []byte, country string) bool {
	if country == "" {
		return true
	}
	var d struct{ Place string }
	return json.Unmarshal(document, &d) == nil && d.Place == country
}
