package postgres

import (
	"testing"

	"daybook.internal/internal/pgtest"
	"daybook.internal/vault/vaulttest"
)

// The server has a disk of its own here and waits for it, unlike that of the tests.
func BenchmarkVault(b *testing.B) {
	server := pgtest.Launch(b, pgtest.Options{Durable: true, Disk: true})
	vaulttest.Bench(b, open(b, server.New(b), Config{}))
}
