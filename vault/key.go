package vault

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Key opens a vault: the key under which the keys of all subjects are wrapped. Whoever has it and a copy of the vault's file reads everything in it.
type Key [32]byte

// ErrKey says that the key of a vault is missing, or is another one. It is no damage: with the right key everything is there.
var ErrKey = errors.New("the vault stays closed")

// NewKey makes a key of random bytes.
func NewKey(random io.Reader) (Key, error) {
	var k Key
	if _, err := io.ReadFull(random, k[:]); err != nil {
		return Key{}, fmt.Errorf("make a key: %w", err)
	}
	return k, nil
}

// ID tells keys apart and tells nothing about them: the first 16 hexadecimal digits of SHA-256("daybook-vault-key/v1" ‖ 0 ‖ key).
func (k Key) ID() string {
	sum := sha256.Sum256(append([]byte("daybook-vault-key/v1\x00"), k[:]...))
	return hex.EncodeToString(sum[:8])
}

// String is the id: a key is printed nowhere but in its file.
func (k Key) String() string { return k.ID() }

// GoString is the id, too.
func (k Key) GoString() string { return k.ID() }

const keyForm = "daybook-vault-key/v1"

// text is the line of a key's file: its form, its id, by which a mistyped key is noticed, and the key in hexadecimal digits.
func (k Key) text() string {
	return fmt.Sprintf("%s %s %s\n", keyForm, k.ID(), hex.EncodeToString(k[:]))
}

func parseKey(text string) (k Key, ok bool) {
	words := strings.Fields(text)
	if len(words) != 3 || words[0] != keyForm || len(words[2]) != hex.EncodedLen(len(k)) {
		return Key{}, false
	}
	if _, err := hex.Decode(k[:], []byte(words[2])); err != nil || k.ID() != words[1] {
		return Key{}, false
	}
	return k, true
}

// ReadKey reads the file of a key. Where there is none, the error is fs.ErrNotExist besides ErrKey.
func ReadKey(path string) (Key, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Key{}, fmt.Errorf("%w: there is no key in %s; say where it is, or bring it back from where its copy is kept: %w", ErrKey, path, err)
	}
	if err != nil {
		return Key{}, fmt.Errorf("%w: its key cannot be read: %w", ErrKey, err)
	}
	k, ok := parseKey(string(text))
	if !ok {
		return Key{}, fmt.Errorf("%w: %s is no whole file of a vault's key; bring it back from where its copy is kept", ErrKey, path)
	}
	return k, nil
}

// MakeKey makes a key and its file, for its owner alone; a file that is there is never touched: then the error is fs.ErrExist. The file is whole and durable
// when it returns.
func MakeKey(path string, random io.Reader) (_ Key, err error) {
	k, err := NewKey(random)
	if err != nil {
		return Key{}, err
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".new-") // with mode 0600
	if err != nil {
		return Key{}, fmt.Errorf("make a key: the folder is missing or cannot be written: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.WriteString(k.text())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return Key{}, fmt.Errorf("make a key: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil { // a link, not a rename: a key that is there stays
		return Key{}, fmt.Errorf("make a key: %w", err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return Key{}, err
	}
	return k, errors.Join(d.Sync(), d.Close())
}
