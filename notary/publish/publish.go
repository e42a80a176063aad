// Package publish makes the public log of a ledger: it grows the tree, writes tiles and entries, signs the head, asks witnesses, and puts all of it where
// anybody can fetch it with any static host.
//
// The rule it keeps: what was signed is never contradicted, however the process ends. So everything that a head stands on is on the disk before the head is
// signed; the signed head is on the disk before anybody sees it; and a start that finds something else than what was signed refuses to sign.
//
// The steps of publishing, in their order, and what is there after a crash at each:
//
//  1. Records are read from the ledger, which gives durable ones only.   Nothing has happened.
//  2. Tiles and entries are written beside their places, synced, renamed to them, and their folders synced.   Files beyond the signed head, which
//     nothing refers to; made again they have the same bytes, or somebody changed the ledger, and that is ErrAltered.
//  3. The files as they are on the disk are proved to come to the new root, and to continue the last signed head.   As after 2.
//  4. The head is signed, in memory.   As after 2: Ed25519 signs the same text the same way.
//  5. The signed head is written beside its file, synced, renamed to it, and its folder synced.   Signed and not published: the next start goes on at 6.
//  6. Witnesses are asked.   Some of them know the head, and so does the head file. As after 5.
//  7. The cosigned head is archived under its size.   As after 5; it may be archived again with other cosignatures.
//  8. It replaces the checkpoint: published.   Everybody sees the old one or the new one, and finds the tiles of either.
//  9. Partial tiles of earlier sizes are removed where the full one is there.   Some stay, which harms nobody.
package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"daybook.internal/ledger"
	"daybook.internal/notary"
)

// Refusals to sign. Each error that is one says what to do.
var (
	// ErrShorter says that the ledger has fewer records than were signed: it was put back to an earlier day, or lost its end.
	ErrShorter = errors.New("the ledger is shorter than what was signed")
	// ErrAltered says that the ledger, or the files of the log, are not what was signed.
	ErrAltered = errors.New("not what was signed")
	// ErrHead says that the file of the last signed head is missing, or is older than what is published.
	ErrHead = errors.New("it is not known what was signed last")
	// ErrInUse says that another process publishes here.
	ErrInUse = errors.New("another process publishes here")
)

// Config is what a Publisher needs.
type Config struct {
	Ledger ledger.Reader
	Dir    string      // folder of the published log; made where there is none
	Head   string      // file of the last signed head. Kept apart from Dir, on other media if there are: it is what tells that the rest was put back
	Signer note.Signer // the log's key
	Key    string      // its public half, in text
	// Witnesses are asked to cosign before a head is published; nil: nobody.
	Witnesses Witnesses
	Policy    []byte       // their policy, which is published beside the log for everybody to see; nil: none
	Log       *slog.Logger // what is worth telling besides errors; nil: nothing
}

// A Publisher publishes the log of one ledger. It is safe for concurrent use; nobody else may publish to the same folder or from the same head meanwhile.
type Publisher struct {
	*Log
	c     Config
	disk  disk
	locks []io.Closer

	mu     sync.Mutex // held while publishing; guards what follows
	closed bool
	edge   *edge             // where the log grows; nil: to be found on the disk, because a step failed
	head   notary.Checkpoint // the last signed head
	signed []byte            // the same, as it was signed
	partly []byte            // the same with cosignatures, not enough of them; nil: none
	public int64             // size of the published head
	swept  int64             // partial tiles were removed up to this size
	sure   map[string]bool   // folders that are known to be on the disk
}

// Open finds out where the log stands, and refuses to go on from anything but what was signed last. It takes milliseconds; where tiles are missing, they are
// made again from the ledger, some 2 s for a million records.
func Open(ctx context.Context, c Config) (*Publisher, error) { return open(ctx, c, osDisk{}) }

