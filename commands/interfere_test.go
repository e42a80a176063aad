package commands_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
)

// seenValues are the values that stood in the contents of an edition, by the name of their member.
type seenValues map[string][]any

// learn takes up the values of a content.
func (s seenValues) learn(content []byte) {
	leaves(tree(content), "", func(member string, leaf any) {
		if !slices.Contains(s[member], leaf) && len(s[member]) < 50 {
			s[member] = append(s[member], leaf)
		}
	})
}

// mutate changes a content in one to three places: another value that stood under the same name, one that stood under another name, the number
// beside, an element fewer or twice, a member left out.
func (s seenValues) mutate(content []byte, r *rand.Rand) []byte {
	root := tree(content)
	for range 1 + r.IntN(3) {
		n := 0
		leaves(root, "", func(string, any) { n++ })
		at := r.IntN(max(n, 1))
		root = s.change(root, "", &at, r)
	}
	out, err := json.Marshal(root)
	if err != nil {
		panic(err)
	}
	return out
}

// change changes the leaf that is at places ahead, or what it stands in.
func (s seenValues) change(v any, member string, at *int, r *rand.Rand) any {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			before := *at
			v[name] = s.change(v[name], name, at, r)
			if before >= 0 && *at < 0 {
				if r.IntN(8) == 0 {
					delete(v, name)
				}
				return v
			}
		}
		return v
	case []any:
		for i := range v {
			before := *at
			v[i] = s.change(v[i], member, at, r)
			if before >= 0 && *at < 0 {
				switch r.IntN(6) {
				case 0:
					v = slices.Delete(v, i, i+1)
				case 1:
					v = append(v, v[i])
				}
				return v
			}
		}
		return v
	}
	if *at--; *at != -1 {
		return v
	}
	if number, ok := v.(json.Number); ok && r.IntN(2) == 0 {
		if n, err := strconv.Atoi(number.String()); err == nil {
			return n + []int{-1, 1, 10}[r.IntN(3)]
		}
	}
	if r.IntN(6) == 0 {
		names := slices.Sorted(maps.Keys(s))
		member = names[r.IntN(len(names))]
	}
	if seen := s[member]; len(seen) > 0 {
		return seen[r.IntN(len(seen))]
	}
	return v
}

// leaves goes through the values of a content in a fixed order.
func leaves(v any, member string, each func(member string, leaf any)) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			leaves(v[name], name, each)
		}
	case []any:
		for _, inner := range v {
			leaves(inner, member, each)
		}
	default:
		each(member, v)
	}
}

// tree reads a content; numbers stay as they are written.
func tree(content []byte) (v any) {
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	return v
}
