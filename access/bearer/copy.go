package bearer

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// CopyTo copies all that is in a Dir to another one, for its owner's eyes alone, and says how many files that are. What is there already is brought to what it is here, and nothing is taken away: who
// revoked something revoked it for good. It may run beside a server, and a file is there whole or not at all. Of what is not there is nothing to copy.
func (d Dir) CopyTo(to Dir) (files int, err error) {
	for _, name := range []string{"issuer.key", "pseudonyms.key"} {
		n, err := d.copyFile(to, name, readSecret)
		if err != nil {
			return files, err
		}
		files += n
	}
	for _, kind := range []string{tokens, apiKeys} {
		entries, err := os.ReadDir(filepath.Join(string(d), kind))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return files, err
		}
		for _, e := range entries {
			id, suffix, _ := strings.Cut(e.Name(), ".")
			if !isID.MatchString(id) || !slices.Contains([]string{"json", "revoked", "used"}, suffix) {
				continue // such as what is being written
			}
			n, err := d.copyFile(to, filepath.Join(kind, e.Name()), os.ReadFile)
			if err != nil {
				return files, err
			}
			files += n
		}
	}
	return files, nil
}

// copyFile copies one file, if it is there.
func (d Dir) copyFile(to Dir, name string, read func(string) ([]byte, error)) (int, error) {
	text, err := read(filepath.Join(string(d), name))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	path := filepath.Join(string(to), name)
	for _, folder := range []string{string(to), filepath.Dir(path)} {
		if err := errors.Join(os.MkdirAll(folder, 0o700), os.Chmod(folder, 0o700)); err != nil {
			return 0, err
		}
	}
	return 1, replaceFile(path, text, time.Time{})
}
