package replay

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// Served is what a server answers from.
type Served struct {
	Views     []ServedView
	Closed    []string                                           // views that are not shown to whoever asked: nothing of them is compared
	Documents func(view string) iter.Seq2[ServedDocument, error] // in key order

	// Committed are the places that the views are committed to at, as far as somebody has told. Nothing is believed: where any is left out, the record may have
	// to be read twice.
	Committed []uint64
}

// A ServedView is a view and the number of records that its documents reflect.
type ServedView struct {
	View    string
	Version int
	At      uint64
}

// A ServedDocument is one document, or what is wrong with it.
type ServedDocument struct {
	Key string
	projections.Document
	Damage error
}

// A Report says what a replay found.
type Report struct {
	Events      uint64    `json:"events"`           // records replayed
	Documents   uint64    `json:"documents"`        // documents compared
	Commitments uint64    `json:"commitments"`      // commitments to the views compared
	Closed      []string  `json:"closed,omitempty"` // views that were not compared, as they were not shown
	Uncompared  uint64    `json:"uncompared"`       // commitments of which that could not be done in full: to a version of a view that this program does not make
	Mismatches  uint64    `json:"mismatches"`       // findings
	Findings    []Finding `json:"findings"`         // the first MaxFindings of them
}

// MaxFindings is how many findings a Report names.
const MaxFindings = 100

// A Finding names one place where the world differs from the record, or where the record is not whole.
type Finding struct {
	Where   string `json:"where"` // "ledger", or the view
	What    string `json:"what"`  // the record or the key
	Problem string `json:"problem"`
}

func (f Finding) String() string { return f.Where + " " + f.What + ": " + f.Problem }

func (r *Report) find(where, what, problem string) {
	if r.Mismatches++; len(r.Findings) < MaxFindings {
		r.Findings = append(r.Findings, Finding{where, what, problem})
	}
}

// Run replays the first at records of source (Head: all of them) and compares what is served with it, and the commitments to the views that stand in it. A
// view is compared at the place that it reflects. Where that lies beyond at, those of its documents are compared that have not changed since. source may
// be read twice. progress may be nil; it is told the number of records so far.
//
// What is wrong with the record or the documents stands in the Report. An error means that the replay could not be finished.
func Run(ctx context.Context, source iter.Seq2[domain.Record, error], served Served, at uint64, progress func(uint64)) (Report, error) {
	report := Report{Findings: []Finding{}, Closed: served.Closed}
	for _, v := range served.Views {
		if built, ok := projections.ByName(v.View); !ok || built.Version != v.Version {
			return report, fmt.Errorf("%w: view %s, version %d", ErrVersion, v.View, v.Version)
		}
	}
	run := runner{report: &report, served: served, fold: projections.NewFold(projections.All(), nil), at: at}
	run.roots = NewViewRoots(run.fold, projections.All(), served.Committed)
	if err := run.stop(); err != nil {
		return report, err
	}
	for facts, err := range Facts(ctx, upTo(source, at)) {
		for _, f := range facts {
			run.roots.Before(f.Seq)
			if err := run.fold.Apply(f); err != nil {
				report.find("ledger", recordName(f.Seq, f.Stream), err.Error())
				return report, nil
			}
			if c, ok := f.Event.(domain.ViewsCommitted); ok {
				report.committed(f, run.roots.Check(f.Seq, c))
			}
			report.Events++
			if err := run.stop(); err != nil {
				return report, err
			}
		}
		if err != nil && isFinding(err) {
			report.find("ledger", fmt.Sprintf("after %d records", report.Events), err.Error())
			return report, nil
		}
		if err != nil {
			return report, err
		}
		if progress != nil {
			progress(report.Events)
		}
	}
	if at != Head && report.Events < at {
		return report, fmt.Errorf("%w: it has %d records, not %d", ErrBeyond, report.Events, at)
	}
	if err := run.end(); err != nil {
		return report, err
	}
	return report, run.again(ctx, source)
}

func recordName(seq uint64, stream domain.StreamID) string {
	return fmt.Sprintf("record %d (%s)", seq, stream)
}

type runner struct {
	report *Report
	served Served
	fold   *projections.Fold
	roots  *ViewRoots
	at     uint64
}

