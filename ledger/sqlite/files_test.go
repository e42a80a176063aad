package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/sqlite"
)

func TestFilesThatAreNoLedger(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	good, _ := sample(t)
	newer, other := put("newer", string(good)), put("other", string(good))
	change(t, newer, "PRAGMA user_version = 2")
	change(t, other, "PRAGMA application_id = 1")
	lone := filepath.Join(dir, "lone")
	put("lone-wal", "left over")
	for name, c := range map[string]struct{ path, says string }{
		"a folder":              {dir, "is a folder; name a file in it"},
		"no folder":             {filepath.Join(dir, "none", "ledger.db"), "the folder is missing; make it first"},
		"an empty file":         {put("empty", ""), "the file is empty"},
		"another kind of file":  {put("text", "Dear diary, this is no database at all. But it is long enough to be taken for one."), "not a database"},
		"another database":      {other, "not a ledger; choose another path"},
		"a newer format":        {newer, "use the newer program"},
		"a -wal without a file": {lone, "the file is missing while its -wal file is there"},
		"a file in the way":     {filepath.Join(put("way", "x"), "ledger.db"), "not a directory"},
		"half a ledger":         {put("half", string(good[:len(good)/2])), "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, readOnly := range []bool{false, true} {
				_, err := sqlite.Open(t.Context(), c.path, sqlite.Options{ReadOnly: readOnly})
				require.ErrorContains(t, err, c.path)
				if !readOnly || !errors.Is(err, os.ErrNotExist) {
					require.ErrorContains(t, err, c.says)
				}
			}
		})
	}
	_, err := sqlite.Open(t.Context(), filepath.Join(dir, "nothing"), sqlite.Options{ReadOnly: true})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoFileExists(t, filepath.Join(dir, "nothing"))
}
