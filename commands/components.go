package commands

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Components are the schemas of bodies as an OpenAPI document holds them: side by side, each named type once, with references to one another under #/components/schemas/. What is read has other
// rules than what is written (a list may be left out, nothing may be null), so an object inside of a command has a name of its own, with Input at its end.
type Components struct {
	written, read builder
	named         []component
}

// component is a schema that was asked for by name.
type component struct {
	name, about string
	is          reflect.Type
	by          builder
}

// NewComponents begins an empty collection.
func NewComponents() *Components {
	all, simple := map[string]*schema{}, map[reflect.Type]string{}
	of := func(record bool, suffix string) builder {
		return builder{defs: all, names: map[reflect.Type]string{}, simple: simple, record: record, nulls: record, at: "#/components/schemas/", suffix: suffix}
	}
	return &Components{written: of(true, ""), read: of(false, "Input")}
}

// Document adds what encoding/json writes of a t.
func (c *Components) Document(name, about string, t reflect.Type) {
	c.named = append(c.named, component{name, about, pointee(t), c.written})
}

// Content adds what a command takes.
func (c *Components) Content(name string, of Command) {
	c.named = append(c.named, component{name, of.About, of.content, c.read})
}

// JSON gives all of them by name, with what they refer to. It is called once, when all are added.
func (c *Components) JSON() (map[string]json.RawMessage, error) {
	for _, one := range c.named { // names first: one may be in another
		if _, taken := one.by.defs[one.name]; taken || one.by.names[one.is] != "" {
			return nil, fmt.Errorf("two schemas have the name %s, or one type has two", one.name)
		}
		one.by.names[one.is], one.by.defs[one.name] = one.name, nil
	}
	for _, one := range c.named {
		s := one.by.build(one.is)
		s.Description = one.about
		one.by.defs[one.name] = s
	}
	all := make(map[string]json.RawMessage, len(c.written.defs))
	for name, s := range c.written.defs {
		text, err := json.Marshal(s)
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
		all[name] = text
	}
	return all, nil
}
