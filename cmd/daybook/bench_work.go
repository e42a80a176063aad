package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	storesqlite "daybook.internal/readstore/sqlite"
	"daybook.internal/replay"
)

const (
	benchStatements = 500
	benchConv       = domain.ConversationID("bench")
)

// bench writes reactions, each respondent on a stream of their own.
type bench struct {
	ledger *ledgersqlite.Ledger
	now    domain.Time
	people atomic.Int64
}

// newBench opens the conversation that is reacted to.
func newBench(ctx context.Context, l *ledgersqlite.Ledger) (*bench, error) {
	b := &bench{ledger: l, now: domain.TimeOf(time.Now())}
	setup := map[domain.StreamID][]domain.Event{
		domain.DialogueStream("bench"): {domain.DialogueRegistered{
			Dialogue: "bench", Edition: "bench", Place: "ZZ", Partner: "bench", Mode: domain.OnlineMode, SampleType: domain.OpenOnline, Languages: []domain.Lang{"en"},
		}},
	}
	for i := range benchStatements {
		id := domain.StatementID(fmt.Sprint(i))
		setup[domain.StatementStream(benchConv, id)] = []domain.Event{domain.StatementPosted{
			Conversation: benchConv, Statement: id, Kind: domain.PlainStatement, Text: domain.Commitment{1}, Lang: "en", Author: "author",
		}}
	}
	order := []domain.StreamID{domain.DialogueStream("bench")}
	for stream := range setup {
		if stream != order[0] {
			order = append(order, stream)
		}
	}
	slices.Sort(order[1:])
	for _, stream := range order {
		drafts, err := commands.Drafts(stream, b.meta("setup"), 0, setup[stream])
		if err != nil {
			return nil, err
		}
		if _, err := l.Append(ctx, stream, 0, drafts...); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *bench) meta(command string) domain.Meta {
	return domain.Meta{
		Source: "bench", Dialogue: "bench", Time: b.now, OccurredAt: b.now, Actor: domain.Actor{Role: domain.Participant, Principal: "9f2c41d07ab35e68"},
		Command: command, Observed: domain.Observed{{Stream: domain.DialogueStream("bench"), Version: 1}, {Stream: domain.StatementStream(benchConv, "17"), Version: 1}},
	}
}

// respondent is one person's stream, with a reaction for every version of it.
type respondent struct {
	bench  *bench
	name   domain.Pseudonym
	stream domain.StreamID
	next   int
}

func (b *bench) respondent() *respondent {
	name := domain.Pseudonym(fmt.Sprintf("%016x", b.people.Add(1)))
	return &respondent{bench: b, name: name, stream: domain.ReactionsStream(benchConv, name)}
}

// reactions drafts the next n reactions. Past the last statement, the first ones are reacted to again.
func (r *respondent) reactions(n int) ([]ledger.Draft, uint64, error) {
	version := r.next
	drafts := make([]ledger.Draft, 0, n)
	values := []domain.ReactionValue{domain.Agree, domain.Disagree, domain.Pass}
	for range n {
		e := domain.ReactionCast{
			Conversation: benchConv, Respondent: r.name, Statement: domain.StatementID(fmt.Sprint(r.next % benchStatements)),
			Value: values[r.next%len(values)], Revision: 1 + r.next/benchStatements,
		}
		if r.next >= benchStatements {
			e.Replaces = values[(r.next-benchStatements)%len(values)]
		}
		d, err := commands.Drafts(r.stream, r.bench.meta("01JAB9Z3M5W8Q2K7D4T6V1XN0E"), r.next, []domain.Event{e})
		if err != nil {
			return nil, 0, err
		}
		drafts = append(drafts, d...)
		r.next++
	}
	return drafts, uint64(version), nil
}

// oneWriter takes the raw write and the append in turns, so that both meet the same disk.
func (b *bench) oneWriter(ctx context.Context, path string, r *benchReport) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	who := b.respondent()
	var raw, appends []time.Duration
	for range 3000 {
		drafts, version, err := who.reactions(1)
		if err != nil {
			return err
		}
		record := append(slices.Clone(drafts[0].Meta), drafts[0].Data...)
		r.RecordBytes = len(record)
		began := time.Now()
		if _, err := f.Write(record); err != nil {
			return err
		}
		if err := fdatasync(f); err != nil {
			return err
		}
		raw = append(raw, time.Since(began))
		began = time.Now()
		if _, err := b.ledger.Append(ctx, who.stream, version, drafts...); err != nil {
			return err
		}
		appends = append(appends, time.Since(began))
	}
	r.RawSyncP50Us, r.RawSyncP99Us = quantile(raw, 50), quantile(raw, 99)
	r.AppendP50Us, r.AppendP99Us = quantile(appends, 50), quantile(appends, 99)
	r.AppendRatio = float64(int(100*r.AppendP50Us/r.RawSyncP50Us)) / 100
	return nil
}

