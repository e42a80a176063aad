package replay_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/readstore/storetest"
	"daybook.internal/replay"
	"daybook.internal/vault"
)

// sealed is a vault in memory: nobody here asks for words, but coders want them to be there.
type sealed map[vault.Place]vault.Opening

func (v sealed) Seal(_ context.Context, words ...vault.Words) (out []domain.Commitment, _ error) {
	for _, w := range words {
		v[w.Place] = vault.Opening{Place: w.Place, Subject: w.Subject, Words: w.Words}
		out = append(out, v[w.Place].Commitment())
	}
	return out, nil
}
func (v sealed) Open(_ context.Context, at vault.Place) (vault.Opening, error) {
	o, ok := v[at]
	if !ok {
		return o, vault.ErrNotFound
	}
	return o, nil
}

func (sealed) Erase(context.Context, ...vault.Place) error { return nil }

func (sealed) Close() error { return nil }

// line is one line of the demo.
type line struct {
	Command    string          `json:"command"`
	Name       string          `json:"name"`
	Actor      string          `json:"actor"`
	OccurredAt domain.Time     `json:"occurredAt"`
	Content    json.RawMessage `json:"content"`
}

func readDemo() (all []line) {
	f, err := os.Open("../cmd/daybook/demo.ndjson")
	must(err)
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var l line
		must(json.Unmarshal(lines.Bytes(), &l))
		all = append(all, l)
	}
	return all
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// recordsOf runs lines and gives what they write.
func recordsOf(lines []line) (records []domain.Record) {
	l := ledgertest.NewMemory()
	now := time.Date(2025, 10, 10, 8, 0, 0, 0, time.UTC)
	s := &commands.Service{Ledger: l, Vault: sealed{}, Now: func() time.Time { now = now.Add(time.Second); return now }}
	for _, line := range lines {
		c, ok := commands.ByName(line.Name)
		if !ok {
			panic(line.Name)
		}
		actor, err := domain.ParseActor(line.Actor)
		must(err)
		_, err = c.Run(context.Background(), s, commands.By{Command: line.Command, Actor: actor, OccurredAt: line.OccurredAt}, line.Content)
		must(err)
	}
	for r, err := range replay.Records(context.Background(), l) {
		must(err)
		records = append(records, r)
	}
	return records
}

// more are lines that bring families into the demo that it does not have.
var more = []line{
	{Command: "more-0", Name: "reconcile-tally", Actor: "coordinator:demo", Content: json.RawMessage(`{"dialogue":"dl_FR","session":"s1","wave":"session","question":{"id":"ar_who-decides","version":1},"source":"ballots"}`)},
	{Command: "more-1", Name: "link-statement", Actor: "coordinator:demo", Content: json.RawMessage(`{"conversation":"dl_FR","statement":"3","relation":"duplicateOf","target":"2","by":"mod-fr"}`)},
	{Command: "more-2", Name: "withdraw-consent", Actor: "coordinator:demo", Content: json.RawMessage(`{"participant":"pa_FR_11","dialogue":"dl_FR","scopes":["quotes"],"effect":"stopFuture"}`)},
	{Command: "more-3", Name: "report-deviation", Actor: "coordinator:demo", Content: json.RawMessage(`{"dialogue":"dl_FR","rule":"minutes","description":{"source":"en","text":{"en":"Long"}},"severity":"minor"}`)},
	{Command: "more-4", Name: "moderate-statement", Actor: "coordinator:demo", Content: json.RawMessage(`{"conversation":"dl_FR","statement":"2","decision":"hide","reasonCode":"rude","guideline":{"id":"ar_guide","version":1},"moderator":"mod-fr"}`)},
}

// world is a ledger and what is served from it, both open to manipulation.
type world struct {
	records []domain.Record
	views   []replay.ServedView
	docs    map[string][]replay.ServedDocument
}

// honest is served by the projector, not by what is tested here. Whoever changes it clones it first.
var honest = sync.OnceValue(func() world {
	w := world{records: recordsOf(append(readDemo(), more...)), docs: map[string][]replay.ServedDocument{}}
	ctx := context.Background()
	l, store := ledgerOf(w.records), storetest.NewMemory()
	must(readstore.NewProjector(l, store, projections.All(), readstore.Options{Batch: 7}).CatchUp(ctx, nil))
	for _, v := range projections.All() {
		served, at, ok, err := store.Served(ctx, v.Name)
		must(err)
		if !ok {
			panic(v.Name)
		}
		w.views = append(w.views, replay.ServedView{View: v.Name, Version: served.Version, At: at.Seq})
		for d, err := range store.List(ctx, v.Name, "", 0) {
			must(err)
			w.docs[v.Name] = append(w.docs[v.Name], replay.ServedDocument{Key: d.Key, Document: d.Document})
		}
	}
	return w
})

func ledgerOf(records []domain.Record) *ledgertest.Memory {
	l := ledgertest.NewMemory()
	for _, r := range records {
		_, err := l.Append(context.Background(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
		must(err)
	}
	return l
}

func (w world) clone() world {
	c := world{slices.Clone(w.records), slices.Clone(w.views), map[string][]replay.ServedDocument{}}
	for i := range c.records {
		c.records[i].Meta, c.records[i].Data = bytes.Clone(c.records[i].Meta), bytes.Clone(c.records[i].Data)
	}
	for view, docs := range w.docs {
		c.docs[view] = slices.Clone(docs)
		for i := range docs {
			c.docs[view][i].Data = bytes.Clone(docs[i].Data)
		}
	}
	return c
}

func (w world) served() replay.Served {
	return replay.Served{Views: w.views, Documents: func(view string) iter.Seq2[replay.ServedDocument, error] {
		return func(yield func(replay.ServedDocument, error) bool) {
			for _, d := range w.docs[view] {
				if !yield(d, nil) {
					return
				}
			}
		}
	}}
}

func source(records []domain.Record) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (w world) run(t *testing.T, at uint64) replay.Report {
	t.Helper()
	report, err := replay.Run(context.Background(), source(w.records), w.served(), at, nil)
	require.NoError(t, err)
	require.EqualValues(t, min(report.Mismatches, replay.MaxFindings), len(report.Findings))
	return report
}

// find gives the index of the first record of a type, from a record on.
func (w world) find(typ string, from int) int {
	for i := from; i < len(w.records); i++ {
		if w.records[i].Type == typ {
			return i
		}
	}
	panic(fmt.Sprintf("no %s from record %d on", typ, from))
}

func (w world) doc(view, key string) *replay.ServedDocument {
	for i := range w.docs[view] {
		if w.docs[view][i].Key == key {
			return &w.docs[view][i]
		}
	}
	panic(view + " " + key)
}
