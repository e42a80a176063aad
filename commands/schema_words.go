package commands

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"daybook.internal/domain"
)

// schema has the keywords that are used here.
type schema struct {
	Dialect       string             `json:"$schema,omitempty"`
	Title         string             `json:"title,omitempty"`
	Description   string             `json:"description,omitempty"`
	Ref           string             `json:"$ref,omitempty"`
	Type          string             `json:"type,omitempty"`
	Const         string             `json:"const,omitempty"`
	Enum          []string           `json:"enum,omitempty"`
	AnyOf         []*schema          `json:"anyOf,omitempty"`
	OneOf         []*schema          `json:"oneOf,omitempty"`
	Format        string             `json:"format,omitempty"`
	Pattern       string             `json:"pattern,omitempty"`
	MinLength     int                `json:"minLength,omitempty"`
	MaxLength     int                `json:"maxLength,omitempty"`
	Minimum       *int64             `json:"minimum,omitempty"`
	Maximum       *int64             `json:"maximum,omitempty"`
	Items         *schema            `json:"items,omitempty"`
	Properties    properties         `json:"properties,omitempty"`
	Required      []string           `json:"required,omitempty"`
	PropertyNames *schema            `json:"propertyNames,omitempty"`
	Additional    any                `json:"additionalProperties,omitempty"` // a schema, or false
	Defs          map[string]*schema `json:"$defs,omitempty"`
}

// properties stay in the order of the members, as a person would write them.
type properties []property

type property struct {
	name string
	is   *schema
}

// MarshalJSON writes an object.
func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, m := range p {
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		is, err := json.Marshal(m.is)
		if err != nil {
			return nil, err
		}
		b.WriteByte("{,"[min(i, 1)])
		b.Write(name)
		b.WriteByte(':')
		b.Write(is)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// vocabulary is a type of strings whose words are a list: one of domain that decides nothing by it, or one of documents.
type vocabulary interface{ Words() []string }

// word is a string that is one of a closed vocabulary, an identifier, or any text.
func word(t reflect.Type) *schema {
	if v, ok := reflect.Zero(t).Interface().(vocabulary); ok {
		return &schema{Type: "string", Enum: v.Words()}
	}
	switch words := domain.Words(t); {
	case words != nil:
		return &schema{Type: "string", Enum: words}
	case t.PkgPath() == reflect.TypeFor[domain.EditionID]().PkgPath() && strings.HasSuffix(t.Name(), "ID"):
		return &schema{Type: "string", MaxLength: domain.MaxID, Pattern: idPattern}
	}
	return &schema{Type: "string"}
}

// Patterns are in the part of regular expressions that all validators share.
const (
	idPattern    = `^[^\x00-\x20/\x7f]+( +[^\x00-\x20/\x7f]+)*$` // as domain.CheckID, but for what is invisible beyond ASCII
	tokenPattern = `[A-Za-z0-9._~-]{1,200}`
)

// formed narrows the schema of a member by the tags format and pattern of its field: strings of documents that have no type of their own.
func formed(m member, is *schema) *schema {
	format, pattern := m.says.Get("format"), m.says.Get("pattern")
	if format == "" && pattern == "" {
		return is
	}
	s := *is
	s.Format, s.Pattern = format, pattern
	return &s
}

// texts are the strings with a form of their own.
var texts = map[reflect.Type]schema{
	reflect.TypeFor[domain.Time](): {
		Description: "a moment in UTC, to the millisecond", Type: "string", Format: "date-time", Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$`,
	},
	reflect.TypeFor[domain.Date](): {
		Description: "a day, or empty where it is not known", Type: "string",
		AnyOf: []*schema{{Format: "date", Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`}, {Pattern: `^$`}},
	},
	reflect.TypeFor[domain.Place]():     {Description: "ISO 3166-1 alpha-2; ZZ is an unknown place", Type: "string", Pattern: `^[A-Z]{2}$`},
	reflect.TypeFor[domain.Lang]():      {Description: "BCP 47; und is an unknown language", Type: "string", Pattern: `^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`},
	reflect.TypeFor[domain.Digest]():    {Description: "SHA-256", Type: "string", Pattern: `^[0-9a-f]{64}$`},
	reflect.TypeFor[domain.Salt]():      {Description: "32 random bytes", Type: "string", Pattern: `^[0-9a-f]{64}$`},
	reflect.TypeFor[domain.DeviceKey](): {Description: "the Ed25519 public key of a device", Type: "string", Pattern: `^[0-9a-f]{64}$`},
	reflect.TypeFor[domain.DeviceSignature](): {
		Description: "an Ed25519 signature by a device, see docs/ballots.md", Type: "string", Pattern: `^[0-9a-f]{128}$`,
	},
	reflect.TypeFor[domain.Commitment](): {Description: "the commitment to words in the vault", Type: "string", Pattern: `^[0-9a-f]{64}$`},
	reflect.TypeFor[domain.Ratio](): {
		Description: "a whole number, or a fraction in lowest terms like 2/3", Type: "string",
		Pattern: `^(0|-?[1-9][0-9]{0,15}(/([2-9]|[1-9][0-9]{1,15}))?)$`,
	},
	reflect.TypeFor[domain.EventID]():   {Type: "string", Format: "uuid", Pattern: `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`},
	reflect.TypeFor[domain.StreamID]():  {Description: "the name of a stream", Type: "string", Pattern: `^[A-Za-z0-9._~%/-]+$`},
	reflect.TypeFor[domain.Pseudonym](): {Type: "string", MaxLength: domain.MaxID, Pattern: idPattern},
}

// choices are the objects of which one of several members is sent, or some of them. Words of an answer stand beside it: nobody could open a commitment
// that was made elsewhere.
var choices = map[reflect.Type]struct{ one, some []string }{
	reflect.TypeFor[CastBallot]():        {one: []string{"answer", "text"}},
	reflect.TypeFor[domain.Answer]():     {one: []string{"option", "options", "point", "ranking", "allocation", "endorsement", "nonresponse"}},
	reflect.TypeFor[SubmitTranslation](): {some: []string{"question", "codes", "body", "content"}},
}

// requiring has a schema for each member that asks for it and for nothing else.
func requiring(members []string) (all []*schema) {
	for _, m := range members {
		all = append(all, &schema{Required: []string{m}})
	}
	return all
}

func actorSchema() *schema {
	return &schema{
		Description: "role:principal, or role:principal@partner; an account or a pseudonym, never a person's name", Type: "string",
		Pattern: "^(" + strings.Join(domain.Words(reflect.TypeFor[domain.Role]()), "|") + "):" + tokenPattern + "(@" + tokenPattern + ")?$",
	}
}
