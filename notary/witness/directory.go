package witness

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"daybook.internal/notary"
)

// directory is where a witness keeps its key and its state:
//
//	witness.key         the private key
//	witness.logs        the origins of the logs that were ever watched, a line each
//	heads/<hash>        the last checkpoint of a log that was cosigned, with its cosignature, or the line nothingYet; hash: SHA-256 of the origin, in hex
//	evidence/<…>        two checkpoints of one size and two roots, both signed by the log: whoever has them can show that it lied
//
// The key is made last and the files of a log are named before they matter, so that a file that is missing is seen to be missing.
type directory string

const nothingYet = "nothing has been cosigned yet of "

// maxEvidence bounds how many files of evidence are kept.
const maxEvidence = 100

// errUncertain says that it is not known whether the old or the new bytes of a file are on the disk.
var errUncertain = errors.New("the disk did not confirm a write; start the witness again when it is well")

func (d directory) path(name ...string) string {
	return filepath.Join(append([]string{string(d)}, name...)...)
}

func originHash(origin string) string {
	digest := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(digest[:])
}

func (d directory) headPath(origin string) string { return d.path("heads", originHash(origin)) }

// key reads the key of the witness, or makes it where nothing is there yet.
func (d directory) key(rand io.Reader, name string) (*notary.Cosigner, error) {
	text, err := os.ReadFile(d.path("witness.key"))
	if errors.Is(err, os.ErrNotExist) {
		return d.begin(rand, name)
	}
	if err != nil {
		return nil, err
	}
	key, err := notary.ParseCosigner(strings.TrimSuffix(string(text), "\n"))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %s: %w", ErrState, d.path("witness.key"), err)
	case name != "" && name != key.Public().Name():
		return nil, fmt.Errorf("the key in %s is named %s, and a name belongs to its key; a witness of another name needs a directory of its own", d, key.Public().Name())
	}
	return key, nil
}

// begin makes the files of a new witness.
func (d directory) begin(rand io.Reader, name string) (*notary.Cosigner, error) {
	if old, err := os.ReadDir(d.path("heads")); err == nil && len(old) > 0 {
		return nil, fmt.Errorf("%w: %s is missing, but something was cosigned with it", ErrState, d.path("witness.key"))
	}
	text, _, err := notary.NewWitnessKey(rand, name)
	if err != nil {
		return nil, err
	}
	key, err := notary.ParseCosigner(text)
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{d.path(), d.path("heads"), d.path("evidence")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	if err := syncDir(filepath.Dir(filepath.Clean(string(d)))); err != nil {
		return nil, err
	}
	if err := write(d.path("witness.logs"), nil); err != nil {
		return nil, err
	}
	return key, write(d.path("witness.key"), []byte(text+"\n"))
}

// head reads what was cosigned last of a log; nil for nothing. A log that is new is entered into the list.
func (d directory) head(origin string) ([]byte, error) {
	list, err := os.ReadFile(d.path("witness.logs"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	known := slices.Contains(strings.Split(string(list), "\n"), origin)
	head, err := os.ReadFile(d.headPath(origin))
	switch {
	case errors.Is(err, os.ErrNotExist) && !known:
		head = []byte(nothingYet + origin + "\n")
		err = write(d.headPath(origin), head)
	case errors.Is(err, os.ErrNotExist):
		err = fmt.Errorf("%w: %w", ErrState, err)
	}
	if err == nil && !known {
		err = write(d.path("witness.logs"), append(list, origin+"\n"...))
	}
	if err != nil || string(head) == nothingYet+origin+"\n" {
		return nil, err
	}
	return head, nil
}

// save puts a cosigned checkpoint in the place of the one before.
func (d directory) save(origin string, signed []byte) error { return write(d.headPath(origin), signed) }

// keepEvidence keeps two checkpoints of one size whose roots differ. It gives words for the one who runs the witness.
func (d directory) keepEvidence(c notary.Checkpoint, one, other []byte) error {
	name := fmt.Sprintf("%.16s-%d-%x", originHash(c.Origin), c.Size, c.Root[:8])
	if kept, err := os.ReadDir(d.path("evidence")); err != nil || len(kept) >= maxEvidence {
		return fmt.Errorf("another root of the same size, %d, not kept: %d others are in %s", c.Size, len(kept), d.path("evidence"))
	}
	both := append(append(append([]byte{}, one...), "\n"...), other...)
	if err := write(d.path("evidence", name), both); err != nil {
		return fmt.Errorf("another root of the same size, %d, not kept: %w", c.Size, err)
	}
	return fmt.Errorf("another root of the same size, %d: both checkpoints are kept in %s", c.Size, d.path("evidence", name))
}

// write replaces a file: the bytes are on the disk before the name points to them, and the name is before write returns. Where the last step fails, the error is
// errUncertain; with any other error the old file stands.
func write(path string, data []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("%w: %s: %w", errUncertain, path, err)
	}
	return nil
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
