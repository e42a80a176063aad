package sqlitefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Create makes an empty file beside path and then gives it its name, so that there is never half a file at path, and one that is there keeps
// its bytes.
func Create(path string, kind Kind) (err error) {
	dir := filepath.Dir(path)
	tmp, err := os.MkdirTemp(dir, filepath.Base(path)+".new-")
	if err != nil {
		return fmt.Errorf("%s: create: the folder is missing or cannot be written: %w", path, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	made := filepath.Join(tmp, "made.db")
	pragmas := []string{"journal_mode=WAL", "synchronous=FULL"}
	if kind.PageSize > 0 {
		pragmas = append([]string{fmt.Sprintf("page_size=%d", kind.PageSize)}, pragmas...)
	}
	c, err := Connect(made, "mode=rwc", pragmas...)
	if err != nil {
		return err
	}
	err = c.Once(fmt.Sprintf("BEGIN; PRAGMA application_id=%d; PRAGMA user_version=%d; %s; COMMIT",
		kind.Application, kind.Format, strings.Join(kind.Tables, "; ")))
	if err = errors.Join(err, c.Close()); err != nil {
		return err
	}
	if err := os.Chmod(made, kind.Mode); err != nil {
		return fmt.Errorf("%s: create: %w", path, err)
	}
	// A link, not a rename: where another process was quicker, its file stays.
	if err := os.Link(made, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: create: %w", path, err)
	}
	return SyncDir(dir)
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// CheckFormat says whether the file is of kind, down to the last word of its schema: where a flipped bit makes another table definition of
// it, the engine would read the same bytes as something else.
func CheckFormat(c *Conn, kind Kind) error {
	id, err := c.number("PRAGMA application_id")
	if err != nil {
		return err
	}
	format, err := c.number("PRAGMA user_version")
	if err != nil {
		return err
	}
	switch {
	case id != kind.Application:
		return fmt.Errorf("%s: an SQLite file, but not a %s; choose another path", c.path, kind.Name)
	case format > kind.Format:
		return fmt.Errorf("%s: the %s has format %d, this program knows formats up to %d; use the newer program%s",
			c.path, kind.Name, format, kind.Format, kind.orDelete())
	case format < 1:
		return fmt.Errorf("%s: %w: a %s never had format %d; %s", c.path, ErrDamaged, kind.Name, format, kind.wayOut())
	case format < kind.Format:
		older := kind.Older
		if older == "" {
			older = "use the older program" + kind.orDelete()
		}
		return fmt.Errorf("%s: %w: the %s has format %d, this program knows format %d; %s", c.path, ErrOlder, kind.Name, format, kind.Format, older)
	}
	var tables []string
	for row, err := range c.Query("SELECT sql FROM sqlite_schema ORDER BY rowid") {
		if err != nil {
			return err
		}
		s, _ := row[0].(string)
		tables = append(tables, s)
	}
	if !slices.Equal(tables, kind.Tables) {
		return fmt.Errorf("%s: %w: its tables are not those of a %s; %s", c.path, ErrDamaged, kind.Name, kind.wayOut())
	}
	return nil
}

// wayOut says what to do with a damaged file.
func (k Kind) wayOut() string {
	if k.Disposable {
		return "delete it, and it will be rebuilt"
	}
	return "restore it from a copy"
}

func (k Kind) orDelete() string {
	if k.Disposable {
		return ", or delete the file, and it will be rebuilt"
	}
	return ""
}
