package bearer

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Dir keeps what the built-in issuer needs: its key, what it has issued, and the API keys. It belongs to one user; nothing in it is a credential but the keys.
//
//	issuer.key        signs tokens (PKCS #8, PEM)
//	pseudonyms.key    makes pseudonyms of the people of a provider (32 bytes)
//	tokens/ID.json    a token that was issued; without this file it is worth nothing
//	apikeys/ID.json   an API key, by its SHA-256
//	apikeys/ID.used   the day on which it was used last
//	…/ID.revoked      it is revoked
type Dir string

// The kinds of what is issued.
const (
	tokens  = "tokens"
	apiKeys = "apikeys"
)

var isID = regexp.MustCompile(`^[a-z2-7]{16}$`)

// newID is 80 random bits.
func newID() string { return strings.ToLower(rand.Text()[:16]) }

func (d Dir) path(kind, id, suffix string) string { return filepath.Join(string(d), kind, id+suffix) }

// put writes the description of something that was issued, once.
func (d Dir) put(kind, id string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(string(d), kind), 0o700); err != nil {
		return err
	}
	return writeNew(d.path(kind, id, ".json"), append(text, '\n'))
}

// get reads one, and says whether it is revoked. One that is not there is fs.ErrNotExist.
func (d Dir) get(kind, id string, into any) (revoked bool, err error) {
	if !isID.MatchString(id) {
		return false, fs.ErrNotExist
	}
	text, err := os.ReadFile(d.path(kind, id, ".json"))
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return false, fmt.Errorf("%s: %w", d.path(kind, id, ".json"), err)
	}
	switch _, err := os.Stat(d.path(kind, id, ".revoked")); {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	default:
		return false, err
	}
}

// revoke marks one as revoked, for good. A server beside it sees that with the next request.
func (d Dir) revoke(kind, id string) error {
	var any struct{}
	revoked, err := d.get(kind, id, &any)
	if err != nil || revoked {
		return err
	}
	return writeNew(d.path(kind, id, ".revoked"), []byte(time.Now().UTC().Format(time.RFC3339)+"\n"))
}

// ids lists what was issued of a kind.
func (d Dir) ids(kind string) (ids []string, err error) {
	entries, err := os.ReadDir(filepath.Join(string(d), kind))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if id, ok := strings.CutSuffix(e.Name(), ".json"); ok && isID.MatchString(id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, err
}

// writeNew writes a file that is this user's alone and was not there, whole or not at all.
func writeNew(path string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // with mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // it has its name by then, or none is wanted
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path) // fails where there is one
}

// replaceFile writes a file that is this user's alone in the place of what was there, whole or not at all. at is what the file says of its time; zero: that of now.
func replaceFile(path string, text []byte, at time.Time) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // with mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // it has its name by then, or none is wanted
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil && !at.IsZero() {
		err = os.Chtimes(f.Name(), at, at)
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// readSecret reads a file of this user, and refuses one that others can read.
func readSecret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (%v): whoever read it can act as anybody; chmod 600 it, or better delete it, which makes every token that it signed worthless", path, info.Mode().Perm())
	}
	return os.ReadFile(path)
}

// PseudonymSecret is the secret of pseudonyms, which is made where there is none.
func (d Dir) PseudonymSecret() ([]byte, error) {
	path := filepath.Join(string(d), "pseudonyms.key")
	secret, err := readSecret(path)
	if errors.Is(err, fs.ErrNotExist) {
		fresh := make([]byte, 32)
		_, _ = rand.Read(fresh) // never fails
		if err := os.MkdirAll(string(d), 0o700); err != nil {
			return nil, err
		}
		if err := writeNew(path, fresh); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		secret, err = readSecret(path) // of whoever was first
	}
	if err == nil && len(secret) != 32 {
		err = fmt.Errorf("%s has %d bytes, not 32", path, len(secret))
	}
	return secret, err
}
