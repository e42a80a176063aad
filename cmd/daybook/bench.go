package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	ledgersqlite "daybook.internal/ledger/sqlite"
)

type benchReport struct {
	RawSyncP50Us       float64 `json:"rawSyncP50Us"`       // write of one record's bytes at the end of a file, and fdatasync
	AppendP50Us        float64 `json:"appendP50Us"`        // append of one record, one writer, turn and turn about with the raw write
	AppendRatio        float64 `json:"appendRatio"`        // the second over the first
	ServedP50Us        float64 `json:"servedP50Us"`        // from the end of an append, at rest, until every view serves it
	ServedP99Us        float64 `json:"servedP99Us"`        // the slow end of that
	Writers64PerSecond int     `json:"writers64PerSecond"` // acknowledged records of 64 writers, one record an append, a stream each
	CommandP50Us       float64 `json:"commandP50Us"`       // one cast-ballot command, one writer, everything that it looks at known
	CommandP99Us       float64 `json:"commandP99Us"`       // the slow end of that
	CommandRatio       float64 `json:"commandRatio"`       // over a bare append of the same event, turn and turn about
	Ballots64PerSecond int     `json:"ballots64PerSecond"` // acknowledged ballots of 64 casters, each by a command
	BulkPerSecond      int     `json:"bulkPerSecond"`      // records in batches of 1,000
	ReplayPerSecond    int     `json:"replayPerSecond"`    // read, check, decode and fold into all views
	PeakRSSMB          int     `json:"peakRssMB"`          // of this process over the whole run
	RecordBytes        int     `json:"recordBytes"`        // Meta and Data of one record
	ReplayEvents       uint64  `json:"replayEvents"`       // records replayed
	ReplayHeapMB       int     `json:"replayHeapMB"`       // live heap at the end of the replay: the views
	ReplayHeapTenthMB  int     `json:"replayHeapTenthMB"`  // the same after a tenth of the records
	Machine            string  `json:"machine"`            // cores, system, Go
	Writers64RawRatio  float64 `json:"writers64RawRatio"`  // acknowledged records of 64 writers in the time of one raw write
	ReplayCPUs         int     `json:"replayCPUs"`         // GOMAXPROCS
	AppendP99Us        float64 `json:"appendP99Us"`        // the slow end of one writer
	RawSyncP99Us       float64 `json:"rawSyncP99Us"`       // the slow end of the raw write
}

func (p *program) benchCommand() *cobra.Command {
	var dir string
	var events int
	c := args(&cobra.Command{
		Use:   "bench",
		Short: "Measure this machine: durable appends, bulk, and replay with all views",
		Long: `Measures on this machine, in a directory of its own that is removed afterwards: the raw write and fdatasync of one record's bytes; appends of one
writer, turn and turn about with the raw writes; the time until an append at rest is served by every view; 64 writers; ballots cast by commands, alone and by 64 at once; bulk appends; and a replay with decoding and all views of everything that was
appended. Records are reactions of a conversation with 500 statements, as the product writes them.

The directory must be on the disk that matters: --dir chooses it.`,
		Example: "  daybook bench -o json\n  daybook bench --dir /srv/daybook --events 1000000",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if events < 1000 {
			return usageError{errors.New("--events: at least 1000")}
		}
		r, err := p.bench(c.Context(), dir, events)
		if err != nil {
			return err
		}
		return printRows(p, r, []benchReport{r}, table.Row{"raw sync p50 µs", "append p50 µs", "ratio", "served p50 µs", "64 writers/s", "command ratio", "64 casters/s", "bulk/s", "replay/s", "peak RSS MB"}, func(r benchReport) table.Row {
			return table.Row{r.RawSyncP50Us, r.AppendP50Us, r.AppendRatio, r.ServedP50Us, r.Writers64PerSecond, r.CommandRatio, r.Ballots64PerSecond, r.BulkPerSecond, r.ReplayPerSecond, r.PeakRSSMB}
		})
	}
	c.Flags().StringVar(&dir, "dir", "", "where to measure (default: the system's directory for temporary files)")
	c.Flags().IntVar(&events, "events", 500_000, "records to append in bulk and to replay")
	c.AddCommand(p.benchHTTPCommand(), p.benchFloorCommand(), p.benchReadCommand())
	return c
}

func (p *program) bench(ctx context.Context, dir string, events int) (r benchReport, err error) {
	dir, err = os.MkdirTemp(dir, "daybook-bench-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	l, err := ledgersqlite.Open(ctx, filepath.Join(dir, "ledger.db"), ledgersqlite.Options{})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	b, err := newBench(ctx, l)
	if err != nil {
		return r, err
	}
	for _, step := range []struct {
		what string
		run  func() error
	}{
		{"one writer", func() error { return b.oneWriter(ctx, filepath.Join(dir, "raw"), &r) }},
		{"served", func() error { return b.served(ctx, filepath.Join(dir, "views.db"), &r) }},
		{"64 writers", func() error { return b.writers(ctx, 64, 3*time.Second, &r) }},
		{"ballots", func() error { return b.ballots(ctx, dir, &r) }},
		{"bulk", func() error { return b.bulk(ctx, events, &r) }},
		{"replay", func() error { return b.replay(ctx, &r) }},
	} {
		p.say("measuring %s", step.what)
		if err := step.run(); err != nil {
			return r, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	r.PeakRSSMB = peakRSS() >> 20
	r.ReplayCPUs = runtime.GOMAXPROCS(0)
	r.Machine = fmt.Sprintf("%d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	return r, nil
}
