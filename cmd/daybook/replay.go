package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/replay"
)

type replayReport struct {
	replay.Report
	Seconds         float64 `json:"seconds"`
	EventsPerSecond int     `json:"eventsPerSecond"`
}

func (p *program) replayCommand() *cobra.Command {
	var dir string
	at := uint64(replay.Head)
	c := args(&cobra.Command{
		Use:   "replay",
		Short: "Rebuild every view from the ledger alone and compare it with what is served",
		Long: `Reads every record of the ledger, checks its digest and its place, rebuilds every view from nothing but the records, and compares the
result byte by byte with the documents that are served, and with the commitments to the views that stand in the ledger. It changes nothing and works beside
a running server.

With --at N only the first N records are replayed; documents that have not changed since are compared.

Exit code 0: everything follows from the record. Exit code 3: something does not, and the output names it.`,
		Example: "  daybook replay --data ./data\n  daybook replay --data ./data --at 1000 -o json",
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		began := time.Now()
		report, err := p.replay(c.Context(), dir, at)
		if err != nil {
			return err
		}
		seconds := time.Since(began).Seconds()
		r := replayReport{report, seconds, int(float64(report.Events) / seconds)}
		header := table.Row{"events", "documents", "commitments", "mismatches", "seconds", "events/s"}
		err = printRows(p, r, []replayReport{r}, header, func(r replayReport) table.Row {
			return table.Row{r.Events, r.Documents, r.Commitments, r.Mismatches, fmt.Sprintf("%.2f", r.Seconds), r.EventsPerSecond}
		})
		if err != nil || r.Mismatches == 0 {
			return err
		}
		for _, f := range r.Findings {
			fmt.Fprintln(p.err, "finding:", f)
		}
		return violationError{errReported}
	}
	p.dataFlags(c, &dir)
	c.Flags().Uint64Var(&at, "at", replay.Head, "replay the first N records only")
	c.Flags().Lookup("at").DefValue = "the head"
	return c
}

func (p *program) replay(ctx context.Context, dir string, at uint64) (replay.Report, error) {
	n, err := openLedger(ctx, dir)
	if errors.Is(err, ledger.ErrDamaged) { // so badly that it cannot be opened: that is a finding, too
		return replay.Report{Mismatches: 1, Findings: []replay.Finding{{Where: "ledger", What: dir, Problem: err.Error()}}}, nil
	}
	if err != nil {
		return replay.Report{}, err
	}
	defer n.Close()
	damaged := n.openStore(ctx)
	if damaged != nil && !errors.Is(damaged, readstore.ErrDamaged) {
		return replay.Report{}, damaged
	}
	served, err := servedBy(ctx, n.store)
	if err != nil {
		return replay.Report{}, err
	}
	if len(served.Views) == 0 && damaged == nil {
		p.say("no views are served yet; the ledger alone is replayed")
	}
	if served.Committed, err = replay.CommittedSizes(committedIn(ctx, n.ledger)); err != nil {
		return replay.Report{}, err
	}
	b := p.bar("replay")
	defer b.end()
	report, err := replay.Run(ctx, replay.Records(ctx, n.ledger), served, at, func(done uint64) { b.set(int64(done), 0) })
	if err == nil && damaged != nil { // the ledger was replayed all the same
		report.Mismatches++
		report.Findings = append(report.Findings, damage(dir, damaged))
	}
	return report, err
}

// committedIn are the records that commit to views. What is wrong with them is for the replay to find.
func committedIn(ctx context.Context, l ledger.Reader) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		for r, err := range l.Stream(ctx, domain.ViewsStream, 0) {
			if errors.Is(err, ledger.ErrDamaged) || !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// damage names the document for which a view store could not be opened.
func damage(dir string, err error) replay.Finding {
	var d *readstore.DamagedError
	if errors.As(err, &d) && d.Ref.View != "" {
		return replay.Finding{Where: d.Ref.View, What: d.Ref.Key, Problem: err.Error()}
	}
	return replay.Finding{Where: "views", What: dir, Problem: err.Error()}
}

// servedBy hands a store to a replay.
func servedBy(ctx context.Context, s readstore.Store) (replay.Served, error) {
	served := replay.Served{Documents: func(view string) iter.Seq2[replay.ServedDocument, error] {
		return func(yield func(replay.ServedDocument, error) bool) {
			for d, err := range s.List(ctx, view, "", 0) {
				doc := replay.ServedDocument{Key: d.Key, Document: d.Document}
				var damage *readstore.DamagedError
				if errors.As(err, &damage) && damage.Ref.Key != "" {
					doc, err = replay.ServedDocument{Key: damage.Ref.Key, Damage: damage}, nil
				}
				if !yield(doc, err) || err != nil {
					return
				}
			}
		}
	}}
	if s == nil {
		return served, nil
	}
	for _, v := range projections.All() {
		version, at, ok, err := s.Served(ctx, v.Name)
		if err != nil {
			return served, err
		}
		if ok {
			served.Views = append(served.Views, replay.ServedView{View: v.Name, Version: version.Version, At: at.Seq})
		}
	}
	return served, nil
}