// committed reports what a commitment came to.
func (r *Report) committed(f domain.Fact, done RootsChecked) {
	if done.Missed {
		return
	}
	if r.Commitments++; len(done.Unknown) > 0 {
		r.Uncompared++
	}
	for _, view := range done.Differ {
		r.find(view, recordName(f.Seq, f.Stream), fmt.Sprintf("commits to a root of the first %d records that they do not come to", done.Size))
	}
}

// again folds the record once more for the commitments whose places nobody had told.
func (r *runner) again(ctx context.Context, source iter.Seq2[domain.Record, error]) error {
	missed := r.roots.Missed()
	if len(missed) == 0 {
		return nil
	}
	fold := projections.NewFold(projections.All(), nil)
	roots := NewViewRoots(fold, projections.All(), missed)
	for facts, err := range Facts(ctx, upTo(source, r.report.Events)) {
		if err != nil {
			return err
		}
		for _, f := range facts {
			roots.Before(f.Seq)
			if err := fold.Apply(f); err != nil {
				return err
			}
			if c, ok := f.Event.(domain.ViewsCommitted); ok && slices.Contains(missed, c.Size) {
				r.report.committed(f, roots.Check(f.Seq, c))
			}
		}
	}
	return nil
}

// stop compares the views that reflect exactly the records replayed so far.
func (r *runner) stop() error {
	for _, v := range r.served.Views {
		if v.At == r.report.Events {
			if err := r.compare(v, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// end compares the views that are further on than the replay went.
func (r *runner) end() error {
	for _, v := range r.served.Views {
		if v.At <= r.report.Events {
			continue
		}
		if r.at == Head {
			r.report.find(v.View, "view", fmt.Sprintf("reflects %d records, the ledger has %d", v.At, r.report.Events))
			continue
		}
		if err := r.compare(v, true); err != nil {
			return err
		}
	}
	return nil
}

// compare compares one view. later says that what is served may have moved on since.
func (r *runner) compare(v ServedView, later bool) error {
	moved := func(d ServedDocument) bool { return later && d.At > r.report.Events }
	n, err := Compare(r.fold.DocumentsOf(v.View), r.served.Documents(v.View), moved, func(key, problem string) { r.report.find(v.View, key, problem) })
	r.report.Documents += n
	if err != nil {
		return fmt.Errorf("documents of view %s: %w", v.View, err)
	}
	return nil
}

// Compare walks what was rebuilt of one view and what is served of it side by side, both in key order, and gives the number of documents that were compared.
// moved tells which documents have gone on since, and so cannot be compared; find is told what is wrong with a key. The error is that of served.
func Compare(rebuilt iter.Seq2[projections.Ref, projections.Document], served iter.Seq2[ServedDocument, error], moved func(ServedDocument) bool, find func(key, problem string)) (n uint64, err error) {
	next, stop := iter.Pull2(rebuilt)
	defer stop()
	ref, want, more := next()
	for doc, err := range served {
		if err != nil {
			return n, err
		}
		for more && ref.Key < doc.Key {
			n++
			find(ref.Key, "is missing")
			ref, want, more = next()
		}
		found := more && ref.Key == doc.Key
		n++
		switch {
		case doc.Damage != nil:
			find(doc.Key, doc.Damage.Error())
		case moved(doc):
			n--
		case !found:
			find(doc.Key, "does not follow from the record")
		case doc.At != want.At:
			find(doc.Key, fmt.Sprintf("is said to reflect %d records, the record says %d", doc.At, want.At))
		case !bytes.Equal(doc.Data, want.Data):
			find(doc.Key, "differs from the record "+difference(doc.Data, want.Data))
		}
		if found {
			ref, want, more = next()
		}
	}
	for ; more; ref, want, more = next() {
		n++
		find(ref.Key, "is missing")
	}
	return n, nil
}

// difference shows the first place where two documents part.
func difference(have, want []byte) string {
	i := 0
	for i < min(len(have), len(want)) && have[i] == want[i] {
		i++
	}
	cut := func(b []byte) []byte { return slices.Clone(b[max(0, min(i-20, len(b))):min(i+20, len(b))]) }
	return fmt.Sprintf("at byte %d: served …%s…, rebuilt …%s…", i, cut(have), cut(want))
}
