package transfer

import (
	"context"
	"fmt"
	"iter"

	"golang.org/x/mod/sumdb/note"

	"daybook.internal/ledger"
	"daybook.internal/ledger/tiles"
	"daybook.internal/notary"
)

// A Log is a published log, or a bundle, as a source: every record up to its signed head, byte for byte as the ledger had it.
type Log struct {
	Checkpoint notary.Checkpoint
	log        *tiles.Log
}

// OpenLog reads a log from end to end and compares it with its head, which the log's key must have signed, before anything of it is given away. What is read
// again after that is the same, or an error. progress may be nil.
func OpenLog(ctx context.Context, files tiles.Files, key note.Verifier, progress func(done, total uint64)) (*Log, error) {
	signed, err := tiles.Read(ctx, files, notary.CheckpointPath, notary.MaxNote)
	if err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	head, _, err := notary.OpenCheckpoint(signed, key)
	if err == nil && head.Size > tiles.MaxSize {
		err = fmt.Errorf("a log of %d events is more than this program takes up", head.Size)
	}
	if err != nil {
		return nil, fmt.Errorf("log: %s: %w", notary.CheckpointPath, err)
	}
	l := &Log{Checkpoint: head, log: &tiles.Log{Checkpoint: head, Files: files}}
	for r, err := range l.log.Records(ctx) {
		if err != nil {
			return nil, fmt.Errorf("log: %w", err)
		}
		if progress != nil && r.Seq%1000 == 0 {
			progress(r.Seq, uint64(head.Size))
		}
	}
	return l, nil
}

// All is that of ledger.Reader, without the bookmarks of places: a place is found by its number.
func (l *Log) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		if after.Seq > uint64(l.Checkpoint.Size) {
			yield(ledger.Entry{}, fmt.Errorf("%w: the log has %d records, not %d", ledger.ErrCursor, l.Checkpoint.Size, after.Seq))
			return
		}
		for r, err := range l.log.Records(ctx) {
			if err == nil && r.Seq < after.Seq {
				continue
			}
			if !yield(ledger.Entry{Record: r, Cursor: ledger.Cursor{Seq: r.Seq + 1}}, err) || err != nil {
				return
			}
		}
	}
}

// Head is that of ledger.Header.
func (l *Log) Head(context.Context) (uint64, error) { return uint64(l.Checkpoint.Size), nil }
