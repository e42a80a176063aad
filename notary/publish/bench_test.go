package publish

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/notary"
)

// made is a ledger of n records of the usual size that are made as they are read.
type made struct{ n uint64 }

func (m *made) All(_ context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	meta := []byte(`{"source":"ed_bench","dialogue":"dl_KE","time":1700000000000,"actor":"participant:p1","command":"0195f3c0-0000-7000-8000-000000000000","observed":"dialogue-dl_KE@12"}`)
	return func(yield func(ledger.Entry, error) bool) {
		for seq := after.Seq; seq < m.n; seq++ {
			r := domain.Record{
				Seq: seq, Stream: "reactions-dl_KE/p1", Revision: seq, ID: domain.EventID{byte(seq), byte(seq >> 8), byte(seq >> 16)}, Type: "reaction-cast.v1", Meta: meta,
				Data: fmt.Appendf(make([]byte, 0, 200), `{"conversation":"dl_KE","respondent":"p1","revision":%d,"statement":"17","value":"agree","padding":"0123456789012345678901234567890123456789"}`, seq),
			}
			if !yield(ledger.Entry{Record: r, Cursor: ledger.Cursor{Seq: seq + 1}}, nil) {
				return
			}
		}
	}
}

func (m *made) Follow(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return m.All(ctx, after)
}

func (m *made) Stream(context.Context, domain.StreamID, uint64) iter.Seq2[domain.Record, error] {
	return func(func(domain.Record, error) bool) {}
}

const million = 1_000_000

// bench opens a log of n records in a folder of its own.
func bench(b *testing.B, n uint64) (*Publisher, *made, Config) {
	b.Helper()
	w := newWorld(b)
	c := w.config()
	m := &made{n}
	c.Ledger, c.Dir, c.Head, c.Witnesses = m, filepath.Join(b.TempDir(), "log"), filepath.Join(b.TempDir(), "head"), nil
	p, err := Open(b.Context(), c)
	require.NoError(b, err)
	b.Cleanup(func() { _ = p.Close() })
	return p, m, c
}

// BenchmarkPublishMillion is the first publishing of a million records: leaves, hashes, tiles, entries, everything synced and signed. The floor writes as many
// files of the same sizes and syncs them the same way, in the same run.
func BenchmarkPublishMillion(b *testing.B) {
	var took, cpu, floor, floorCPU time.Duration
	var sizes []int64
	for b.Loop() {
		p, _, c := bench(b, million)
		began, before := time.Now(), cpuTime(b)
		_, err := p.Publish(b.Context())
		require.NoError(b, err)
		took, cpu = took+time.Since(began), cpu+cpuTime(b)-before
		b.StopTimer()
		sizes = sizes[:0]
		require.NoError(b, filepath.WalkDir(filepath.Join(c.Dir, "tile"), func(_ string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			sizes = append(sizes, info.Size())
			return err
		}))
		began, before = time.Now(), cpuTime(b)
		floorOf(b, sizes)
		floor, floorCPU = floor+time.Since(began), floorCPU+cpuTime(b)-before
		b.StartTimer()
	}
	for what, d := range map[string]time.Duration{"s": took, "cpu-s": cpu, "floor-s": floor, "floor-cpu-s": floorCPU} {
		b.ReportMetric(d.Seconds()/float64(b.N), what)
	}
	b.ReportMetric(float64(len(sizes)), "files")
	b.ReportMetric(0, "ns/op")
}

// cpuTime is what this process has had of the cores so far.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkTreeMillion is the same without files: what leaves and hashes cost.
func BenchmarkTreeMillion(b *testing.B) {
	for b.Loop() {
		e := &edge{tree: &notary.Tree{}}
		require.NoError(b, grow(b.Context(), &made{million}, e, 0, nil, nil, func(string, []byte) error { return nil }))
	}
}

// floorOf writes files of these sizes on all cores, and syncs all of them.
func floorOf(b *testing.B, sizes []int64) {
	b.Helper()
	dir := b.TempDir()
	names := make([]string, len(sizes))
	var all sync.WaitGroup
	for core := range 2 {
		all.Go(func() {
			for i := core; i < len(sizes); i += 2 {
				names[i] = filepath.Join(dir, fmt.Sprint(i))
				_ = os.WriteFile(names[i], make([]byte, sizes[i]), 0o644)
			}
		})
	}
	all.Wait()
	require.NoError(b, osDisk{}.Sync(names...))
}

// BenchmarkPublishHundred publishes a hundred new records of a million, again and again. The floor does one write, sync, rename and sync of the folder for
// each of the waits that follow each other: the tiles, the head, the archived head and the checkpoint.
func BenchmarkPublishHundred(b *testing.B) {
	p, m, _ := bench(b, million)
	_, err := p.Publish(b.Context())
	require.NoError(b, err)
	dir := b.TempDir()
	var floor time.Duration
	n := 0
	for b.Loop() {
		m.n += 100
		_, err := p.Publish(b.Context())
		require.NoError(b, err)
		b.StopTimer()
		began := time.Now()
		for i := range 4 {
			require.NoError(b, replace(osDisk{}, filepath.Join(dir, "new"), filepath.Join(dir, fmt.Sprint(i)), make([]byte, 200)))
		}
		floor += time.Since(began)
		n++
		b.StartTimer()
	}
	b.ReportMetric(float64(floor.Microseconds())/float64(n), "µs/floor")
}

// BenchmarkResume opens a log of a million records that is as it should be.
func BenchmarkResume(b *testing.B) {
	p, _, c := bench(b, million+100)
	_, err := p.Publish(b.Context())
	require.NoError(b, err)
	require.NoError(b, p.Close())
	for b.Loop() {
		p, err := Open(b.Context(), c)
		require.NoError(b, err)
		require.NoError(b, p.Close())
	}
}

// BenchmarkReceipt makes receipts of a log of a million records.
func BenchmarkReceipt(b *testing.B) {
	p, _, _ := bench(b, million)
	_, err := p.Publish(b.Context())
	require.NoError(b, err)
	seq := uint64(0)
	for b.Loop() {
		_, err := p.Receipt(seq % million)
		require.NoError(b, err)
		seq += 7919
	}
	b.StopTimer()
	r, err := p.Receipt(million / 2)
	require.NoError(b, err)
	b.ReportMetric(float64(len(r.Text())), "bytes")
}
