package commands

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// DocumentSchema is the JSON Schema (2020-12) of a view's documents, which are values of t written by encoding/json. Members that are never left out are required;
// what may be null is what a pointer leads to.
func DocumentSchema(title, about string, t reflect.Type) (json.RawMessage, error) {
	b := builder{defs: map[string]*schema{}, names: map[reflect.Type]string{}, record: true, nulls: true}
	t = pointee(t)
	b.names[t] = "document"
	b.defs["document"] = nil
	b.defs["document"] = b.build(t)
	s := &schema{Dialect: "https://json-schema.org/draft/2020-12/schema", Title: title, Description: about, Ref: "#/$defs/document", Defs: b.defs}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("schema of view %s: %w", title, err)
	}
	return text, nil
}