// served appends one record at a time to a ledger at rest and waits until every view reflects it.
func (b *bench) served(ctx context.Context, path string, r *benchReport) error {
	store, err := storesqlite.Open(ctx, path, storesqlite.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	projector := readstore.NewProjector(b.ledger, store, projections.All(), readstore.Options{})
	if err := projector.CatchUp(ctx, nil); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- projector.Run(ctx) }()
	defer func() {
		stop()
		<-ended
	}()
	who := b.respondent()
	var waits []time.Duration
	for range 300 {
		time.Sleep(5 * time.Millisecond)
		drafts, version, err := who.reactions(1)
		if err != nil {
			return err
		}
		seq, err := b.ledger.Append(ctx, who.stream, version, drafts...)
		if err != nil {
			return err
		}
		began := time.Now()
		if err := projector.Await(ctx, seq); err != nil {
			return err
		}
		waits = append(waits, time.Since(began))
	}
	r.ServedP50Us, r.ServedP99Us = quantile(waits, 50), quantile(waits, 99)
	return nil
}

func quantile(d []time.Duration, percent int) float64 {
	slices.Sort(d)
	return float64(d[len(d)*percent/100].Nanoseconds()/10) / 100
}

func (b *bench) writers(ctx context.Context, n int, during time.Duration, r *benchReport) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var done atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range n {
		who := b.respondent()
		all.Go(func() {
			for time.Since(began) < during {
				drafts, version, err := who.reactions(1)
				if err == nil {
					_, err = b.ledger.Append(ctx, who.stream, version, drafts...)
				}
				if err != nil {
					cancel(err)
					return
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	perSecond := float64(done.Load()) / time.Since(began).Seconds()
	r.Writers64PerSecond = int(perSecond)
	r.Writers64RawRatio = float64(int(perSecond*r.RawSyncP50Us/1e4)) / 100
	return nil
}

// bulk appends batches of ten reactions by a hundred people at a time.
func (b *bench) bulk(ctx context.Context, events int, r *benchReport) error {
	var spent time.Duration
	done := 0
	for done < events {
		batches := make([]ledger.Batch, 100)
		for i := range batches {
			who := b.respondent()
			drafts, version, err := who.reactions(10)
			if err != nil {
				return err
			}
			batches[i] = ledger.Batch{Stream: who.stream, Version: version, Drafts: drafts}
		}
		began := time.Now()
		_, n, err := ledger.AppendBatches(ctx, b.ledger, batches)
		spent += time.Since(began)
		if err != nil {
			return err
		}
		done += n
	}
	r.BulkPerSecond = int(float64(done) / spent.Seconds())
	return nil
}

// replay folds everything that was appended into all views.
func (b *bench) replay(ctx context.Context, r *benchReport) error {
	began := time.Now()
	fold, n, err := replay.Rebuild(ctx, replay.Records(ctx, b.ledger), projections.All(), replay.Head)
	if err != nil {
		return err
	}
	r.ReplayEvents, r.ReplayPerSecond = n, int(float64(n)/time.Since(began).Seconds())
	r.ReplayHeapMB = heapMB()
	runtime.KeepAlive(fold)
	fold = nil
	if fold, _, err = replay.Rebuild(ctx, replay.Records(ctx, b.ledger), projections.All(), n/10); err != nil {
		return err
	}
	r.ReplayHeapTenthMB = heapMB()
	runtime.KeepAlive(fold)
	return nil
}

func heapMB() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc >> 20)
}
