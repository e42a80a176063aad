package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

// ErrNothing says that no head is published yet.
var ErrNothing = errors.New("nothing is published yet")

// ErrNotYet says that the published head does not reach so far yet.
var ErrNotYet = errors.New("not in the published log yet")

// A Log reads a published log from its folder, also while a Publisher of another process writes there. It is safe for concurrent use.
type Log struct {
	dir      string
	key      string
	verifier note.Verifier
	disk     disk

	mu     sync.Mutex // guards the last head that was read
	head   notary.Checkpoint
	signed []byte
}

// OpenLog reads the log in dir whose public key, in text, is given.
func OpenLog(dir, key string) (*Log, error) {
	v, err := notary.ParseVerifier(key)
	if err != nil {
		return nil, err
	}
	return &Log{dir: dir, key: strings.TrimSpace(key), verifier: v, disk: osDisk{}}, nil
}

// Dir is the folder of the log, for serving it as static files.
func (l *Log) Dir() string { return l.dir }

// Key is the log's public key, in text.
func (l *Log) Key() string { return l.key }

// Origin is the name of the log, and of its key.
func (l *Log) Origin() string { return l.verifier.Name() }

// Published gives the published head, read and verified, and the note that it is signed in; ErrNothing where there is none.
func (l *Log) Published() (notary.Checkpoint, []byte, error) {
	signed, err := l.disk.Read(filepath.Join(l.dir, notary.CheckpointPath))
	if errors.Is(err, fs.ErrNotExist) {
		return notary.Checkpoint{}, nil, ErrNothing
	}
	if err != nil {
		return notary.Checkpoint{}, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !bytes.Equal(signed, l.signed) {
		head, _, err := notary.OpenCheckpoint(signed, l.verifier)
		if err != nil {
			return notary.Checkpoint{}, nil, err
		}
		l.head, l.signed = head, signed
	}
	return l.head, bytes.Clone(l.signed), nil
}

// Receipt gives the receipt of the seq-th event, checked: what is handed out, holds. ErrNotYet says that it is not in the published log yet.
func (l *Log) Receipt(seq uint64) (notary.Receipt, error) {
	head, signed, err := l.Published()
	if err == nil && seq >= uint64(head.Size) {
		err = fmt.Errorf("%w: event %d; the published head has %d", ErrNotYet, seq, head.Size)
	}
	if err != nil {
		return notary.Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	r := notary.Receipt{Index: int64(seq), Checkpoint: signed}
	if r.Leaf, err = l.leaf(r.Index, head.Size); err != nil {
		return notary.Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	if r.Path, err = notary.ProveInclusion(l.tiles(head.Size), head.Size, r.Index); err != nil {
		return notary.Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	_, _, err = r.Check(l.verifier, nil)
	return r, l.holds(err)
}

// An Inclusion shows that a leaf stands at an index of the log of Size events.
type Inclusion struct {
	Index int64       `json:"index"`
	Size  int64       `json:"size"`
	Leaf  tlog.Hash   `json:"leaf"` // of the event; in base64, as all hashes
	Root  tlog.Hash   `json:"root"`
	Path  []tlog.Hash `json:"path"`
}

// ProveInclusion proves that the index-th event is in the log of size events, checked; size 0 is the published one.
func (l *Log) ProveInclusion(index, size int64) (Inclusion, error) {
	head, size, err := l.reach(size)
	if err == nil && (index < 0 || index >= size) {
		err = fmt.Errorf("%w: event %d is not among the first %d", ErrNotYet, index, size)
	}
	if err != nil {
		return Inclusion{}, fmt.Errorf("inclusion proof: %w", err)
	}
	q := Inclusion{Index: index, Size: size}
	read := l.tiles(head.Size)
	if q.Root, err = l.root(head, size); err != nil {
		return Inclusion{}, fmt.Errorf("inclusion proof: %w", err)
	}
	t := tlog.Tile{H: notary.Height, N: index / notary.Width}
	t.W = notary.WidthAt(0, t.N, size)
	leaves, err := read(t)
	if err != nil {
		return Inclusion{}, fmt.Errorf("inclusion proof: %w", err)
	}
	q.Leaf = tlog.Hash(leaves[index%notary.Width*tlog.HashSize:][:tlog.HashSize])
	path, err := notary.ProveInclusion(read, size, index)
	if err != nil {
		return Inclusion{}, err
	}
	q.Path = append([]tlog.Hash{}, path...) // an empty one is a list, too
	return q, l.holds(notary.CheckInclusion(q.Path, size, q.Root, index, q.Leaf))
}

// A Consistency shows that the log of To events begins with that of From events.
type Consistency struct {
	From     int64       `json:"from"`
	To       int64       `json:"to"`
	FromRoot tlog.Hash   `json:"fromRoot"`
	ToRoot   tlog.Hash   `json:"toRoot"`
	Path     []tlog.Hash `json:"path"`
}

// ProveConsistency proves that the log of to events begins with that of from events, checked; to 0 is the published one.
func (l *Log) ProveConsistency(from, to int64) (Consistency, error) {
	head, to, err := l.reach(to)
	if err == nil && (from < 0 || from > to) {
		err = fmt.Errorf("%w: %d events come after %d", ErrNotYet, from, to)
	}
	if err != nil {
		return Consistency{}, fmt.Errorf("consistency proof: %w", err)
	}
	q := Consistency{From: from, To: to}
	if q.ToRoot, err = l.root(head, to); err == nil {
		q.FromRoot, err = l.root(head, from)
	}
	if err != nil {
		return Consistency{}, fmt.Errorf("consistency proof: %w", err)
	}
	path, err := notary.ProveConsistency(l.tiles(head.Size), from, to)
	if err != nil {
		return Consistency{}, err
	}
	q.Path = append([]tlog.Hash{}, path...)
	return q, l.holds(notary.CheckConsistency(q.Path, to, q.ToRoot, from, q.FromRoot))
}

// reach gives the published head, and the size that is asked for, which it must reach.
func (l *Log) reach(size int64) (head notary.Checkpoint, asked int64, err error) {
	head, _, err = l.Published()
	if err == nil && (size < 0 || size > head.Size) {
		err = fmt.Errorf("%w: %d events; the published head has %d", ErrNotYet, size, head.Size)
	}
	if size == 0 {
		size = head.Size
	}
	return head, size, err
}

// root is that of the first size events, proved to be on the way to a head.
func (l *Log) root(head notary.Checkpoint, size int64) (tlog.Hash, error) {
	if size == head.Size {
		return head.Root, nil
	}
	read := l.tiles(head.Size)
	root, err := notary.RootOf(read, size)
	if err != nil {
		return root, err
	}
	path, err := notary.ProveConsistency(read, size, head.Size)
	if err != nil {
		return root, err
	}
	return root, l.holds(notary.CheckConsistency(path, head.Size, head.Root, size, root))
}

// holds makes a proof that does not hold an alarm.
func (l *Log) holds(err error) error {
	if err != nil {
		err = fmt.Errorf("%w: the files in %s: %w", ErrAltered, l.dir, err)
	}
	return err
}

// tiles reads the tiles of the first size events, or any shorter part of them, from files of that many events or more.
func (l *Log) tiles(size int64) notary.TileReader {
	return func(t tlog.Tile) ([]byte, error) {
		data, w, err := l.partial(func(w int) string { return notary.TilePath(tlog.Tile{H: t.H, L: t.L, N: t.N, W: w}) }, notary.WidthAt(t.L, t.N, size))
		if err != nil {
			return nil, err
		}
		if len(data) != w*tlog.HashSize || w < t.W {
			return nil, fmt.Errorf("%w: %d bytes, not %d", notary.ErrForm, len(data), w*tlog.HashSize)
		}
		return data[:t.W*tlog.HashSize], nil
	}
}

// bundle reads the n-th bundle of entries of the first size events; there may be more of them in it than those.
func (l *Log) bundle(n, size int64) ([]byte, error) {
	data, _, err := l.partial(func(w int) string { return notary.EntriesPath(n, w) }, notary.WidthAt(0, n, size))
	return data, err
}

// partial reads a file of w parts, or the full one that has taken its place, and tells how many parts that has.
func (l *Log) partial(name func(w int) string, w int) ([]byte, int, error) {
	data, err := l.disk.Read(filepath.Join(l.dir, filepath.FromSlash(name(w))))
	if w < notary.Width && errors.Is(err, fs.ErrNotExist) {
		if full, err := l.disk.Read(filepath.Join(l.dir, filepath.FromSlash(name(notary.Width)))); !errors.Is(err, fs.ErrNotExist) {
			return full, notary.Width, err
		}
	}
	return data, w, err
}

// leaf reads the index-th leaf of the first size events.
func (l *Log) leaf(index, size int64) ([]byte, error) {
	n := index / notary.Width
	data, w, err := l.partial(func(w int) string { return notary.EntriesPath(n, w) }, notary.WidthAt(0, n, size))
	if err != nil {
		return nil, err
	}
	i := n * notary.Width
	for leaf, err := range notary.Entries(data, w) {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", notary.EntriesPath(n, w), err)
		}
		if i == index {
			return leaf, nil
		}
		i++
	}
	return nil, fmt.Errorf("%s: %w: no entry %d", notary.EntriesPath(n, w), notary.ErrForm, index%notary.Width)
}
