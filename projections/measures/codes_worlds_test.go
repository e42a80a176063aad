package measures

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// coded are words from some places and what was found in them: many or few worksheets, two to a table, in which some codes are everywhere and others nowhere.
func coded(t *rapid.T, frame []domain.Code) *Codebook {
	c := &Codebook{}
	for p := range rapid.IntRange(2, 5).Draw(t, "places") {
		for n := range rapid.IntRange(1, 9).Draw(t, "sources") {
			source := Origin{Stream: domain.StreamID(fmt.Sprintf("table-%d/%d", p, n/2)), Output: domain.OutputID(fmt.Sprint(n))}
			for range rapid.IntRange(1, 2).Draw(t, "segments") {
				g := &Segment{Place: domain.Place(fmt.Sprintf("A%c", 'A'+p)), Source: source, adjudicated: rapid.IntRange(0, 9).Draw(t, "settled") > 0}
				for i, code := range frame {
					if often := []int{1, 4, 8}[i]; rapid.IntRange(0, 8).Draw(t, "code") <= often {
						g.settled = append(g.settled, code.ID)
					}
				}
				c.Segments = append(c.Segments, g)
			}
		}
	}
	return c
}

// published is everything that is told of a Codebook.
func (c *Codebook) published(t require.TestingT, frame []domain.Code, hidden map[domain.Place]bool) string {
	text := ""
	for _, place := range c.places() {
		if !hidden[place] {
			data, err := json.Marshal(c.sum(frame, place, hidden, &Head{Parameters: map[string]string{}}))
			require.NoError(t, err)
			text += string(data)
		}
	}
	return text
}

// instead is another world: what was said in two sources was said in each other's place.
func (c *Codebook) instead(a, b Origin, at map[Origin]domain.Place) *Codebook {
	other := &Codebook{}
	for _, g := range c.Segments {
		moved := *g
		switch g.Source {
		case a:
			moved.Source, moved.Place = b, at[b]
		case b:
			moved.Source, moved.Place = a, at[a]
		}
		other.Segments = append(other.Segments, &moved)
	}
	return other
}

// told are the hidden counts of sources by place and code for which there is no other world, and how many there are.
func (c *Codebook) told(t require.TestingT, frame []domain.Code, hidden map[domain.Place]bool) (found []string, secrets int) {
	at, with, public := c.sources(), map[string]map[Origin]bool{}, c.published(t, frame, hidden)
	sources := slices.SortedFunc(maps.Keys(at), func(a, b Origin) int {
		return slices.Compare([]string{string(a.Stream), string(a.Output)}, []string{string(b.Stream), string(b.Output)})
	})
	for _, code := range frame {
		with[code.ID] = map[Origin]bool{}
	}
	for _, g := range c.Segments {
		codes, _ := g.standing()
		for _, code := range codes {
			with[code][g.Source] = true
		}
	}
	for _, place := range c.places()[1:] {
		for _, code := range frame {
			has := with[code.ID]
			if !hidden[place] || len(has) == len(at) || !slices.ContainsFunc(sources, func(s Origin) bool { return hidden[at[s]] && has[s] }) {
				continue
			}
			secrets++
			if !slices.ContainsFunc(sources, func(a Origin) bool {
				return at[a] == place && slices.ContainsFunc(sources, func(b Origin) bool {
					return at[b] != place && has[a] != has[b] && c.instead(a, b, at).published(t, frame, hidden) == public
				})
			}) {
				found = append(found, string(place)+" "+code.ID)
			}
		}
	}
	return found, secrets
}

// Of every hidden place, and every code that was found in any: in another world another number of its sources has the code, and all that is published is the same to the byte. If only the least base
// were kept, some would be told.
func TestOtherWorldsOfCodes(t *testing.T) {
	t.Parallel()
	frame := []domain.Code{{ID: "seldom"}, {ID: "often"}, {ID: "mostly"}}
	secrets, unprotected := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		c := coded(t, frame)
		hidden := c.hidden(4)
		found, n := c.told(t, frame, hidden)
		require.Empty(t, found)
		secrets += n

		places := c.places()[1:]
		bases := make([]int, len(places))
		for _, place := range c.sources() {
			bases[slices.Index(places, place)]++
		}
		rows, all := cover(bases, 4)
		base := map[domain.Place]bool{World: all}
		for i, place := range places {
			base[place] = rows[i] || all
		}
		found, _ = c.told(t, frame, base)
		unprotected += len(found)
	})
	require.Greater(t, secrets, 50)
	require.Positive(t, unprotected, "the attack finds what is not protected")
}
