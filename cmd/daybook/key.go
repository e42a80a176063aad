package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"daybook.internal/notary"
)

// logKey is the key of a data directory's log.
type logKey struct {
	signer   note.Signer
	verifier note.Verifier
	public   string // as it is published
}

// keyFile is the name of the private key in a data directory.
const keyFile = "log.key"

func (p *program) keyCommand() *cobra.Command {
	var dir, origin string
	c := args(&cobra.Command{
		Use:   "key",
		Short: "Print the public key of the log, and make the key where there is none",
		Long: `Prints the public key with which anybody can check what this log signs: its heads, and with them every receipt, proof and bundle. Publish it where it
cannot be changed unnoticed: on paper, in a newspaper, at your partners'. Whoever checks the log begins with it.

The first use makes the key, in DIR/log.key, readable by you alone; so does 'daybook serve'. Keep a copy of that file in a safe: who has it can sign in
your name, and without it the log cannot go on. The log's name is part of the key and never changes; --origin gives one, an address of yours without https://
is usual. Without it the key gives the name.`,
		Example: "  daybook key --data ./data\n  daybook key --data ./data --origin dialogue.example.org/2027",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if origin != "" {
			if err := notary.CheckOrigin(origin); err != nil {
				return usageError{hint(fmt.Errorf("--origin: %w", err), c)}
			}
		}
		k, err := openKey(dir, origin)
		if err != nil {
			return err
		}
		if p.output == "table" {
			_, err := fmt.Fprintln(p.out, k.public)
			return err
		}
		row := struct {
			Origin string `json:"origin"`
			Key    string `json:"key"`
		}{k.verifier.Name(), k.public}
		return printRows(p, row, []any{row}, table.Row{"origin", "key"}, func(any) table.Row { return table.Row{row.Origin, row.Key} })
	}
	dataFlag(c, &dir)
	c.Flags().StringVar(&origin, "origin", "", "name of the log, given when its key is made (default: one that follows from the key)")
	return c
}

// openKey reads the key of a data directory's log, and makes it where there is none. A name that is given must be the key's.
func openKey(dir, origin string) (logKey, error) {
	k, err := readKey(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(dir, origin); err != nil {
			return logKey{}, fmt.Errorf("key of the log: %w", err)
		}
		k, err = readKey(dir)
	}
	if err == nil && origin != "" && k.verifier.Name() != origin {
		err = fmt.Errorf("the log in %s has the name %s already, and a log keeps its name", dir, k.verifier.Name())
	}
	return k, err
}

// readKey reads the key of a data directory's log. One that others can read is refused, because it may be in their hands already.
func readKey(dir string) (logKey, error) {
	path := filepath.Join(dir, keyFile)
	info, err := os.Stat(path)
	if err != nil {
		return logKey{}, fmt.Errorf("key of the log: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return logKey{}, fmt.Errorf("%s can be read by others (%v), and who reads it can sign in your name: 'chmod 600 %s'; if anybody may have had it, begin a new log", path, mode, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return logKey{}, fmt.Errorf("key of the log: %w", err)
	}
	var k logKey
	if k.signer, err = notary.ParseSigner(string(text)); err == nil {
		k.public, err = notary.VerifierOf(string(text))
	}
	if err == nil {
		k.verifier, err = notary.ParseVerifier(k.public)
	}
	if err != nil {
		return logKey{}, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// makeKey makes a key, once: where two processes do it at the same time, one key stays.
func makeKey(dir, origin string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	private, _, err := notary.NewKey(rand.Reader, origin)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, keyFile+".new-*") // readable by its owner alone
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // its bytes stay, under the key's name
	_, err = f.WriteString(private + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), filepath.Join(dir, keyFile)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(dir)
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
