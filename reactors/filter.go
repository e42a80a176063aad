package reactors

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// A Filter picks records: those whose type fits one of the patterns, and whose edition is one of those named; where none is named, all.
type Filter struct {
	types    map[string]bool // whether a type passes, of those that are known
	patterns []string        // for types that come later
	editions []domain.EditionID
}

// NewFilter reads patterns of types, as in "recommendation-*", and names of editions. A pattern that fits no type is an error: it is mistyped.
func NewFilter(patterns []string, editions []domain.EditionID) (*Filter, error) {
	f := &Filter{types: map[string]bool{}, patterns: patterns, editions: editions}
	known := slices.Sorted(maps.Keys(domain.EventTypes()))
	for _, p := range patterns {
		fits := 0
		for _, typ := range known {
			ok, err := path.Match(p, typ)
			if err != nil {
				return nil, fmt.Errorf("types: %q is no pattern", p)
			}
			if f.types[typ] = f.types[typ] || ok; ok {
				fits++
			}
		}
		if fits == 0 {
			return nil, fmt.Errorf("types: no event has a type like %q; they are as in %q, and 'recommendation-*' is many", p, known[0])
		}
	}
	for _, e := range editions {
		if err := domain.CheckID("edition", e); err != nil {
			return nil, fmt.Errorf("editions: %w", err)
		}
	}
	return f, nil
}

// Picks tells whether a record passes. One whose edition this program cannot read passes: its receiver may know more.
func (f *Filter) Picks(e ledger.Entry) bool {
	passes, known := f.types[e.Type]
	if !known {
		passes = slices.ContainsFunc(f.patterns, func(p string) bool {
			ok, _ := path.Match(p, e.Type)
			return ok
		})
	}
	if len(f.patterns) > 0 && !passes {
		return false
	}
	if len(f.editions) == 0 {
		return true
	}
	meta, err := domain.DecodeMeta(e.Meta)
	return err != nil || slices.Contains(f.editions, meta.Source)
}

// String is for people.
func (f *Filter) String() string {
	said := strings.Join(f.patterns, " ")
	for _, e := range f.editions {
		said += " of " + string(e)
	}
	return strings.TrimSpace(said)
}
