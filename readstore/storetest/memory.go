package storetest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"

	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// Memory is a store that is gone when the process ends.
type Memory struct {
	mu     sync.RWMutex
	builds map[readstore.ViewVersion]*build // guarded by mu
	served map[string]int                   // the version by view; guarded by mu
	closed bool                             // guarded by mu
}

type build struct {
	at   ledger.Cursor
	docs map[string]projections.Document
}

// NewMemory makes an empty store.
func NewMemory() *Memory {
	return &Memory{builds: map[readstore.ViewVersion]*build{}, served: map[string]int{}}
}

var errClosed = errors.New("the view store is closed")

func (m *Memory) ready(ctx context.Context) error {
	if m.closed {
		return errClosed
	}
	return ctx.Err()
}

func (m *Memory) servedBuild(view string) (readstore.ViewVersion, *build) {
	version, ok := m.served[view]
	v := readstore.ViewVersion{View: view, Version: version}
	if !ok {
		return v, nil
	}
	return v, m.builds[v]
}

func docOf(v readstore.ViewVersion, key string, d projections.Document) readstore.Doc {
	d.Data = bytes.Clone(d.Data)
	return readstore.Doc{Ref: projections.Ref{View: v.View, Key: key}, Version: v.Version, Document: d}
}

// Get implements readstore.Store.
func (m *Memory) Get(ctx context.Context, ref projections.Ref) (readstore.Doc, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.ready(ctx); err != nil {
		return readstore.Doc{}, err
	}
	if v, b := m.servedBuild(ref.View); b != nil {
		if d, ok := b.docs[ref.Key]; ok {
			return docOf(v, ref.Key, d), nil
		}
	}
	return readstore.Doc{}, fmt.Errorf("%v: %w", ref, readstore.ErrNotFound)
}

// List implements readstore.Store.
func (m *Memory) List(ctx context.Context, view, afterKey string, limit int) iter.Seq2[readstore.Doc, error] {
	return func(yield func(readstore.Doc, error) bool) {
		all, err := m.list(ctx, view, afterKey, limit)
		for _, d := range all {
			if err = ctx.Err(); err != nil {
				break
			}
			if !yield(d, nil) {
				return
			}
		}
		if err != nil {
			yield(readstore.Doc{}, err)
		}
	}
}

func (m *Memory) list(ctx context.Context, view, afterKey string, limit int) (all []readstore.Doc, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.ready(ctx); err != nil {
		return nil, err
	}
	v, b := m.servedBuild(view)
	if b == nil {
		return nil, fmt.Errorf("view %s: %w: nothing is served yet", view, readstore.ErrNotFound)
	}
	for _, key := range slices.Sorted(maps.Keys(b.docs)) {
		if afterKey != "" && key <= afterKey {
			continue
		}
		if all = append(all, docOf(v, key, b.docs[key])); len(all) == limit {
			break
		}
	}
	return all, nil
}

// Touched implements readstore.Store.
func (m *Memory) Touched(ctx context.Context, view string, after uint64, limit int) (all []readstore.Doc, err error) {
	listed, err := m.list(ctx, view, "", 0)
	if err != nil {
		return nil, err
	}
	for _, d := range listed {
		if d.Data = nil; d.At > after {
			all = append(all, d)
		}
	}
	slices.SortStableFunc(all, func(a, b readstore.Doc) int { return cmp.Compare(b.At, a.At) })
	if limit > 0 {
		all = all[:min(limit, len(all))]
	}
	return all, nil
}

// Served implements readstore.Store.
func (m *Memory) Served(ctx context.Context, view string) (readstore.ViewVersion, ledger.Cursor, bool, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.ready(ctx); err != nil {
		return readstore.ViewVersion{}, ledger.Cursor{}, false, err
	}
	v, b := m.servedBuild(view)
	if b == nil {
		return readstore.ViewVersion{}, ledger.Cursor{}, false, nil
	}
	return v, b.at, true, nil
}

// Cursor implements readstore.Store.
func (m *Memory) Cursor(ctx context.Context, v readstore.ViewVersion) (ledger.Cursor, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.ready(ctx); err != nil {
		return ledger.Cursor{}, err
	}
	if b := m.builds[v]; b != nil {
		return b.at, nil
	}
	return ledger.Cursor{}, nil
}

// Load implements readstore.Store.
func (m *Memory) Load(ctx context.Context, v readstore.ViewVersion, key string) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if err := m.ready(ctx); err != nil {
		return nil, err
	}
	if b := m.builds[v]; b != nil {
		return bytes.Clone(b.docs[key].Data), nil
	}
	return nil, nil
}

// Commit implements readstore.Store.
func (m *Memory) Commit(ctx context.Context, v readstore.ViewVersion, from, to ledger.Cursor, changed []readstore.Doc) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.ready(ctx); err != nil {
		return err
	}
	b := m.builds[v]
	if b == nil {
		b = &build{docs: map[string]projections.Document{}}
	}
	if b.at != from {
		return fmt.Errorf("commit %s version %d: %w: it is at %d, not at %d", v.View, v.Version, readstore.ErrStale, b.at.Seq, from.Seq)
	}
	for _, d := range changed {
		if d.View != v.View || d.Version != v.Version {
			return fmt.Errorf("commit %s version %d: %v version %d is not a document of this build", v.View, v.Version, d.Ref, d.Version)
		}
	}
	for _, d := range changed {
		b.docs[d.Key] = projections.Document{At: d.At, Data: append([]byte{}, d.Data...)}
	}
	b.at = to
	m.builds[v] = b
	return nil
}

// Serve implements readstore.Store.
func (m *Memory) Serve(ctx context.Context, v readstore.ViewVersion) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.ready(ctx); err != nil {
		return err
	}
	if m.builds[v] == nil {
		m.builds[v] = &build{docs: map[string]projections.Document{}}
	}
	m.served[v.View] = v.Version
	maps.DeleteFunc(m.builds, func(other readstore.ViewVersion, _ *build) bool { return other.View == v.View && other != v })
	return nil
}

// Close implements readstore.Store.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

// Renew implements readstore.Renewer.
func (m *Memory) Renew(ctx context.Context, from, v readstore.ViewVersion) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.ready(ctx); err != nil {
		return err
	}
	if from.View != v.View || from == v {
		return fmt.Errorf("%v is no build to make %v of", from, v)
	}
	b := m.builds[from]
	if b == nil {
		b = &build{docs: map[string]projections.Document{}}
	}
	if old := m.builds[v]; old != nil && old.at.Seq > b.at.Seq {
		return fmt.Errorf("make %s version %d anew: %w: it is at %d, and what was made anew at %d", v.View, v.Version, readstore.ErrStale, old.at.Seq, b.at.Seq)
	}
	m.builds[v] = b
	m.served[v.View] = v.Version
	maps.DeleteFunc(m.builds, func(other readstore.ViewVersion, _ *build) bool { return other.View == v.View && other != v })
	return nil
}
