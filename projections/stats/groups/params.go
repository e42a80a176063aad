package groups

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ReadParams takes parameters as a protocol freezes them, by their names in Params; what is absent is as in Defaults. MaxGroups may also be written groups="2-5". An unknown
// name, or a number out of bounds, is an ErrSize that says which names there are.
func ReadParams(named map[string]string) (Params, error) {
	p := Defaults()
	whole := map[string]*int{
		"minVotes": &p.MinVotes, "fill": &p.Fill, "iterations": &p.Iterations, "maxGroups": &p.MaxGroups, "perGroup": &p.PerGroup, "restarts": &p.Restarts,
		"steps": &p.Steps, "sample": &p.Sample, "bootstraps": &p.Bootstraps, "bootstrapStarts": &p.BootstrapStarts,
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		text := named[name]
		var err error
		switch to, is := whole[name]; {
		case is:
			*to, err = strconv.Atoi(text)
		case name == "groups":
			most, from2 := strings.CutPrefix(text, "2-")
			if p.MaxGroups, err = strconv.Atoi(most); !from2 {
				err = fmt.Errorf("groups begin with 2")
			}
		case name == "silhouetteMargin":
			p.SilhouetteMargin, err = strconv.ParseFloat(text, 64)
		case name == "seed":
			p.Seed, err = strconv.ParseUint(text, 10, 64)
		default:
			err = fmt.Errorf("there are %s, groups, silhouetteMargin and seed", strings.Join(slices.Sorted(maps.Keys(whole)), ", "))
		}
		if err != nil {
			return Params{}, fmt.Errorf("%w: parameter %s=%q: %v", ErrSize, name, text, err)
		}
	}
	return p, p.check()
}
