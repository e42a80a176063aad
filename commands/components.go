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
	c.written.component(name, about, pointee(t))
}

// Content adds what a command takes.
func (c *Components) Content(name string, of Command) { c.read.component(name, of.About, of.content) }

func (b builder) component(name, about string, t reflect.Type) {
	if _, taken := b.defs[name]; taken || b.names[t] != "" {
		panic(fmt.Sprintf("commands: two schemas have the name %s, or one type has two", name)) // types are known when the program is built; a test adds all of them
	}
	b.names[t], b.defs[name] = name, nil
	s := b.build(t)
	s.Description = about
	b.defs[name] = s
}

// JSON gives all of them by name.
func (c *Components) JSON() (map[string]json.RawMessage, error) {
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
