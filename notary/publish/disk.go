package publish

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// disk is what publishing needs of a file system: the seam at which tests break it. Names are paths of the operating system.
type disk interface {
	Read(name string) ([]byte, error)
	Write(name string, data []byte) error // a new file, or in place of what it held; not on the disk until it is synced
	Sync(names ...string) error           // files have their bytes, and folders their entries, on the disk
	Rename(from, to string) error         // atomic; on the disk when the folder of to is synced
	Mkdir(name string) error
	List(dir string) ([]string, error) // names in a folder, in order
	Remove(name string) error          // a file, or an empty folder
	Lock(name string) (io.Closer, error)
}

// osDisk is the one of the operating system.
type osDisk struct{}

func (osDisk) Read(name string) ([]byte, error)     { return os.ReadFile(name) }
func (osDisk) Write(name string, data []byte) error { return os.WriteFile(name, data, 0o644) }
func (osDisk) Rename(from, to string) error         { return os.Rename(from, to) }
func (osDisk) Mkdir(name string) error              { return os.Mkdir(name, 0o755) }
func (osDisk) Remove(name string) error             { return os.Remove(name) }

func (osDisk) List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

// atOnce is how many files are waited for at the same time: the file system puts many into one commit, so that 8,000 files take half a second and not two.
const atOnce = 64

func (osDisk) Sync(names ...string) error {
	errs := make([]error, len(names))
	var all sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for i, name := range names {
		free <- struct{}{}
		all.Go(func() {
			errs[i] = syncOne(name)
			<-free
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func syncOne(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// makeAll makes a folder and those above it, each of them on the disk.
func makeAll(d disk, dir string) error {
	err := d.Mkdir(dir)
	if errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir {
		if err := makeAll(d, filepath.Dir(dir)); err != nil {
			return err
		}
		err = d.Mkdir(dir)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	return d.Sync(filepath.Dir(dir))
}

// replace makes data the content of a file, at once and for good: whoever opens it sees all of the old content or all of the new one, also after a power cut.
func replace(d disk, temp, name string, data []byte) error {
	if err := d.Write(temp, data); err != nil {
		return err
	}
	if err := d.Sync(temp); err != nil {
		return err
	}
	if err := d.Rename(temp, name); err != nil {
		return err
	}
	return d.Sync(filepath.Dir(name))
}

// removeAll removes a folder of files and folders, as far as it is there.
func removeAll(d disk, dir string) error {
	names, err := d.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	for _, n := range names {
		if err := d.Remove(filepath.Join(dir, n)); err != nil {
			return fmt.Errorf("clean up: %w", err)
		}
	}
	return d.Remove(dir)
}
