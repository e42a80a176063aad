package commands

import (
	"encoding/json"
	"fmt"
	"reflect"

	"daybook.internal/domain"
)

// EventSchema is the JSON Schema (2020-12) of an event of a type as it stands in the published log: a CloudEvents 1.0 event whose member data is at
// #/$defs/data. What the record has in a canonical form besides, such as the order of members, no schema can say.
func EventSchema(typ string) (json.RawMessage, error) {
	t, ok := domain.EventTypes()[typ]
	if !ok {
		return nil, &domain.UnknownEventError{Type: typ}
	}
	b := builder{defs: map[string]*schema{}, names: map[reflect.Type]string{}, record: true}
	s := &schema{
		Dialect: "https://json-schema.org/draft/2020-12/schema", Title: typ, Type: "object",
		Description: "An event of the log: a CloudEvents 1.0 event in JSON, whose extension attributes are the members beyond that specification.",
		Properties: properties{
			{"specversion", &schema{Const: "1.0"}},
			{"id", saying("the id of the event: a UUID that follows from the command, the stream and the place in it", b.of(reflect.TypeFor[domain.EventID]()))},
			{"type", &schema{Const: typ}},
			{"subject", saying("the stream of the event", &schema{Ref: "#/$defs/StreamID"})},
			{"revision", saying("the place of the event in its stream, from 0", b.of(reflect.TypeFor[uint64]()))},
		},
		Required: []string{"specversion", "id", "type", "subject", "revision"}, Additional: false,
	}
	b.of(reflect.TypeFor[domain.StreamID]())
	for _, m := range formOf(reflect.TypeFor[domain.Meta]()).members {
		var is *schema
		switch m.typ {
		case reflect.TypeFor[domain.Actor]():
			is = actorSchema()
		case reflect.TypeFor[domain.Observed]():
			is = &schema{
				Description: "the versions of other streams that the decision looked at", Type: "string",
				Pattern: `^[A-Za-z0-9._~%/-]+@[0-9]{1,16}( [A-Za-z0-9._~%/-]+@[0-9]{1,16})*$`,
			}
		default:
			is = b.of(m.typ)
		}
		s.Properties = append(s.Properties, property{m.name, described(m, is)})
		if !m.optional {
			s.Required = append(s.Required, m.name)
		}
	}
	s.Properties = append(s.Properties, property{"data", saying("what happened", &schema{Ref: "#/$defs/data"})})
	s.Required = append(s.Required, "data")
	b.names[t] = "data"
	b.defs["data"] = b.build(t)
	s.Defs = b.defs
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", typ, err)
	}
	return text, nil
}