func open(ctx context.Context, c Config, d disk) (_ *Publisher, err error) {
	log, err := OpenLog(c.Dir, c.Key)
	if err != nil {
		return nil, err
	}
	log.disk = d
	if c.Signer.Name() != log.verifier.Name() || c.Signer.KeyHash() != log.verifier.KeyHash() {
		return nil, fmt.Errorf("the key that signs is %s, and the one that verifies %s: they do not belong together", c.Signer.Name(), log.verifier.Name())
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	p := &Publisher{Log: log, c: c, disk: d}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	for _, dir := range []string{c.Dir, filepath.Dir(c.Head)} {
		if err := makeAll(d, dir); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{filepath.Join(c.Dir, ".lock"), c.Head + ".lock"} {
		l, err := d.Lock(name)
		if err != nil {
			return nil, err
		}
		p.locks = append(p.locks, l)
	}
	if err := p.resume(ctx); err != nil {
		return nil, err
	}
	if err := p.showPolicy(); err != nil {
		return nil, err
	}
	return p, nil
}

// Close ends the Publisher. It publishes nothing; Run does before it ends. A second call does nothing.
func (p *Publisher) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, l := range p.locks {
		errs = append(errs, l.Close())
	}
	p.closed, p.locks = true, nil
	return errors.Join(errs...)
}

// Publish publishes what is new in the ledger and gives the published head. Where nothing is new, nothing is done. After an error, call it again: it goes on
// from what is on the disk. An error that is ErrShorter, ErrAltered or ErrHead stays until somebody has seen to it.
func (p *Publisher) Publish(ctx context.Context) (notary.Checkpoint, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return notary.Checkpoint{}, errClosed
	}
	if p.edge == nil {
		if err := p.resume(ctx); err != nil {
			return notary.Checkpoint{}, err
		}
	}
	if err := p.sign(ctx); err != nil {
		p.edge = nil
		return notary.Checkpoint{}, err
	}
	if p.public < p.head.Size {
		if err := p.release(ctx); err != nil {
			if !errors.Is(err, ErrNotCosigned) {
				p.edge = nil // whether it is published, the disk knows
			}
			return notary.Checkpoint{}, err
		}
		p.sweep()
	}
	return p.head, nil
}

// sign takes the steps 1 to 5: a signed head over everything that the ledger has.
func (p *Publisher) sign(ctx context.Context) error {
	d := &draft{disk: p.disk, dir: p.c.Dir, temp: filepath.Join(p.c.Dir, ".new"), sure: p.sure}
	defer d.discard()
	if err := grow(ctx, p.c.Ledger, p.edge, 0, nil, nil, d.put); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if p.edge.tree.Size() == p.head.Size {
		return nil
	}
	if err := d.commit(); err != nil {
		return fmt.Errorf("publish: tiles: %w", err)
	}
	head := notary.Checkpoint{Origin: p.c.Signer.Name(), Size: p.edge.tree.Size(), Root: p.edge.tree.Root()}
	if err := p.continues(p.head, head); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	signed, err := note.Sign(&note.Note{Text: head.Text()}, p.c.Signer)
	if err == nil {
		_, _, err = notary.OpenCheckpoint(signed, p.verifier)
	}
	if err != nil {
		return fmt.Errorf("publish: sign: %w", err)
	}
	if err := replace(p.disk, p.c.Head+".new", p.c.Head, signed); err != nil {
		return fmt.Errorf("publish: head: %w", err)
	}
	p.head, p.signed, p.partly = head, signed, nil
	return nil
}

// continues proves from the files as they are on the disk that they come to the newer head, and that it continues the older one.
func (p *Publisher) continues(older, newer notary.Checkpoint) error {
	read := p.tiles(newer.Size)
	if _, err := notary.Resume(newer.Size, newer.Root, read); err != nil {
		return fmt.Errorf("%w: read again, the tiles are others than were written: %w", ErrAltered, err)
	}
	proof, err := notary.ProveConsistency(read, older.Size, newer.Size)
	if err == nil && older.Size > 0 {
		err = notary.CheckConsistency(proof, newer.Size, newer.Root, older.Size, older.Root)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAltered, err)
	}
	return nil
}
