package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A draft is files of the log that are not in their places yet. Either commit puts all of them there, or discard takes them away.
type draft struct {
	disk disk
	dir  string          // of the log
	temp string          // folder on the same file system
	sure map[string]bool // folders that are known to be on the disk; grows

	mu    sync.Mutex // guards what follows while files are put
	made  bool       // temp is there
	files []file
}

// file is one of them; temp is empty where it stood in its place already.
type file struct{ temp, name string }

// put writes a file beside its place. One that is there already with these bytes stays as it is, left by an earlier attempt; one with other bytes is
// ErrAltered, because nothing that a log publishes ever changes.
func (d *draft) put(name string, data []byte) error {
	f := file{name: filepath.Join(d.dir, filepath.FromSlash(name))}
	switch have, err := d.disk.Read(f.name); {
	case err == nil && !bytes.Equal(have, data):
		return fmt.Errorf("%w: %s is there, with other bytes than the ledger gives. If the ledger is right, move %s away: it is made again, and compared with what was signed", ErrAltered, f.name, d.dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err != nil:
		d.mu.Lock()
		f.temp = filepath.Join(d.temp, strconv.Itoa(len(d.files)))
		err := d.ready()
		d.files = append(d.files, f)
		d.mu.Unlock()
		if err != nil {
			return err
		}
		return d.disk.Write(f.temp, data)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files = append(d.files, f)
	return nil
}

// ready makes the folder for what is not in its place yet, once.
func (d *draft) ready() error {
	if d.made {
		return nil
	}
	d.made = true
	if err := d.disk.Mkdir(d.temp); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// commit puts all files in their places, for good: no place ever has a file that is not on the disk.
func (d *draft) commit() error {
	var content []string
	folders := map[string]bool{}
	for _, f := range d.files {
		if f.temp != "" {
			content = append(content, f.temp)
		}
		if err := d.folder(filepath.Dir(f.name), folders); err != nil {
			return err
		}
		folders[filepath.Dir(f.name)] = true
	}
	if err := d.disk.Sync(content...); err != nil {
		return err
	}
	for _, f := range d.files {
		if f.temp == "" {
			continue
		}
		if err := d.disk.Rename(f.temp, f.name); err != nil {
			return err
		}
	}
	if err := d.disk.Sync(slices.Sorted(maps.Keys(folders))...); err != nil {
		return err
	}
	d.files = nil
	for f := range folders {
		if !strings.HasSuffix(f, ".p") { // those come and go
			d.sure[f] = true
		}
	}
	return nil
}

// folder makes a folder of the log and those above it, and adds to changed those whose entries have to be synced for it.
func (d *draft) folder(dir string, changed map[string]bool) error {
	if d.sure[dir] || changed[dir] || dir == d.dir {
		return nil
	}
	parent := filepath.Dir(dir)
	if err := d.folder(parent, changed); err != nil {
		return err
	}
	changed[parent] = true // also where dir is there: an attempt that failed may have made it
	if err := d.disk.Mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// discard takes away what is not in its place.
func (d *draft) discard() {
	for _, f := range d.files {
		if f.temp != "" {
			_ = d.disk.Remove(f.temp)
		}
	}
}
