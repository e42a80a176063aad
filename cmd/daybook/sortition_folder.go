package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/seal"
	"daybook.internal/sortition/tables"
)

// The files of a selection, below --dir, the dialogue and the number. 'auditor verify --selections' reads the same folders.
const (
	quotasName    = "quotas.csv"    // as they stand on the record
	peopleName    = "people.csv"    // the table of people, as it was given; secret
	sealedName    = "sealed.json"   // what seal-selection was sent with; secret
	poolName      = "pool.txt"      // the sealed people with their salts; secret
	lotteryName   = "lottery.json"  // as 'build --out' writes it without a ledger
	panelsName    = "panels.txt"    // public
	selectedName  = "selected.csv"  // secret
	remainingName = "remaining.csv" // secret
)

// Who may read a file.
const (
	secret = 0o600
	public = 0o644
)

// folder is where the files of one selection are.
type folder string

func folderOf(dir string, dialogue domain.DialogueID, selection int) folder {
	return folder(filepath.Join(dir, string(dialogue), strconv.Itoa(selection)))
}

func (f folder) path(name string) string { return filepath.Join(string(f), name) }

// has tells whether a file is there.
func (f folder) has(name string) bool {
	_, err := os.Stat(f.path(name))
	return err == nil
}

// write writes a file as a whole, or leaves the one that is there.
func (f folder) write(name string, mode os.FileMode, b []byte) (err error) {
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(string(f), ".writing-*") // of mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	_, err = temp.Write(b)
	if err == nil {
		err = temp.Chmod(mode)
	}
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), f.path(name))
	}
	return err
}

func (f folder) writeTable(name string, mode os.FileMode, t tables.Table, form tables.Form) error {
	var b bytes.Buffer
	if err := t.Write(&b, form); err != nil {
		return err
	}
	return f.write(name, mode, b.Bytes())
}

// read reads a file, and says how it comes to be there.
func (f folder) read(name, from string) ([]byte, error) {
	b, err := os.ReadFile(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is not there: %s; --dir names the folder of all selections", f.path(name), from)
	}
	return b, err
}

const sealedForm = "daybook-sealed/1"

// sealedFile is what a pool was sealed from: the content of seal-selection, and the columns of people.csv.
type sealedFile struct {
	Form      string            `json:"form"`
	Dialogue  domain.DialogueID `json:"dialogue"`
	Selection int               `json:"selection"`
	ID        string            `json:"id"` // the column of ids
	Address   []string          `json:"address"`
	Excluded  map[string]int    `json:"excluded,omitempty"`
	People    []commands.Person `json:"people"` // without salts
}

func (f folder) sealed() (s sealedFile, err error) {
	if _, err := f.read(sealedName, "'daybook sortition seal' writes it, and nothing else has the keyed addresses of the pool; bring it from where the pool was sealed"); err != nil {
		return s, err
	}
	return s, readForm(f.path(sealedName), sealedForm, &s, &s.Form)
}

func (f folder) writeSealed(s sealedFile) error {
	b, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	return f.write(sealedName, secret, append(b, '\n'))
}

// pool reads the sealed pool. Another one is a violation.
func (f folder) pool(s *selectionSoFar) (seal.Pool, error) {
	text, err := f.read(poolName, "'daybook sortition seal' writes it again, as long as the vault has the salts")
	if err != nil {
		return seal.Pool{}, err
	}
	pool, err := seal.ReadPool(text)
	if err != nil {
		return pool, violationError{fmt.Errorf("%s: %w", f.path(poolName), err)}
	}
	if problems := lots.AuditPool(s.Selection, pool, s.before); len(problems) > 0 {
		return pool, violationError{fmt.Errorf("%s is not the pool that was sealed: %s", f.path(poolName), problems[0])}
	}
	return pool, nil
}

// panels reads the panels that the lottery is held to. Others are a violation.
func (f folder) panels(s *selectionSoFar, in lottery.Instance) ([][]int, error) {
	text, err := f.read(panelsName, "'daybook sortition build' writes it again")
	if err != nil {
		return nil, err
	}
	list, err := seal.ReadPanels(text)
	if err != nil {
		return nil, violationError{fmt.Errorf("%s: %w", f.path(panelsName), err)}
	}
	if problems := lots.AuditPanels(s.Selection, list); len(problems) > 0 {
		return nil, violationError{fmt.Errorf("%s: %s", f.path(panelsName), problems[0])}
	}
	panels, err := list.Index(in)
	if err != nil {
		err = violationError{fmt.Errorf("%s: %w", f.path(panelsName), err)}
	}
	return panels, err
}

// quotasTable are quotas as a table that every subcommand reads.
func quotasTable(quotas []domain.SeatQuota) tables.Table {
	t := tables.Table{Name: "the record's quotas", HeaderRow: 1, Header: []string{"category", "value", "min", "max", "min_flex", "max_flex"}}
	for i, q := range quotas {
		t.Rows = append(t.Rows, []string{q.Dimension, q.Stratum, strconv.Itoa(q.Min), strconv.Itoa(q.Max), strconv.Itoa(q.LeastMin), strconv.Itoa(q.MostMax)})
		t.Number = append(t.Number, i+2)
	}
	return t
}

// targets are the quotas of a selection as tables of people are read against them.
func targets(a *domain.SelectionAnnounced) (tables.Targets, error) {
	return tables.ReadQuotas(quotasTable(a.Quotas))
}

// readPeople reads the table of people of a selection against quotas.
func (f folder) readPeople(s *selectionSoFar, kept sealedFile) (*drawn, error) {
	if _, err := f.read(peopleName, "'daybook sortition seal' puts it there"); err != nil {
		return nil, err
	}
	d := &drawn{size: s.Announced().Size}
	table, err := readTable(f.path(peopleName))
	if err != nil {
		return nil, err
	}
	if d.targets, err = targets(s.Announced()); err != nil {
		return nil, err
	}
	d.pool, err = tables.ReadPeople(table, d.targets, tables.Columns{ID: kept.ID, Address: kept.Address})
	return d, err
}

// places are the indices of people in a table, by their ids.
func places(people []lottery.Person, ids []domain.ParticipantID) (at []int, missing []domain.ParticipantID) {
	for _, id := range ids {
		i := slices.IndexFunc(people, func(p lottery.Person) bool { return p.ID == string(id) })
		if i < 0 {
			missing = append(missing, id)
			continue
		}
		at = append(at, i)
	}
	return at, missing
}
