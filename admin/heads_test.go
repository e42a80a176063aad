package admin

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Since when a record waits is what a list of all sightings says; with more than are kept, it is never earlier, and later by no more than the sightings that were dropped.
func TestSince(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var h heads
		type seen struct {
			size uint64
			at   time.Time
		}
		var all []seen
		now, size := time.Unix(0, 0), uint64(0)
		for range rapid.IntRange(0, 3*maxSeen).Draw(t, "sightings") {
			now = now.Add(time.Second)
			size += uint64(len(all)) % 3 // not always new
			h.saw(size, now)
			if len(all) == 0 || all[len(all)-1].size < size {
				all = append(all, seen{size, now})
			}
		}
		place := rapid.Uint64Range(0, size+1).Draw(t, "place")
		i := 0
		for i < len(all) && all[i].size <= place {
			i++
		}
		got, ok := h.since(place)
		require.Equal(t, i < len(all), ok)
		if !ok {
			return
		}
		require.False(t, got.Before(all[i].at))
		if len(all) <= maxSeen {
			require.Equal(t, all[i].at, got)
		} else {
			require.Less(t, got.Sub(all[i].at), 8*3*time.Second)
		}
	})
}
