// Package verifytest publishes logs for tests: from records that may have been tampered with, signed by real keys, with everything around them that a
// bundle has. An attack changes the records or the files of an honest log, and publishes it again as the attacker would.
package verifytest

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/notary"
	"daybook.internal/projections"
	"daybook.internal/simulate"
	"daybook.internal/vault"
)

// Keys are those of a log and of its witnesses. They derive from a seed, so that a test is the same every time.
type Keys struct {
	Signer    note.Signer
	Key       string // the log's public key
	Verifier  note.Verifier
	Witnesses []*notary.Cosigner
}

// NewKeys makes keys from a seed.
func NewKeys(t testing.TB, seed string, witnesses int) *Keys {
	t.Helper()
	return NewKeysAs(t, "", seed, witnesses)
}

// NewKeysAs makes keys from a seed, for a log of this name.
func NewKeysAs(t testing.TB, origin, seed string, witnesses int) *Keys {
	t.Helper()
	signer, key, err := notary.NewKey(strings.NewReader(fmt.Sprintf("%-32s", seed)), origin)
	require.NoError(t, err)
	k := &Keys{Key: key}
	k.Signer, err = notary.ParseSigner(signer)
	require.NoError(t, err)
	k.Verifier, err = notary.ParseVerifier(key)
	require.NoError(t, err)
	for i := range witnesses {
		text, _, err := notary.NewWitnessKey(strings.NewReader(fmt.Sprintf("%-32s", fmt.Sprint(i, seed))), "")
		require.NoError(t, err)
		w, err := notary.ParseCosigner(text)
		require.NoError(t, err)
		k.Witnesses = append(k.Witnesses, w)
	}
	return k
}

// PolicyText asks for all but one of the witnesses, or for the only one.
func (k *Keys) PolicyText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "log %s\n", k.Key)
	members := ""
	for i, w := range k.Witnesses {
		fmt.Fprintf(&b, "witness w%d %s\n", i, w.Public())
		members += fmt.Sprintf(" w%d", i)
	}
	fmt.Fprintf(&b, "group quorum %d%s\nquorum quorum\n", max(1, len(k.Witnesses)-1), members)
	return b.String()
}

// Policy is PolicyText, read.
func (k *Keys) Policy(t testing.TB) *notary.Policy {
	t.Helper()
	p, err := notary.ParsePolicy([]byte(k.PolicyText()))
	require.NoError(t, err)
	return p
}

// A Log is what is published. Its fields may be changed before Bundle is called.
type Log struct {
	Keys     *Keys
	Records  []domain.Record
	Openings []vault.Opening
	Heads    []int64       // sizes at which heads are signed and kept, besides that of all records
	Cosign   []int         // which witnesses cosign
	Lag      time.Duration // from the recording of a head's last event until it is cosigned
	LagFrom  *Log          // whose events say when they were recorded; nil: these
	Last     int64         // when the last head is cosigned, in unix seconds; 0: as the others
}

// Clone is a copy to tamper with.
func (l *Log) Clone() *Log {
	c := *l
	c.Records = slices.Clone(l.Records)
	for i := range c.Records {
		c.Records[i].Meta, c.Records[i].Data = bytes.Clone(c.Records[i].Meta), bytes.Clone(c.Records[i].Data)
	}
	c.Openings, c.Heads, c.Cosign = slices.Clone(l.Openings), slices.Clone(l.Heads), slices.Clone(l.Cosign)
	return &c
}

// Small are the options of an edition in which everything happens, small enough for every test.
var Small = simulate.Options{Seed: 1, Countries: 3, Citizens: 12, Online: 6}

var editions sync.Map // of simulate.Options: *sync.Once-like

type made struct {
	once     sync.Once
	records  []domain.Record
	openings []vault.Opening
	err      error
}

// Edition is the log of a simulated edition, cosigned by three witnesses: heads are kept at a third, at two thirds and at its end. The edition does
// not say that it is synthetic, so that its times are looked at.
func Edition(t testing.TB, o simulate.Options) *Log {
	t.Helper()
	o.Walks = true // what is not synthetic is not drawn by a synthetic beacon
	l := Synthetic(t, o)
	l.Change(0, `,"synthetic":true`, ``)
	l.Commit(t)
	return l
}

// Synthetic is the log of a simulated edition that says that it is one. Most of its countries draw by selections, unless o has walks alone.
func Synthetic(t testing.TB, o simulate.Options) *Log {
	t.Helper()
	e, _ := editions.LoadOrStore(o, &made{})
	m := e.(*made)
	m.once.Do(func() { m.records, m.openings, m.err = simulated(o) })
	require.NoError(t, m.err)
	n := int64(len(m.records))
	return (&Log{Keys: NewKeys(t, "an honest log", 3), Records: m.records, Openings: m.openings, Heads: []int64{n / 3, 2 * n / 3}, Cosign: []int{0, 1, 2}, Lag: time.Second}).Clone()
}

// Commit makes every commitment to views true of the records as they are now, as far as they can be folded.
func (l *Log) Commit(t testing.TB) {
	t.Helper()
	want := map[uint64][]domain.ViewRoot{}
	for _, r := range l.Records {
		if e, err := domain.Decode(r.Type, r.Data); err == nil {
			if e, ok := e.(domain.ViewsCommitted); ok {
				want[e.Size] = nil
			}
		}
	}
	fold, index := projections.NewFold(projections.All(), nil), notary.NewViewIndex()
	for _, v := range projections.All() {
		index.Add(v.Name, v.Version)
	}
	for i := range l.Records {
		r := l.Records[i]
		r.Seq = uint64(i)
		if _, ok := want[r.Seq]; ok {
			for ref, d := range fold.Changed() {
				index.Set(ref.View, ref.Key, d.At, d.Data)
			}
			want[r.Seq] = index.Roots()
		}
		f, err := r.Decode()
		if err != nil {
			return
		}
		if e, ok := f.Event.(domain.ViewsCommitted); ok && want[e.Size] != nil {
			e.Views = want[e.Size]
			l.Event(t, i, func(domain.Event) domain.Event { return e })
			f.Event = e
		}
		require.NoError(t, fold.Apply(f))
	}
}

