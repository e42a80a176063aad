package bearer

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/access"
	"daybook.internal/domain"
)

// TestCopyTo: what was good is good in the copy, by the same pseudonyms, and what was revoked is revoked there, also when it is revoked after a first copy; everything is its owner's alone, and nothing else is copied.
func TestCopyTo(t *testing.T) {
	t.Parallel()
	d, to, now := Dir(t.TempDir()), Dir(filepath.Join(t.TempDir(), "backup", "access")), time.Date(2026, 4, 11, 13, 0, 0, 0, time.UTC)
	n, err := d.CopyTo(to)
	require.NoError(t, err)
	require.Zero(t, n)
	require.NoDirExists(t, string(to))

	token, issued, _, err := d.Issue("u_anna", []access.Grant{{Role: domain.Coordinator, Edition: "ed_1"}}, now, time.Hour)
	require.NoError(t, err)
	key, as, err := d.AddKey("press", now)
	require.NoError(t, err)
	secret, err := d.PseudonymSecret()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(string(d), tokens, ".new-1"), []byte("half of one"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(string(d), "notes"), []byte("of somebody"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(string(to), tokens), 0o755))
	good := func(d Dir, credential string) bool {
		v, err := New(d, nil, func() time.Time { return now })
		require.NoError(t, err)
		_, err = v.Verify(t.Context(), credential)
		return err == nil
	}
	require.True(t, good(d, key))
	n, err = d.CopyTo(to)
	require.NoError(t, err)
	require.Equal(t, 5, n, "two keys of the server, a token, an API key and when it was used")
	require.True(t, good(to, token))
	require.True(t, good(to, key))
	same, err := to.PseudonymSecret()
	require.NoError(t, err)
	require.Equal(t, secret, same)
	all, err := to.Keys()
	require.NoError(t, err)
	require.Equal(t, "2026-04-11", all[0].LastUsed)
	require.NoError(t, filepath.WalkDir(string(to), func(path string, e fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := e.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, path)
		require.NotContains(t, []string{".new-1", "notes"}, e.Name())
		return nil
	}))

	require.NoError(t, d.RevokeToken(issued.ID))
	require.NoError(t, d.RevokeKey(as.ID))
	require.True(t, good(to, token), "an old copy knows nothing of it")
	n, err = d.CopyTo(to)
	require.NoError(t, err)
	require.Equal(t, 7, n)
	require.False(t, good(to, token))
	require.False(t, good(to, key))

	require.NoError(t, os.Chmod(filepath.Join(string(d), "issuer.key"), 0o644))
	_, err = d.CopyTo(to)
	require.ErrorContains(t, err, "can be read by others")
}
