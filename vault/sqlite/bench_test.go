package sqlite

import (
	"path/filepath"
	"testing"

	"daybook.internal/vault/vaulttest"
)

func BenchmarkVault(b *testing.B) {
	vaulttest.Bench(b, open(b, filepath.Join(b.TempDir(), "vault.db"), Options{}))
}