func simulated(o simulate.Options) ([]domain.Record, []vault.Opening, error) {
	l, v := ledgertest.NewMemory(), &Vault{openings: map[vault.Place]vault.Opening{}}
	ctx := context.Background()
	if _, err := simulate.Run(ctx, &commands.Service{Ledger: l, Vault: v}, o, func(int, int) {}); err != nil {
		return nil, nil, err
	}
	var records []domain.Record
	var openings []vault.Opening
	for e, err := range l.All(ctx, ledger.Cursor{}) {
		if err != nil {
			return nil, nil, err
		}
		records = append(records, e.Record)
		f, err := e.Decode()
		if err != nil {
			return nil, nil, err
		}
		for field := range domain.Commitments(f.Event) {
			if o, ok := v.openings[vault.Place{Event: f.ID, Field: field}]; ok {
				openings = append(openings, o)
			}
		}
	}
	return records, openings, nil
}

// Find is the index of the n-th record (from 0) of a type of which match is true; match may be nil.
func (l *Log) Find(t testing.TB, typ string, n int, match func(domain.Fact) bool) int {
	t.Helper()
	for i, r := range l.Records {
		if r.Type != typ {
			continue
		}
		f, err := r.Decode()
		require.NoError(t, err)
		if match != nil && !match(f) {
			continue
		}
		if n--; n < 0 {
			return i
		}
	}
	require.FailNow(t, "no such record", typ)
	return 0
}

// Change replaces old by new in the Meta and Data of a record, wherever it stands. It tells whether that changed anything.
func (l *Log) Change(i int, old, new string) bool {
	r := &l.Records[i]
	meta, data := r.Meta, r.Data
	r.Meta, r.Data = bytes.ReplaceAll(meta, []byte(old), []byte(new)), bytes.ReplaceAll(data, []byte(old), []byte(new))
	return !bytes.Equal(meta, r.Meta) || !bytes.Equal(data, r.Data)
}

// Event puts another event in the place of one.
func (l *Log) Event(t testing.TB, i int, change func(domain.Event) domain.Event) {
	t.Helper()
	f, err := l.Records[i].Decode()
	require.NoError(t, err)
	l.Records[i].Type, l.Records[i].Data, err = domain.Encode(change(f.Event))
	require.NoError(t, err)
}

// Insert puts a record before the i-th one. Its id follows from its command and stream, as that of every honest event does.
func (l *Log) Insert(t testing.TB, i int, stream domain.StreamID, meta domain.Meta, e domain.Event) {
	t.Helper()
	m, err := domain.EncodeMeta(meta)
	require.NoError(t, err)
	typ, data, err := domain.Encode(e)
	require.NoError(t, err)
	l.Records = slices.Insert(l.Records, i, domain.Record{Stream: stream, ID: domain.NewEventID(meta.Command, stream, 0), Type: typ, Meta: m, Data: data})
}

// Drop takes a record out.
func (l *Log) Drop(i int) { l.Records = slices.Delete(l.Records, i, i+1) }

// Move puts a record before another one.
func (l *Log) Move(from, to int) {
	r := l.Records[from]
	l.Drop(from)
	if to > from {
		to--
	}
	l.Records = slices.Insert(l.Records, to, r)
}

// Renumber gives every record the revision that it has in its stream now, and has no decision look at more of the ledger than stands before it, as somebody
// would who covers up that the record was tampered with.
func (l *Log) Renumber() {
	next := map[domain.StreamID]uint64{}
	for i := range l.Records {
		r := &l.Records[i]
		r.Revision = next[r.Stream]
		next[r.Stream]++
		r.Meta = lookedAt.ReplaceAllFunc(r.Meta, func(ref []byte) []byte {
			n, _ := strconv.Atoi(string(ref[len("ledger@"):]))
			return fmt.Appendf(nil, "ledger@%d", min(n, i))
		})
	}
}

var lookedAt = regexp.MustCompile(`ledger@\d+`)

// Vault keeps openings in memory.
type Vault struct {
	mu       sync.Mutex
	openings map[vault.Place]vault.Opening
}

// Seal is that of vault.Vault. Its salts derive from the places: nobody is to be kept from guessing here.
func (v *Vault) Seal(_ context.Context, words ...vault.Words) (out []domain.Commitment, _ error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, w := range words {
		o := vault.Opening{Place: w.Place, Words: w.Words}
		copy(o.Salt[:], w.Event[:])
		v.openings[w.Place] = o
		out = append(out, o.Commitment())
	}
	return out, nil
}

// Keep is that of vault.Keeper.
func (v *Vault) Keep(_ context.Context, openings ...vault.Opening) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, o := range openings {
		v.openings[o.Place] = o
	}
	return nil
}

// Open is that of vault.Vault.
func (v *Vault) Open(_ context.Context, at vault.Place) (vault.Opening, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	o, ok := v.openings[at]
	if !ok {
		return o, vault.ErrNotFound
	}
	return o, nil
}

// Erase is that of vault.Vault.
func (v *Vault) Erase(_ context.Context, places ...vault.Place) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, p := range places {
		delete(v.openings, p)
	}
	return nil
}

// Close is that of vault.Vault.
func (v *Vault) Close() error { return nil }
