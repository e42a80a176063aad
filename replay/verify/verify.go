// Package verify checks a published log, and the bundle around it, from nothing but its files and what the auditor has brought: the log's key, a policy, a head
// seen earlier, openings.
//
// The rule it keeps: it believes no byte that somebody else made before it has checked it, and it never passes what it has not checked. All files are read
// once, in one stream: bundles of 256 events are hashed, taken apart and decoded on all cores; then, in order, each event is checked against the tree, its
// stream and the clocks of witnesses, while two more goroutines decide it again and fold it into all views. Memory grows with streams and documents, not
// with events.
package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"daybook.internal/ledger/tiles"
	"daybook.internal/notary"
	"daybook.internal/replay"
	"daybook.internal/replay/adjudicate"
)

// Options are what the auditor brings. Nothing of it comes from whoever is audited.
type Options struct {
	Key    note.Verifier                 // of the log; it must be given
	Policy *notary.Policy                // which witnesses are believed; nil: none, so that nothing is said about them and about time
	Pin    []byte                        // a signed head seen earlier; nil: none
	Fresh  time.Duration                 // the newest cosignature is not older than this; 0: not asked
	Now    func() time.Time              // the auditor's clock, for Fresh alone; nil: the machine's
	Skew   time.Duration                 // by how much clocks may differ, and appending may lag behind recording; 0: DefaultSkew
	Annex  func() (io.ReadCloser, error) // openings; nil: not asked
	Served *replay.Served                // documents of a running daybook; nil: those of the bundle, if it is one

	Selections      fs.FS  // files of draws by lot, see selection_files.go; nil: not asked
	Rounds          []byte // rounds of the beacon that are said to be missing, as JSON of drand, one after the other
	ReplayLotteries bool   // build lotteries again, from the pools among Selections

	Doing func(what string, done, total int) // is told how far long work is once all events are read; may be nil

	lag int // see fold.go; 0: lagBatches
}

// DefaultSkew is how far recorded times may lie beside those of witnesses.
const DefaultSkew = 5 * time.Minute

// Run checks everything that can be checked. progress may be nil; it is told how many events are done, of how many. What is wrong, and what could not be
// checked, stands in the Report. An error means that there is no report: the context has ended, or there is no key.
func Run(ctx context.Context, files tiles.Files, o Options, progress func(done, total uint64)) (Report, error) {
	if o.Key == nil {
		return Report{}, errors.New("without the log's public key nothing can be verified")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Skew, o.lag = cmp.Or(o.Skew, DefaultSkew), cmp.Or(o.lag, lagBatches)
	if progress == nil {
		progress = func(uint64, uint64) {}
	}
	if o.Doing == nil {
		o.Doing = func(string, int, int) {}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &runner{recorder: newRecorder(), Options: o, progress: progress}
	r.report.Log = o.Key.Name()
	var ended func()
	if r.files, ended = r.sums(ctx, files); r.head(ctx) {
		r.heads(ctx)
		r.stream(ctx)
	}
	ended()
	if ctx.Err() != nil {
		return Report{}, context.Cause(ctx)
	}
	return r.finish(), nil
}

// runner is one run.
type runner struct {
	*recorder
	Options
	files    tiles.Files
	log      *tiles.Log
	court    *adjudicate.Court
	bundle   bool // and not a log alone
	progress func(done, total uint64)
	known    []signedHead // that the log must begin with
	bounds   []bound      // of time, by size; see heads.go
}

// A stage is shown every event in order, in a goroutine of its own.
type stage interface {
	// take is shown the next batch of events.
	take(ctx context.Context, b *batch)
	// end is told that there is no more, and why, where events are left out; then nothing passes.
	end(ctx context.Context, why string)
	// checks are what the stage is there for.
	checks() []string
}

// running is a stage in its goroutine.
type running struct {
	in   chan *batch
	why  string // set before in is closed
	done sync.WaitGroup
}

// ahead is how many batches a stage may lag behind the one that feeds it.
const ahead = 8

// start runs a stage. A panic in it is a fault of this program that some event has brought about; then its checks are not done.
func (r *runner) start(ctx context.Context, s stage) *running {
	run := &running{in: make(chan *batch, ahead)}
	broken := false
	try := func(do func()) {
		defer func() {
			if fault := recover(); fault != nil {
				broken = true
				for _, c := range s.checks() {
					r.notDone(c, "a fault of this program: %v at %s", fault, faultAt(debug.Stack()))
				}
			}
		}()
		if !broken && ctx.Err() == nil {
			do()
		}
	}
	run.done.Go(func() {
		for b := range run.in {
			try(func() { s.take(ctx, b) })
		}
		try(func() { s.end(ctx, run.why) })
	})
	return run
}

// stop ends a stage and waits for it.
func (s *running) stop(why string) {
	s.why = why
	close(s.in)
	s.done.Wait()
}

// stream reads the log once.
func (r *runner) stream(ctx context.Context) {
	r.court = adjudicate.New(r.log, adjudicate.Options{})
	o := newOrder(r)
	stages := []*running{r.start(ctx, newCourt(r)), r.start(ctx, newFold(r)), r.start(ctx, newOpenings(r)), r.start(ctx, newSelections(r))}
	why := ""
	for b, err := range tiles.Batches(ctx, r.log, r.work) {
		if err != nil {
			why = r.unread(err, o.tree.Size())
			break
		}
		o.take(ctx, b)
		if o.unread == "" || o.cut == b {
			for _, s := range stages {
				select {
				case s.in <- b:
				case <-ctx.Done():
				}
			}
		}
		r.mu.Lock()
		r.report.Events = uint64(o.tree.Size())
		r.mu.Unlock()
		r.progress(uint64(o.tree.Size()), uint64(r.log.Checkpoint.Size))
	}
	o.end(ctx, why)
	if why == "" {
		why = o.unread
	}
	for _, s := range stages {
		s.stop(why)
	}
}

// unread says that the entries could not be read to their end, and gives the reason.
func (r *runner) unread(err error, at int64) string {
	why := fmt.Sprintf("after %d events: %v", at, err)
	switch {
	case errors.Is(err, notary.ErrForm):
		r.find(checkRoot, replay.Root, "entries", "%s", why)
	default:
		r.notDone(checkRoot, "%s", why)
	}
	return why
}

// faultAt is the function that panicked, in a stack of lines of which every other names a function.
func faultAt(stack []byte) string {
	lines := strings.Split(string(stack), "\n")
	for i := 1; i < len(lines); i += 2 {
		if strings.HasPrefix(lines[i], "panic(") {
			for i += 2; i < len(lines); i += 2 {
				if name, _, _ := strings.Cut(lines[i], "(0x"); !strings.HasPrefix(name, "runtime.") {
					return name
				}
			}
		}
	}
	return "an unknown place"
}
