package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"os"

	"daybook.internal/sortition/beacon"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/seal"
)

// Forms of the files of a draw without a ledger.
const (
	lotteryForm = "daybook-lottery/1"
	drawForm    = "daybook-draw/1"
)

// lotteryFile is a lottery as 'build' writes it: everything that 'draw' and 'verify' need beside the tables.
type lotteryFile struct {
	Form         string            `json:"form"`
	Test         bool              `json:"test"` // built without public randomness
	Algorithm    string            `json:"algorithm"`
	Objective    lottery.Objective `json:"objective"`
	Seed         seal.Hash         `json:"seed"`
	Round        uint64            `json:"round,omitempty"` // of the beacon that is the seed
	Size         int               `json:"size"`
	Quotas       seal.Hash         `json:"quotas"` // digest of seal.Quotas
	Types        int               `json:"types"`
	Relaxed      []levelRow        `json:"relaxed"`
	Cap          float64           `json:"cap"`
	Exact        bool              `json:"exact"`
	Impossible   []string          `json:"impossible"`
	Multipliers  []int64           `json:"multipliers"` // the certificate: quotas in their order, the size, groups of addresses
	Bound        string            `json:"bound"`
	PanelsDigest seal.Hash         `json:"panelsDigest"` // lottery.Digest
	Panels       [][]string        `json:"panels"`       // by id
}

type levelRow struct {
	Probability float64 `json:"probability"`
	People      int     `json:"people"`
}

func levelRows(levels []lottery.Level) []levelRow {
	rows := []levelRow{}
	for _, l := range levels {
		rows = append(rows, levelRow(l))
	}
	return rows
}

// quotasDigest is the content address of the quotas of a draw.
func (d *drawn) quotasDigest(size int) seal.Hash {
	return seal.Digest(seal.Quotas{Size: size, Quotas: d.targets.Quotas, Widest: d.targets.Widest}.Text())
}

func newLotteryFile(d *drawn, in lottery.Instance, l *lottery.Lottery) lotteryFile {
	f := lotteryFile{
		Form: lotteryForm, Algorithm: l.Algorithm, Objective: l.Options.Objective, Seed: l.Options.Seed, Size: in.Size, Quotas: d.quotasDigest(in.Size), Types: l.Orbits,
		Relaxed: levelRows(l.Relaxed), Cap: l.Cap, Exact: l.Exact, Impossible: []string{}, Multipliers: l.Certificate.Multipliers, Bound: l.Certificate.Bound.RatString(),
		PanelsDigest: lottery.Digest(in, l.Panels), Panels: seal.NamePanels(in, l.Panels).List,
	}
	for _, i := range l.Impossible {
		f.Impossible = append(f.Impossible, in.People[i].ID)
	}
	return f
}

// lottery reads a file back over the tables that it was built from, and counts the tickets. What it says is not checked yet: Lottery.Check does that.
func (f lotteryFile) lottery(d *drawn) (lottery.Instance, *lottery.Lottery, error) {
	d.size = f.Size
	in, err := d.instance()
	if err != nil {
		return in, nil, err
	}
	if f.Quotas != d.quotasDigest(f.Size) {
		return in, nil, violationError{fmt.Errorf("the quotas are not those that the lottery was built for: their digest is %s, not %s", d.quotasDigest(f.Size), f.Quotas)}
	}
	l := &lottery.Lottery{
		Algorithm: f.Algorithm, Options: lottery.Options{Panels: len(f.Panels), Objective: f.Objective, Seed: f.Seed}, Cap: f.Cap, Exact: f.Exact, Orbits: f.Types,
		Certificate: lottery.Certificate{Multipliers: f.Multipliers},
	}
	for _, r := range f.Relaxed {
		l.Relaxed = append(l.Relaxed, lottery.Level(r))
	}
	bound, ok := new(big.Rat).SetString(f.Bound)
	if !ok {
		return in, nil, violationError{fmt.Errorf("the bound %.40q is no fraction", f.Bound)}
	}
	l.Certificate.Bound = bound
	if l.Panels, err = (seal.Panels{Size: f.Size, List: f.Panels}).Index(in); err != nil {
		return in, nil, violationError{err}
	}
	impossible, err := seal.Panels{List: [][]string{f.Impossible}}.Index(in)
	if err != nil {
		return in, nil, violationError{err}
	}
	l.Impossible = impossible[0]
	if got := seal.Hash(lottery.Digest(in, l.Panels)); got != f.PanelsDigest {
		return in, nil, violationError{fmt.Errorf("the panels are not those of the digest: it is %s, not %s", got, f.PanelsDigest)}
	}
	if l.Tickets, err = lottery.Count(in, l.Panels); err != nil {
		return in, nil, violationError{err}
	}
	return in, l, nil
}

// drawFile is a draw as 'draw' writes it.
type drawFile struct {
	Form         string          `json:"form"`
	Test         bool            `json:"test"` // drawn without public randomness
	PanelsDigest seal.Hash       `json:"panelsDigest"`
	Context      string          `json:"context"`
	Beacon       json.RawMessage `json:"beacon,omitempty"` // of drand's quicknet; absent in a test run
	Randomness   seal.Hash       `json:"randomness"`
	Index        int             `json:"index"` // the panel, from 0
	Panel        []string        `json:"panel"`
}

// verified verifies the beacon of a draw, and gives its round.
func (f drawFile) verified() (round uint64, err error) {
	chain := beacon.Quicknet()
	r, err := chain.Read(f.Beacon)
	if err != nil {
		return 0, err
	}
	got, err := chain.Verify(r.Number, r)
	if err == nil && seal.Hash(got) != f.Randomness {
		err = beacon.ErrRandomness
	}
	return r.Number, err
}

// readForm reads a JSON file of a form. Members that it does not know are an error.
func readForm(path, form string, into any, is *string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if *is != form {
		return fmt.Errorf("%s: this is %.40q, not %s", path, *is, form)
	}
	return nil
}

func writeForm(path string, value any) error {
	return writeNew(path, 0o644, func(f *os.File) error { return writeJSON(f, value, " ") })
}

// randomnessFlags name public randomness: a round that was named before, and the file that tells it.
type randomnessFlags struct {
	round uint64
	file  string
}

// read verifies the round.
func (f randomnessFlags) read() (seal.Hash, []byte, error) {
	b, err := os.ReadFile(f.file)
	if err != nil {
		return seal.Hash{}, nil, err
	}
	chain := beacon.Quicknet()
	r, err := chain.Read(b)
	if err != nil {
		return seal.Hash{}, nil, fmt.Errorf("%s: %w", f.file, err)
	}
	randomness, err := chain.Verify(f.round, r)
	if err != nil {
		return seal.Hash{}, nil, violationError{fmt.Errorf("%s: %w", f.file, err)}
	}
	return randomness, beacon.Write(r), nil
}
