package commands

import (
	"cmp"
	"encoding/json"
	"path"
	"reflect"
	"strings"

	"daybook.internal/domain"
)

// Schema is the JSON Schema (2020-12) of a line with this command. What is sent by itself over HTTP is its member content, which stands at
// #/$defs/content. A line that the schema admits may still be rejected by a rule; one that it does not admit should not be written.
func (c Command) Schema() json.RawMessage {
	b := builder{defs: map[string]*schema{}, names: map[reflect.Type]string{}}
	s := &schema{
		Dialect: "https://json-schema.org/draft/2020-12/schema", Title: c.Name, Description: c.About, Type: "object",
		Properties: properties{
			{"command", &schema{Description: "an id of your choice, another one for each command; with the same one it is done once", Type: "string", MinLength: 1, MaxLength: domain.MaxCommandID}},
			{"name", &schema{Const: c.Name}},
			{"actor", actorSchema()},
			{"occurredAt", b.of(reflect.TypeFor[domain.Time]())},
			{"content", &schema{Ref: "#/$defs/content"}},
		},
		Required: []string{"command", "name", "actor", "content"}, Additional: false,
	}
	b.names[c.content] = "content"
	b.defs["content"] = b.build(c.content)
	s.Defs = b.defs
	text, err := json.Marshal(s)
	if err != nil {
		panic("commands: a schema is JSON: " + err.Error())
	}
	return text
}

// builder makes the schemas of types. Every type with a name has its own place, so that a type may hold itself.
type builder struct {
	defs   map[string]*schema
	names  map[reflect.Type]string
	record bool // what stands in the record, where nothing is taken for granted
	nulls  bool // what is written by encoding/json, which has null for a pointer to nothing

	at     string                  // where definitions stand; empty: #/$defs/
	suffix string                  // at the end of the names of objects
	simple map[reflect.Type]string // names of what is no object, which builders share; nil: they stand in names
}

// of is the schema of what is read into t, as it stands in a member.
func (b builder) of(t reflect.Type) *schema {
	t = pointee(t)
	if t.Name() == "" || t.PkgPath() == "" {
		return b.build(t)
	}
	names := b.names
	if b.simple != nil && isSimple(t) {
		names = b.simple
	}
	name, known := names[t]
	if !known {
		name = b.nameOf(t)
		names[t], b.defs[name] = name, nil
		b.defs[name] = b.build(t)
	}
	return &schema{Ref: cmp.Or(b.at, "#/$defs/") + name}
}

var (
	placeType = reflect.TypeFor[domain.Place]()
	wordsType = reflect.TypeFor[domain.LText]()

	scoringType = reflect.TypeFor[domain.RankScoring]()
)

// isSimple tells what looks the same wherever it stands.
func isSimple(t reflect.Type) bool {
	if t == placeType { // documents have one for the world
		return false
	}
	if _, ok := texts[t]; ok {
		return true
	}
	kind := formOf(t).kind
	return kind == anything || kind == text || kind == plain
}

// nameOf is the name of a type, with that of its package where another type has it already.
func (b builder) nameOf(t reflect.Type) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune("[]/,*% ", r) { // of a type with parameters
			return '_'
		}
		return r
	}, t.Name())
	if !isSimple(t) {
		name += b.suffix
	}
	if _, taken := b.defs[name]; taken || name == "content" {
		name = path.Base(t.PkgPath()) + "." + name
	}
	return name
}

func (b builder) build(t reflect.Type) *schema {
	if b.nulls && t == placeType {
		return &schema{Description: "ISO 3166-1 alpha-2; ZZ is an unknown place; world is all of them together", Type: "string", Pattern: `^([A-Z]{2}|world)$`}
	}
	if s, ok := texts[t]; ok {
		return &s
	}
	switch formOf(t).kind {
	case anything:
		if t.Kind() == reflect.Array && t.Len() == 32 { // a hash of the log
			return &schema{Type: "string", Pattern: `^[A-Za-z0-9+/]{43}=$`}
		}
		return &schema{}
	case text:
		return &schema{Type: "string"}
	case known:
		return b.object(t)
	case keyed:
		return &schema{Type: "object", PropertyNames: b.key(t.Key()), Additional: b.of(t.Elem())}
	case list:
		if t.Elem().Kind() == reflect.Uint8 {
			return &schema{Type: "string"} // encoding/json has bytes as base64
		}
		return &schema{Type: "array", Items: b.of(t.Elem())}
	}
	switch t.Kind() {
	case reflect.Bool:
		return &schema{Type: "boolean"}
	case reflect.String:
		return word(t)
	case reflect.Float32, reflect.Float64:
		if t.Implements(marshaler) { // a figure that may not exist
			return &schema{AnyOf: []*schema{{Type: "number"}, {Type: "null"}}}
		}
		return &schema{Type: "number"}
	}
	least := int64(-maxInteger)
	if strings.HasPrefix(t.Kind().String(), "uint") {
		least = 0
	}
	most := int64(maxInteger)
	return &schema{Type: "integer", Minimum: &least, Maximum: &most}
}

const maxInteger = 1<<53 - 1 // the record holds no other

// object has the members of a struct: those that are known and no others, and all that may not be left out. A list that is not there is taken for an
// empty one, but not in the record.
func (b builder) object(t reflect.Type) *schema {
	s := &schema{Description: aboutType(t), Type: "object", Additional: false}
	for _, m := range formOf(t).members {
		is := b.of(m.typ)
		if b.nulls || !b.record {
			is = ranged(m, is)
			is = formed(m, is)
		}
		if b.nulls && !m.optional && m.typ.Kind() == reflect.Pointer {
			is = &schema{AnyOf: []*schema{is, {Type: "null"}}}
		}
		if b.nulls {
			is = zeroToo(t, m, is)
		}
		is = described(m, is)
		s.Properties = append(s.Properties, property{m.name, is})
		if !m.optional && (b.record || formOf(pointee(m.typ)).kind != list) {
			s.Required = append(s.Required, m.name)
		}
	}
	if c, ok := choices[t]; ok {
		s.OneOf, s.AnyOf = requiring(c.one), requiring(c.some)
		if b.record && t == reflect.TypeFor[domain.Answer]() {
			s.OneOf = append(s.OneOf, requiring([]string{"text"})...) // the commitment to the words of an open answer
		}
	}
	return s
}

// zeroToo admits what stands in documents for what there is not: a label without words, and the scoring of a ranking that is suppressed.
func zeroToo(of reflect.Type, m member, is *schema) *schema {
	switch {
	case m.typ == scoringType, of == wordsType && m.name == "source":
		return &schema{AnyOf: []*schema{is, {Type: "string", Pattern: "^$"}}}
	case of == wordsType && m.name == "text":
		return &schema{AnyOf: []*schema{is, {Type: "null"}}}
	}
	return is
}

// key is the schema of the keys of a map. The record holds ASCII keys only.
func (b builder) key(t reflect.Type) *schema {
	if s := b.build(t); s.Pattern != "" || s.Enum != nil {
		return b.of(t)
	}
	return &schema{Pattern: `^[\x00-\x7f]*$`}
}
