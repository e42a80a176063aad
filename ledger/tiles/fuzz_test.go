package tiles_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/tiles"
)

func sha(b []byte) []byte { d := sha256.Sum256(b); return d[:] }

// Whatever a list says, it says in one way.
func FuzzSums(f *testing.F) {
	f.Add([]byte(fmt.Sprintf("%x  BUNDLE.md\n%x  checkpoint\n", sha(nil), sha(nil))))
	f.Add([]byte(fmt.Sprintf("%x *BUNDLE.md\n", sha(nil))))
	f.Add([]byte(fmt.Sprintf("%x  ../BUNDLE.md\n", sha(nil))))
	f.Fuzz(func(t *testing.T, list []byte) {
		sums, err := tiles.ParseSums(list)
		if err != nil {
			return
		}
		var again []byte
		for _, s := range sums {
			again = fmt.Appendf(again, "%x  %s\n", s.Digest, s.Name)
			require.NoError(t, tiles.CheckName(s.Name))
		}
		require.Equal(t, string(list), string(again))
	})
}

// A zip file is refused, or what it holds is within its limits.
func FuzzZip(f *testing.F) {
	f.Add(archiveOf(f, stored("checkpoint", "head"), stored("tile/0/000", "hashes")))
	f.Add(archiveOf(f, stored("../checkpoint", "head")))
	f.Add(archiveOf(f, stored("a", "0"), stored("a", "1")))
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := tiles.ZipOf(data)
		if err != nil {
			return
		}
		names, err := files.(tiles.Lister).Names(t.Context())
		require.NoError(t, err)
		total := 0
		for _, name := range names {
			require.NoError(t, tiles.CheckName(name))
			if b, err := tiles.Read(t.Context(), files, name, 1<<20); err == nil {
				total += len(b)
			}
		}
		require.LessOrEqual(t, total, 64*len(data)+64<<20)
	})
}
