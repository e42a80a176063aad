package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"daybook.internal/replay"
	"daybook.internal/sortition/seal"
)

// The files of a selection, below the directory of the dialogue and the number of the selection.
const (
	poolFile    = "pool.txt"
	panelsFile  = "panels.txt"
	lotteryFile = "lottery.json"
)

// mostSelection is how long a file of a selection may be: that of 100,000 people, or 10,000 panels of 1,000, is shorter.
const mostSelection = 512 << 20

// read reads a file of a selection. What is not there is missing where it is due, and no harm elsewhere.
func (s *selections) read(name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, fs.ErrNotExist
	}
	info, err := fs.Stat(s.Selections, name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", name)
	case info.Size() > mostSelection:
		return nil, fmt.Errorf("%s is longer than %d MiB", name, mostSelection>>20)
	}
	f, err := s.Selections.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, mostSelection+1))
	if err == nil && len(b) > mostSelection {
		err = fmt.Errorf("%s is longer than %d MiB", name, mostSelection>>20)
	}
	return b, err
}

// brings reads a file for a check, and says what is missing or cannot be read.
func (s *selections) brings(l *lot, check, name string, parse func([]byte) error) bool {
	text, err := s.read(path.Join(l.dir(), name))
	if errors.Is(err, fs.ErrNotExist) {
		if l.due() {
			s.lack[check]++
		}
		return false
	}
	if err == nil {
		err = parse(text)
	}
	if errors.Is(err, seal.ErrText) {
		s.have[check]++
		s.find(check, replay.SortitionWrong, l.where, "%s: %v", path.Join(l.dir(), name), err)
		return false
	}
	if err != nil {
		s.have[check]++
		s.notDone(check, "%s: %v", path.Join(l.dir(), name), err)
	}
	return err == nil
}

func (s *selections) pool(l *lot) (p seal.Pool, ok bool) {
	ok = s.brings(l, checkPools, poolFile, func(text []byte) (err error) { p, err = seal.ReadPool(text); return err })
	return p, ok
}

// panels are those of the text that is sealed, or of the lottery that 'daybook sortition build' writes.
func (s *selections) panels(l *lot) (p seal.Panels, ok bool) {
	name, parse := panelsFile, seal.ReadPanels
	if _, err := fs.Stat(s.Selections, path.Join(l.dir(), name)); errors.Is(err, fs.ErrNotExist) {
		if _, err := fs.Stat(s.Selections, path.Join(l.dir(), lotteryFile)); err == nil {
			name, parse = lotteryFile, builtPanels
		}
	}
	ok = s.brings(l, checkPanels, name, func(text []byte) (err error) { p, err = parse(text); return err })
	return p, ok
}

// builtPanels reads the panels of a lottery. Of what else the file says nothing is believed.
func builtPanels(text []byte) (seal.Panels, error) {
	var f struct {
		Form   string     `json:"form"`
		Size   int        `json:"size"`
		Panels [][]string `json:"panels"`
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return seal.Panels{}, fmt.Errorf("%w: %w", seal.ErrText, err)
	}
	if f.Form != "daybook-lottery/1" {
		return seal.Panels{}, fmt.Errorf("%w: this is %.40q, not daybook-lottery/1", seal.ErrText, f.Form)
	}
	return seal.Panels{Size: f.Size, List: f.Panels}, nil
}
