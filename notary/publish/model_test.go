package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

var (
	errBroken = errors.New("the disk broke here")
	errPower  = errors.New("there is no power")
)

// A modelDisk is a file system that forgets: what was not synced may be lost, in part or as a whole, when the power is cut. It promises what POSIX does and
// not more: bytes are kept once their file is synced, names once their folder is.
type modelDisk struct {
	mu    sync.Mutex
	root  *node
	locks map[string]bool
	steps []string // what was done that changes anything, by name
	dead  bool

	// breaks is asked before and after every step; an error ends it with that error.
	breaks func(d *modelDisk, step string, n int, after bool) error
}

// node is a file or a folder.
type node struct {
	data, kept []byte // of a file: as it is read, and as it is on the disk
	isSynced   bool
	entries    map[string]*node // of a folder, as it is read
	durable    map[string]*node // the same, on the disk
}

func newFolder() *node { return &node{entries: map[string]*node{}, durable: map[string]*node{}} }

func newModel(folders ...string) *modelDisk {
	d := &modelDisk{root: newFolder(), locks: map[string]bool{}}
	for _, f := range folders {
		n := newFolder()
		d.root.entries[f], d.root.durable[f] = n, n
	}
	return d
}

func (d *modelDisk) find(name string) (*node, error) {
	n := d.root
	for _, part := range strings.Split(path.Clean(name), "/") {
		if part == "." {
			continue
		}
		if n.entries == nil {
			return nil, &fs.PathError{Op: "find", Path: name, Err: errors.New("not a directory")}
		}
		if n = n.entries[part]; n == nil {
			return nil, &fs.PathError{Op: "find", Path: name, Err: fs.ErrNotExist}
		}
	}
	return n, nil
}

// step does what changes something, unless it breaks.
func (d *modelDisk) step(name string, do func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return errPower
	}
	n := len(d.steps)
	d.steps = append(d.steps, name)
	if d.breaks != nil {
		if err := d.breaks(d, name, n, false); err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	if d.breaks != nil {
		return d.breaks(d, name, n, true)
	}
	return nil
}

func (d *modelDisk) Read(name string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return nil, errPower
	}
	n, err := d.find(name)
	if err == nil && n.entries != nil {
		err = errors.New(name + " is a folder")
	}
	if err != nil {
		return nil, err
	}
	return bytes.Clone(n.data), nil
}

func (d *modelDisk) Write(name string, data []byte) error {
	return d.step("write "+kind(name), func() error {
		parent, err := d.find(path.Dir(name))
		if err != nil {
			return err
		}
		n := parent.entries[path.Base(name)]
		if n == nil {
			n = &node{}
			parent.entries[path.Base(name)] = n
		}
		n.data, n.isSynced = bytes.Clone(data), false
		return nil
	})
}

func (d *modelDisk) Sync(names ...string) error {
	if len(names) == 0 {
		return nil
	}
	return d.step("sync "+kind(names[0]), func() error {
		for _, name := range names {
			n, err := d.find(name)
			if err != nil {
				return err
			}
			if n.entries != nil {
				n.durable = maps.Clone(n.entries)
			} else {
				n.kept, n.isSynced = n.data, true
			}
		}
		return nil
	})
}

func (d *modelDisk) Rename(from, to string) error {
	return d.step("place "+kind(to), func() error {
		a, err := d.find(path.Dir(from))
		b, err2 := d.find(path.Dir(to))
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		n := a.entries[path.Base(from)]
		if n == nil {
			return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
		}
		delete(a.entries, path.Base(from))
		b.entries[path.Base(to)] = n
		return nil
	})
}

func (d *modelDisk) Mkdir(name string) error {
	d.mu.Lock()
	n, err := d.find(name)
	dead := d.dead
	d.mu.Unlock()
	if n != nil && err == nil && !dead {
		return &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist}
	}
	return d.step("make "+kind(name), func() error {
		parent, err := d.find(path.Dir(name))
		if err != nil {
			return err
		}
		parent.entries[path.Base(name)] = newFolder()
		return nil
	})
}

func (d *modelDisk) List(dir string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return nil, errPower
	}
	n, err := d.find(dir)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(n.entries)), nil
}

func (d *modelDisk) Remove(name string) error {
	return d.step("remove "+kind(name), func() error {
		n, err := d.find(name)
		if err != nil {
			return err
		}
		if len(n.entries) > 0 {
			return errors.New(name + " is not empty")
		}
		parent, err := d.find(path.Dir(name))
		delete(parent.entries, path.Base(name))
		return err
	})
}

func (d *modelDisk) Lock(name string) (io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locks[name] {
		return nil, fmt.Errorf("%w: %s", ErrInUse, name)
	}
	d.locks[name] = true
	return modelLock{d, name}, nil
}

type modelLock struct {
	d    *modelDisk
	name string
}

func (l modelLock) Close() error {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	delete(l.d.locks, l.name)
	return nil
}

var folder = regexp.MustCompile(`^log/tile(/entries|/\d)?$|/x\d{3}$|\.p$`)

// kind is the name of a step's object.
func kind(name string) string {
	switch {
	case strings.HasPrefix(name, "head/head"):
		return "the head"
	case name == "head":
		return "the head's folder"
	case name == "log/.new/archived", strings.HasPrefix(name, "log/checkpoints/"):
		return "the archived head"
	case name == "log/checkpoints":
		return "the archive"
	case name == "log/.new/published", name == "log/checkpoint":
		return "the checkpoint"
	case name == "log":
		return "the log's folder"
	case name == "log/.new":
		return "the folder of what is new"
	case strings.HasPrefix(name, "log/.new/"):
		return "a new file"
	case strings.HasPrefix(name, "log/tile"):
		if folder.MatchString(name) {
			return "a tile's folder"
		}
		return "a tile"
	}
	return name
}

// restart is what there is after the process has ended: everything that it wrote, and no locks. The steps are counted anew.
func (d *modelDisk) restart() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.locks, d.dead, d.breaks, d.steps = map[string]bool{}, false, nil, nil
}

// cutPower is what there is after the power was cut: what was synced, and of the rest what chance leaves.
func (d *modelDisk) cutPower(chance *rand.Rand) {
	d.restart()
	d.root.lose(chance)
}

func (n *node) lose(chance *rand.Rand) {
	if n.entries == nil {
		if !n.isSynced {
			switch chance.IntN(3) {
			case 0:
				n.data = n.kept
			case 1:
				n.data = n.data[:chance.IntN(len(n.data)+1)]
			}
		}
		n.kept, n.isSynced = n.data, true
		return
	}
	for _, name := range slices.Sorted(maps.Keys(union(n.entries, n.durable))) {
		if n.entries[name] == n.durable[name] || chance.IntN(2) == 0 {
			continue // nothing to lose, or not lost
		}
		if old := n.durable[name]; old != nil {
			n.entries[name] = old
		} else {
			delete(n.entries, name)
		}
	}
	n.durable = maps.Clone(n.entries)
	for _, name := range slices.Sorted(maps.Keys(n.entries)) {
		n.entries[name].lose(chance)
	}
}

func union(a, b map[string]*node) map[string]*node {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// files gives every file below a folder, by name.
func (d *modelDisk) files(dir string) map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	found := map[string]string{}
	if n, err := d.find(dir); err == nil {
		n.files(dir, found)
	}
	return found
}

func (n *node) files(name string, found map[string]string) {
	if n.entries == nil {
		found[name] = string(n.data)
	}
	for entry, e := range n.entries {
		e.files(path.Join(name, entry), found)
	}
}
