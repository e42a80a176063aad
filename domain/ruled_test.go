package domain

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// ruled collects, over all tables of decisions, which events were accepted and by which rules their commands were rejected. When the whole package has been
// tested, it is held against docs/rules.md: an event without a table, or a rule without a row, fails the run.
var ruled = &record{rules: map[string]map[string]bool{}}

type record struct {
	mu    sync.Mutex
	rules map[string]map[string]bool // by wire name
}

func (r *record) record(accepted, rules map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name := range accepted {
		if r.rules[name] == nil {
			r.rules[name] = map[string]bool{}
		}
		for rule := range rules {
			r.rules[name][rule] = true
		}
	}
}

// rulesRow is a row of docs/rules.md: number, wire name, stream, command, rules.
var rulesRow = regexp.MustCompile(`(?m)^\| *(\d+) *\| ` + "`([a-z.0-9-]+)`" + ` *\|[^|]*\| ` + "`?([a-z-]*)`?" + `[^|]*\|([^|]*)\|`)

// missing lists what docs/rules.md names and no table has shown.
func (r *record) missing(doc string) (list []string) {
	rows := rulesRow.FindAllStringSubmatch(doc, -1)
	named := map[string]bool{}
	for _, row := range rows {
		name := row[2]
		named[name] = true
		if r.rules[name] == nil {
			list = append(list, fmt.Sprintf("no table of decisions accepts a %s", name))
			continue
		}
		for _, quoted := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(row[4], -1) {
			if rule := quoted[1]; !r.rules[name][rule] {
				list = append(list, fmt.Sprintf("%s: no row is rejected by %s", name, rule))
			}
		}
	}
	for _, name := range sortedKeys(wire) {
		if !named[name] {
			list = append(list, fmt.Sprintf("docs/rules.md has no row for %s", name))
		}
	}
	return list
}

func TestMain(m *testing.M) {
	code := m.Run()
	part := false // of the tests was asked for
	flag.Visit(func(f *flag.Flag) {
		part = part || f.Name == "test.run" || f.Name == "test.skip" || f.Name == "test.list" || f.Name == "test.fuzz" || f.Name == "test.bench"
	})
	if code == 0 && !part {
		doc, err := os.ReadFile("../docs/rules.md")
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		if missing := ruled.missing(string(doc)); len(missing) > 0 {
			fmt.Println("docs/rules.md promises what no test shows:\n" + strings.Join(missing, "\n"))
			code = 1
		}
	}
	os.Exit(code)
}
