package sqlite

import (
	"path/filepath"
	"testing"

	"daybook.internal/readstore"
	"daybook.internal/readstore/storetest"
	"github.com/stretchr/testify/require"
)

func open(t testing.TB, path string, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) readstore.Store { return open(t, filepath.Join(t.TempDir(), "views.db"), Options{}) })
}
