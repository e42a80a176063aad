package sqlite

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

func TestEnds(t *testing.T) {
	t.Parallel()
	e := &ends{}
	_, known, turn := e.at("a")
	require.False(t, known)
	e.read("a", 3, turn)
	e.wrote(map[domain.StreamID]head{"b": {version: 2}})
	_, _, turn = e.at("a")
	e.read("a", 4, turn)
	e.read("b", 1, turn) // read before it was written
	for stream, want := range map[domain.StreamID]uint64{"a": 4, "b": 2} {
		version, known, _ := e.at(stream)
		require.True(t, known)
		require.Equal(t, want, version)
	}

	_, _, before := e.at("late")
	for i := range maxEnds + 1 {
		e.wrote(map[domain.StreamID]head{domain.StreamID(fmt.Sprint("s", i)): {version: 1}})
	}
	require.LessOrEqual(t, len(e.known), maxEnds)
	e.read("late", 1, before)
	_, known, _ = e.at("late")
	require.False(t, known, "somebody may have written it since, and that was forgotten")

	var none *ends
	none.wrote(map[domain.StreamID]head{"a": {}})
	none.read("a", 1, 0)
	_, known, _ = none.at("a")
	require.False(t, known)
}
