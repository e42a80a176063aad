package bearer

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLastUsed: the listing says on which day a key was used last, and nothing more exact stands anywhere; a day costs one write, and who cannot write is let in all the same.
func TestLastUsed(t *testing.T) {
	t.Parallel()
	d := Dir(t.TempDir())
	now := time.Date(2026, 4, 11, 13, 14, 15, 16, time.FixedZone("", -11*3600)) // the 12th in UTC
	key, as, err := d.AddKey("The Daily Example", now)
	require.NoError(t, err)
	_, never, err := d.AddKey("Nobody", now)
	require.NoError(t, err)
	open := func() Verifier {
		v, err := New(d, nil, func() time.Time { return now })
		require.NoError(t, err)
		return v
	}
	v := open()
	used := func() string {
		all, err := d.Keys()
		require.NoError(t, err)
		days := map[string]string{}
		for _, k := range all {
			days[k.ID] = k.LastUsed
		}
		require.Empty(t, days[never.ID])
		return days[as.ID]
	}
	verify := func() {
		p, err := v.Verify(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, as.ID, p.Consumer)
	}
	require.Empty(t, used())
	_, err = v.Verify(t.Context(), key+"x")
	require.Error(t, err)
	require.Empty(t, used(), "a wrong secret is no use of the key")
	verify()
	require.Equal(t, "2026-04-12", used())
	path := filepath.Join(string(d), apiKeys, as.ID+".used")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 4, 12, 0, 0, 0, 0, time.UTC), info.ModTime().UTC())
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	kept, err := os.ReadFile(filepath.Join(string(d), apiKeys, as.ID+".json"))
	require.NoError(t, err)
	require.NotContains(t, string(kept), "lastUsed")

	// The rest of the day writes nothing.
	require.NoError(t, os.Remove(path))
	verify()
	require.Empty(t, used())
	now = now.Add(24 * time.Hour)
	var at sync.WaitGroup
	for range 20 {
		at.Go(verify)
	}
	at.Wait()
	require.Equal(t, "2026-04-13", used())
	left, err := filepath.Glob(filepath.Join(string(d), apiKeys, ".new-*"))
	require.NoError(t, err)
	require.Empty(t, left)

	// A clock that goes back takes nothing back, in another process neither.
	now = now.Add(-72 * time.Hour)
	verify()
	v = open()
	verify()
	require.Equal(t, "2026-04-13", used())

	// What cannot be written is not known, and nothing else comes of it.
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Mkdir(path, 0o700))
	now = now.Add(1000 * time.Hour)
	verify()
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.WriteFile(path, []byte("yesterday\n"), 0o600))
	_, err = d.Keys()
	require.ErrorContains(t, err, "has no day in it")
	require.NoError(t, d.RevokeKey(as.ID))
	_, err = v.Verify(t.Context(), key)
	require.Error(t, err)
}
