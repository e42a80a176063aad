package verify

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"daybook.internal/ledger/tiles"
	"daybook.internal/notary"
	"daybook.internal/replay"
)

// A signedHead is a head of this log, signed by its key.
type signedHead struct {
	notary.Checkpoint
	check string // which it is looked at for
	name  string // of its file; empty for the one that the auditor kept
}

// bound is what the cosignatures of one head say about time: its events were there at the latest one of them, and later events were not at the earliest.
type bound struct {
	size             int64
	earliest, latest int64 // unix seconds
	mayHold          int64 // the least latest of this and all larger heads: an event below size was recorded before it
	mustFollow       int64 // the greatest earliest of this and all smaller heads: an event from size on was recorded after it
}

// head reads the latest head and what is known about it at once. It is false where nothing can be read after that.
func (r *runner) head(ctx context.Context) bool {
	signed, err := tiles.Read(ctx, r.files, notary.CheckpointPath, notary.MaxNote)
	if err != nil {
		r.notDone(checkHead, "%v", err)
		return false
	}
	head, _, err := notary.OpenCheckpoint(signed, r.Key)
	switch {
	case err != nil:
		r.find(checkHead, replay.Checkpoint, notary.CheckpointPath, "%v", err)
		r.passed(checkHead, "")
		return false
	case head.Size > tiles.MaxSize:
		r.notDone(checkHead, "it is said to hold %d events; this program takes up %d", head.Size, tiles.MaxSize)
		return false
	}
	r.count(checkHead, 1)
	r.passed(checkHead, "")
	r.report.Size, r.report.Root, r.report.Head = uint64(head.Size), head.Root.String(), signed
	r.log = &tiles.Log{Checkpoint: head, Files: r.files}
	r.witnesses(signed, head)
	r.pin(signed, head)
	return true
}

// witnesses checks who has cosigned the head, and when.
func (r *runner) witnesses(signed []byte, head notary.Checkpoint) {
	if r.Policy == nil {
		r.notAsked(checkWitnesses, "no --policy was given")
		r.notAsked(checkFresh, "no --policy was given")
		return
	}
	have, err := r.Policy.Cosignatures(signed)
	if err == nil {
		err = r.Policy.CheckQuorum(have)
	}
	r.count(checkWitnesses, uint64(len(have)))
	if err != nil {
		r.find(checkWitnesses, replay.Checkpoint, notary.CheckpointPath, "%v", err)
	}
	r.passed(checkWitnesses, "%s", names(have))
	r.cosigned(head.Size, have)
	r.fresh(have)
}

// fresh looks at the newest cosignature. One of a time to come is not looked at: a wrong clock makes nothing fresh.
func (r *runner) fresh(have []notary.Cosignature) {
	now, newest := r.Now().Unix(), int64(math.MinInt64)
	for _, c := range have {
		if c.Time <= now+int64(r.Skew/time.Second) {
			newest = max(newest, c.Time)
		}
	}
	switch age := time.Duration(now-newest) * time.Second; {
	case r.Fresh == 0:
		r.notAsked(checkFresh, "no --fresh was given")
	case newest == math.MinInt64:
		r.notDone(checkFresh, "no witness has cosigned the head, or by this machine's clock only at a time to come")
	case age > r.Fresh:
		r.find(checkFresh, replay.Stale, notary.CheckpointPath, "the newest cosignature is of %s, %v ago", unix(newest), age)
		fallthrough
	default:
		r.count(checkFresh, uint64(len(have)))
		r.passed(checkFresh, "the newest cosignature is of %s", unix(newest))
	}
}

