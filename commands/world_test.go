package commands_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/vault"
)

var errFault = errors.New("the disk is gone")

// requirer is what both *testing.T and *rapid.T are.
type requirer interface {
	require.TestingT
	Helper()
}

// world is a service on doubles that fail when they are told to.
type world struct {
	*commands.Service
	t      requirer
	memory *ledgertest.Memory
	faulty *ledgertest.Faulty
	words  *memoryVault
	clock  *time.Time // a minute later with each command
	due    time.Time  // of the draw that the story commits to
}

func newWorld(t requirer) *world {
	w := &world{t: t, memory: ledgertest.NewMemory(), words: &memoryVault{kept: map[vault.Place]vault.Opening{}}}
	w.faulty = &ledgertest.Faulty{Ledger: w.memory}
	now := time.Date(2025, 10, 10, 8, 0, 0, 0, time.UTC)
	w.clock = &now
	w.Service = &commands.Service{Ledger: w.faulty, Vault: w.words, Now: func() time.Time {
		now = now.Add(time.Minute) // a retry is stamped later than the first try
		return now
	}}
	return w
}

func by(command string) commands.By {
	return commands.By{Command: command, Actor: domain.Actor{Role: domain.Coordinator, Principal: "ada"}}
}

func (w *world) run(name, command, content string) (commands.Receipt, error) {
	w.t.Helper()
	c, ok := commands.ByName(name)
	require.True(w.t, ok, name)
	return c.Run(context.Background(), w.Service, by(command), []byte(w.timely(name, content)))
}

// timely puts the time of the story's draw into what says that it is due: a day after it was first spoken of. It comes when somebody draws.
func (w *world) timely(name, content string) string {
	if strings.Contains(content, "@due") && w.due.IsZero() {
		w.due = w.clock.Add(24 * time.Hour)
	}
	if name == "execute-draw" && w.clock.Before(w.due) {
		*w.clock = w.due
	}
	return strings.ReplaceAll(content, "@due", domain.TimeOf(w.due).String())
}

func (w *world) must(name, command, content string) commands.Receipt {
	w.t.Helper()
	r, err := w.run(name, command, content)
	require.NoError(w.t, err, "%s %s", name, content)
	return r
}

// repeated is the receipt of a command that is sent again.
func repeated(r commands.Receipt) commands.Receipt {
	r.Repeated = true
	return r
}

func (w *world) records() []domain.Record {
	w.t.Helper()
	var all []domain.Record
	for e, err := range w.memory.All(context.Background(), ledger.Cursor{}) {
		require.NoError(w.t, err)
		all = append(all, e.Record)
	}
	return all
}

// fact decodes the record at seq.
func (w *world) fact(seq uint64) domain.Fact {
	w.t.Helper()
	f, err := w.records()[seq].Decode()
	require.NoError(w.t, err)
	return f
}

// memoryVault keeps openings under salts that are not random.
type memoryVault struct {
	mu   sync.Mutex
	kept map[vault.Place]vault.Opening
	fail error

	openFails, eraseFails error
}

func (v *memoryVault) Seal(ctx context.Context, words ...vault.Words) ([]domain.Commitment, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := errors.Join(ctx.Err(), v.fail); err != nil {
		return nil, err
	}
	var out []domain.Commitment
	for _, w := range words {
		if w.Subject == "" {
			return nil, errors.New("words of nobody")
		}
		o, have := v.kept[w.Place]
		if have && string(o.Words) != string(w.Words) {
			return nil, domain.Reject(domain.ErrIdempotencyConflict, "other words are sealed there")
		}
		if !have {
			o = vault.Opening{Place: w.Place, Subject: w.Subject, Salt: domain.Salt{byte(len(v.kept)), 1}, Words: w.Words}
			v.kept[w.Place] = o
		}
		out = append(out, o.Commitment())
	}
	return out, nil
}

func (v *memoryVault) Keep(ctx context.Context, openings ...vault.Opening) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := errors.Join(ctx.Err(), v.fail); err != nil {
		return err
	}
	for _, o := range openings {
		if have, kept := v.kept[o.Place]; kept && (have.Salt != o.Salt || string(have.Words) != string(o.Words)) {
			return domain.Reject(domain.ErrIdempotencyConflict, "another opening is kept there")
		}
		v.kept[o.Place] = o
	}
	return nil
}

func (v *memoryVault) Open(_ context.Context, at vault.Place) (vault.Opening, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	o, ok := v.kept[at]
	switch {
	case v.openFails != nil:
		return vault.Opening{}, v.openFails
	case !ok:
		return o, vault.ErrNotFound
	}
	return o, nil
}

func (v *memoryVault) Erase(ctx context.Context, places ...vault.Place) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := errors.Join(ctx.Err(), v.fail, v.eraseFails); err != nil {
		return err
	}
	for _, p := range places {
		delete(v.kept, p)
	}
	return nil
}

func (*memoryVault) Close() error { return nil }

// line is one line of the demo.
type line struct {
	Command    string          `json:"command"`
	Name       string          `json:"name"`
	Actor      string          `json:"actor"`
	OccurredAt domain.Time     `json:"occurredAt"`
	Content    json.RawMessage `json:"content"`
}

// runDemo runs the demo dialogue and gives its receipts.
func (w *world) runDemo(t *testing.T) []commands.Receipt {
	t.Helper()
	f, err := os.Open("../cmd/daybook/demo.ndjson")
	require.NoError(t, err)
	defer f.Close()
	var all []commands.Receipt
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var l line
		require.NoError(t, json.Unmarshal(lines.Bytes(), &l))
		r, err := w.runLine(l)
		require.NoError(t, err, l.Command)
		all = append(all, r)
	}
	require.NotEmpty(t, all)
	return all
}

func (w *world) runLine(l line) (commands.Receipt, error) {
	c, ok := commands.ByName(l.Name)
	require.True(w.t, ok, l.Name)
	actor, err := domain.ParseActor(l.Actor)
	require.NoError(w.t, err)
	return c.Run(context.Background(), w.Service, commands.By{Command: l.Command, Actor: actor, OccurredAt: l.OccurredAt}, l.Content)
}

// fails tells whether a check fails.
func fails(check func(requirer)) (failed bool) {
	p := &probe{}
	defer func() {
		if r := recover(); r != nil && r != p {
			panic(r)
		}
		failed = p.failed
	}()
	check(p)
	return
}

type probe struct{ failed bool }

func (p *probe) Errorf(string, ...any) { p.failed = true }
func (p *probe) FailNow()              { panic(p) }
func (p *probe) Helper()               {}

func replaceOnce(t requirer, data []byte, old, new string) []byte {
	t.Helper()
	require.Equal(t, 1, bytes.Count(data, []byte(old)), "%q in %s", old, data)
	return bytes.Replace(data, []byte(old), []byte(new), 1)
}
