package verify

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// The list of a bundle's documents is refused by name, or every view in it stands once.
func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"views":[{"view":"country","version":2,"at":2396,"count":3},{"view":"global","version":2,"at":2396,"count":1}]}`))
	f.Add([]byte(`{"views":[{"view":"country","version":2,"at":1,"count":3},{"view":"country","version":2,"at":1,"count":3}]}`))
	f.Add([]byte(`{"views":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		views, err := parseIndex(data)
		if err != nil {
			require.ErrorIs(t, err, errForm)
			return
		}
		seen := map[string]bool{}
		for _, v := range views {
			require.False(t, seen[v.View], v.View)
			seen[v.View] = true
		}
	})
}

// A document is refused by name, or it is what stands in its line, byte for byte.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"key":"KE","at":17,"document":{"country":"KE","editions":[]}}`))
	f.Add([]byte(`{"key":"KE","at":17,"document": {"a" : 1}}`))
	f.Add([]byte(`{"key":"KE","at":-1,"document":{}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		d, err := parseDocument(line)
		if err != nil {
			require.ErrorIs(t, err, errForm)
			return
		}
		require.True(t, json.Valid(d.Data))
		require.True(t, bytes.Contains(line, d.Data))
	})
}

// Openings are refused with their line, or they say the same when they are written again.
func FuzzAnnex(f *testing.F) {
	const salt = `"00000000000000000000000000000000000000000000000000000000000000ff"`
	f.Add([]byte(`{"event":"174522d4-b235-8ba8-8ac5-40f4af1451a8","field":"text","salt":` + salt + `,"words":"Une voix."}` + "\n"))
	f.Add([]byte(`{"event":"174522d4-b235-8ba8-8ac5-40f4af1451a8","field":"text","salt":` + salt + `,"words":""}` + "\n\n"))
	f.Add([]byte(`{"event":null,"field":"text","salt":` + salt + `,"words":"x"}`))
	f.Add([]byte(`{"event":"174522d4-b235-8ba8-8ac5-40f4af1451a8","field":"text","salt":` + salt + `,"words":"x"} and more`))
	f.Fuzz(func(t *testing.T, annex []byte) {
		if _, err := parseOpening(annex); err == nil {
			require.True(t, json.Valid(annex))
		}
		for o, err := range parseAnnex(bytes.NewReader(annex)) {
			if err != nil {
				return
			}
			line, err := json.Marshal(map[string]any{"event": o.event, "field": o.field, "salt": domain.Commitment(o.salt), "words": string(o.words)})
			require.NoError(t, err)
			again, err := parseOpening(line)
			require.NoError(t, err)
			require.Equal(t, o, again)
		}
	})
}
