package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"daybook.internal/vault"
	vaultsqlite "daybook.internal/vault/sqlite"
)

// vaultKeyEnv names the file of the vault's key where --vault-key does not.
const vaultKeyEnv = "DAYBOOK_VAULT_KEY_FILE"

const vaultKeyHelp = "file with the key of the vault (default: $" + vaultKeyEnv + ", or DATA/vault.key, which is made on first use)"

// keyChoice is what the command line says about the vault's key. It travels with the context of a command to wherever a data directory is opened.
type keyChoice struct {
	file string
	made func(path string) // is told of a key that was made
}

type keyChoiceOf struct{}

// withVaultKey gives the choice to a command.
func (p *program) withVaultKey(ctx context.Context) context.Context {
	return context.WithValue(ctx, keyChoiceOf{}, keyChoice{p.vaultKey, func(path string) {
		p.say("%s is the new key of the vault: keep a copy of it, and keep it elsewhere than the copies of the vault", path)
	}})
}

// vaultFile is the file of the vault in a data directory.
func vaultFile(dir string) string { return filepath.Join(dir, "vault.db") }

// vaultKeyFile is where the key of a data directory's vault is.
func vaultKeyFile(ctx context.Context, dir string) string {
	chosen, _ := ctx.Value(keyChoiceOf{}).(keyChoice)
	if chosen.file != "" {
		return chosen.file
	}
	if file := os.Getenv(vaultKeyEnv); file != "" {
		return file
	}
	return filepath.Join(dir, "vault.key")
}

// readVaultKey reads the key of a data directory's vault. An older vault never had one, and the error says what to do.
func readVaultKey(ctx context.Context, dir string) (vault.Key, error) {
	k, err := vault.ReadKey(vaultKeyFile(ctx, dir))
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if plain, _ := vaultsqlite.IsPlain(ctx, vaultFile(dir)); plain {
		return k, fmt.Errorf("the vault in %s is of an older format, and words lie there in plain; 'daybook vault upgrade --data %s' seals them", dir, dir)
	}
	return k, err
}

// needVaultKey is the key of a data directory's vault, a new one where there is none.
func needVaultKey(ctx context.Context, dir string) (vault.Key, error) {
	path := vaultKeyFile(ctx, dir)
	k, err := vault.ReadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if k, err = vault.MakeKey(path, rand.Reader); err == nil {
		if chosen, ok := ctx.Value(keyChoiceOf{}).(keyChoice); ok {
			chosen.made(path)
		}
	}
	return k, err
}

// hasVault tells whether there is a vault in a data directory.
func hasVault(dir string) bool {
	_, err := os.Stat(vaultFile(dir))
	return !errors.Is(err, fs.ErrNotExist)
}
