package commands

import (
	_ "embed"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// Members are described by what stands beside them in the source, which one file keeps for the running program: by package, type and field. TestMembers writes it and
// fails where it is stale. What says nothing there, because it means the same wherever it stands, is in the glossary: by name, or by type and name.
var (
	//go:embed members.json
	membersFile []byte
	//go:embed glossary.json
	glossaryFile []byte

	beside   = sync.OnceValue(func() map[string]string { return texted(membersFile) })
	glossary = sync.OnceValue(func() map[string]string { return texted(glossaryFile) })
)

func texted(file []byte) (all map[string]string) {
	if err := json.Unmarshal(file, &all); err != nil {
		panic("commands: a list of texts is not as it was written: " + err.Error())
	}
	return all
}

// described adds to the schema of a member what it is, for strangers, where that was said.
func described(m member, is *schema) *schema {
	return saying(aboutMember(m), is)
}

// saying is a schema with a description, unless it has one.
func saying(about string, is *schema) *schema {
	if about == "" || is.Description != "" {
		return is
	}
	s := *is
	s.Description = about
	return &s
}

// aboutType is what the source says of a type, whose name there means nothing to strangers.
func aboutType(t reflect.Type) string { return beside()[inSource(t)] }

func inSource(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[") // of a type with parameters
	return strings.TrimPrefix(t.PkgPath(), "daybook.internal/") + "." + name
}

func aboutMember(m member) string {
	in := inSource(m.of)
	if about := beside()[in+"."+m.field]; about != "" {
		return about
	}
	of := in[strings.LastIndex(in, ".")+1:]
	if about := glossary()[of+"."+m.name]; about != "" {
		return about
	}
	return glossary()[m.name]
}
