package groups

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadParams(t *testing.T) {
	t.Parallel()
	p, err := ReadParams(nil)
	require.NoError(t, err)
	require.Equal(t, Defaults(), p)
	p, err = ReadParams(map[string]string{"groups": "2-4", "seed": "18446744073709551615", "silhouetteMargin": "0.5", "bootstraps": "0", "minVotes": "3"})
	require.NoError(t, err)
	want := Defaults()
	want.MaxGroups, want.Seed, want.SilhouetteMargin, want.Bootstraps, want.MinVotes = 4, 1<<64-1, 0.5, 0, 3
	require.Equal(t, want, p)
	for name, text := range map[string]string{"groups": "3-5", "maxGroups": "1", "seed": "-1", "silhouetteMargin": "NaN", "steps": "0", "sample": "1", "fill": "", "k": "2", "restarts": "2000"} {
		_, err := ReadParams(map[string]string{name: text})
		require.ErrorIs(t, err, ErrSize, name)
	}
}
