package commands

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

// Members are described by what stands beside them in the source, which one file keeps for the running program: by package, type and field. TestMembers writes it and
// fails where it is stale. What means the same wherever it stands has one description, in the glossary, and none in the source.
//
//go:embed members.json
var membersFile []byte

var members = sync.OnceValue(func() (all map[string]string) {
	if err := json.Unmarshal(membersFile, &all); err != nil {
		panic("commands: members.json: " + err.Error())
	}
	return all
})

// described adds to the schema of a member what it is, for strangers, where that was said.
func described(m member, is *schema) *schema {
	about := aboutMember(m)
	if about == "" || is.Description != "" {
		return is
	}
	s := *is
	s.Description = about
	return &s
}

func aboutMember(m member) string {
	name, _, _ := strings.Cut(m.of.Name(), "[") // of a type with parameters
	if about := members()[strings.TrimPrefix(m.of.PkgPath(), "daybook.internal/")+"."+name+"."+m.field]; about != "" {
		return about
	}
	return glossary[m.name]
}