func names(have []notary.Cosignature) string {
	var names []string
	for _, c := range have {
		names = append(names, c.Witness)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func unix(at int64) string { return time.Unix(at, 0).UTC().Format(time.RFC3339) }

// cosigned notes the times of a head.
func (r *runner) cosigned(size int64, have []notary.Cosignature) {
	if len(have) == 0 {
		return
	}
	b := bound{size: size, earliest: math.MaxInt64, latest: math.MinInt64}
	for _, c := range have {
		b.earliest, b.latest = min(b.earliest, c.Time), max(b.latest, c.Time)
	}
	r.bounds = append(r.bounds, b)
}

// pin compares with the head that the auditor kept, as far as that needs no events.
func (r *runner) pin(signed []byte, head notary.Checkpoint) {
	if r.Pin == nil {
		r.notAsked(checkPin, "no --pin was given; keep this head")
		return
	}
	kept, _, err := notary.OpenCheckpoint(r.Pin, r.Key)
	switch {
	case err != nil:
		r.notDone(checkPin, "the head that you kept is not one of this log: %v", err)
		r.Pin = nil
		return
	case kept.Size > head.Size:
		r.prove(checkPin, Finding{Finding: replay.Rollback, Where: notary.CheckpointPath, Proof: []string{string(r.Pin), string(signed)},
			Problem: fmt.Sprintf("the log had %d events, and now has %d", kept.Size, head.Size)})
		r.passed(checkPin, "")
	case kept.Size == head.Size && kept.Root != head.Root:
		r.fork(signedHead{kept, checkPin, ""}, r.Pin)
		r.passed(checkPin, "")
	default:
		r.known = append(r.known, signedHead{kept, checkPin, ""})
	}
	r.count(checkPin, 1)
	if have, err := r.cosignatures(r.Pin); err == nil {
		r.cosigned(kept.Size, have)
	}
}

func (r *runner) cosignatures(signed []byte) ([]notary.Cosignature, error) {
	if r.Policy == nil {
		return nil, nil
	}
	return r.Policy.Cosignatures(signed)
}

// fork says that a head was signed that the log does not begin with. The two notes prove it to anybody: with the log's key, and the log.
func (r *runner) fork(h signedHead, signed []byte) {
	f := Finding{Finding: replay.Fork, Where: fmt.Sprintf("the first %d events", h.Size), Proof: []string{string(signed), string(r.report.Head)}}
	f.Problem = fmt.Sprintf("the log signed a head of %d events with root %v, and another one that does not begin with it", h.Size, h.Root)
	if h.name != "" {
		f.Problem += "; the first stands in " + h.name
	}
	r.prove(h.check, f)
}

// heads reads the heads that the log has signed and kept. Whether it begins with them is seen on the way through its events.
func (r *runner) heads(ctx context.Context) {
	names, err := r.archived(ctx)
	switch {
	case err != nil:
		r.notDone(checkHeads, "%v", err)
		return
	case names == nil:
		r.notAsked(checkHeads, "an address does not list its files")
		return
	}
	said := make([]func(), len(names)) // in order, whoever is done first
	next := make(chan int)
	var done sync.WaitGroup
	for range headsAtOnce {
		done.Go(func() {
			for i := range next {
				said[i] = r.oldHead(ctx, names[i])
			}
		})
	}
	for i := range names {
		next <- i
	}
	close(next)
	done.Wait()
	for _, say := range said {
		say()
	}
}

// headsAtOnce is how many heads are read at once: there may be one for every second, and an address is far away.
const headsAtOnce = 16

// oldHead reads one of the heads that were kept, and gives what is to be said about it.
func (r *runner) oldHead(ctx context.Context, name string) func() {
	signed, err := tiles.Read(ctx, r.files, name, notary.MaxNote)
	if err != nil {
		return func() { r.notDone(checkHeads, "%v", err) }
	}
	head, _, err := notary.OpenCheckpoint(signed, r.Key)
	switch {
	case err != nil:
	case name != notary.ArchivePath+"/"+strconv.FormatInt(head.Size, 10):
		err = fmt.Errorf("it is the head of %d events", head.Size)
	case head.Size > r.log.Checkpoint.Size:
		f := Finding{Finding: replay.Rollback, Where: name, Proof: []string{string(signed), string(r.report.Head)}}
		f.Problem = fmt.Sprintf("the log had %d events, and now has %d", head.Size, r.log.Checkpoint.Size)
		return func() { r.prove(checkHeads, f) }
	}
	var have []notary.Cosignature
	if err == nil {
		have, err = r.cosignatures(signed)
	}
	if err != nil {
		return func() { r.find(checkHeads, replay.Checkpoint, name, "%v", err) }
	}
	return func() {
		r.cosigned(head.Size, have)
		r.known = append(r.known, signedHead{head, checkHeads, name})
	}
}

// archived are the names of the files in checkpoints/; nil where that cannot be told.
func (r *runner) archived(ctx context.Context) ([]string, error) {
	l, ok := r.files.(tiles.Lister)
	if !ok {
		return nil, nil
	}
	names, err := l.Names(ctx)
	if err != nil {
		return nil, err
	}
	heads := []string{}
	for _, name := range names {
		if strings.HasPrefix(name, notary.ArchivePath+"/") {
			heads = append(heads, name)
		}
	}
	return heads, nil
}

// settle orders what is known about time: after it, bounds are by size, and each knows what those on either side of it say.
func settle(bounds []bound) []bound {
	slices.SortFunc(bounds, func(a, b bound) int { return cmp.Compare(a.size, b.size) })
	after := int64(math.MinInt64)
	for i := range bounds {
		after = max(after, bounds[i].earliest)
		bounds[i].mustFollow = after
	}
	before := int64(math.MaxInt64)
	for i := len(bounds) - 1; i >= 0; i-- {
		before = min(before, bounds[i].latest)
		bounds[i].mayHold = before
	}
	return bounds
}
