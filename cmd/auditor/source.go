package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"daybook.internal/domain"
	"daybook.internal/ledger/tiles"
	"daybook.internal/notary"
	"daybook.internal/replay"
)

// source is where a log is read.
type source struct {
	tiles.Files
	api string // address of the daybook, where it is a running one; else empty
}

// open finds the log: in a directory, a zip file, at an address, or below the address of a daybook.
func open(ctx context.Context, where string) (*source, error) {
	f, err := tiles.Open(where)
	if err != nil {
		return nil, err
	}
	if !tiles.IsURL(where) {
		return &source{f, ""}, nil
	}
	_, err = head(ctx, f)
	if err == nil {
		return &source{f, ""}, nil
	}
	below, wrong := tiles.Open(strings.TrimSuffix(where, "/") + "/log")
	if wrong != nil {
		return nil, errors.Join(wrong, f.Close())
	}
	if _, second := head(ctx, below); second == nil {
		return &source{below, where}, f.Close()
	} else if errors.Is(err, fs.ErrNotExist) && !errors.Is(second, fs.ErrNotExist) {
		err = second
	}
	return nil, errors.Join(fmt.Errorf("no log at %s, and none below it at /log: %w", where, err), f.Close(), below.Close())
}

// head reads the latest head without checking who signed it.
func head(ctx context.Context, f tiles.Files) (notary.Checkpoint, error) {
	signed, err := tiles.Read(ctx, f, notary.CheckpointPath, notary.MaxNote)
	if err != nil {
		return notary.Checkpoint{}, err
	}
	n, err := note.Open(signed, note.VerifierList())
	var unsigned *note.UnverifiedNoteError
	if errors.As(err, &unsigned) {
		n, err = unsigned.Note, nil
	}
	if err != nil {
		return notary.Checkpoint{}, fmt.Errorf("%s: %w", notary.CheckpointPath, err)
	}
	return notary.ParseCheckpoint(n.Text)
}

// unsigned is the log as it says itself that it is.
func (s *source) unsigned(ctx context.Context) (*tiles.Log, error) {
	h, err := head(ctx, s)
	if err == nil && h.Size > tiles.MaxSize {
		err = fmt.Errorf("a log of %d events is more than this program takes up", h.Size)
	}
	return &tiles.Log{Checkpoint: h, Files: s.Files}, err
}

// records yields the events of a log. One that does not come to its root ends with an error.
func records(ctx context.Context, l *tiles.Log) iter.Seq2[domain.Record, error] {
	return l.Records(ctx)
}

// covers waits until the log has as many events as the documents reflect that are served beside it.
func (s *source) covers(ctx context.Context, served replay.Served) error {
	most := uint64(0)
	for _, v := range served.Views {
		most = max(most, v.At)
	}
	for began := time.Now(); ; {
		h, err := head(ctx, s)
		if err != nil || uint64(max(h.Size, 0)) >= most || time.Since(began) > 15*time.Second {
			return err // documents that are further on are compared as far as they have not changed
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
