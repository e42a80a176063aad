package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

// ErrNotCosigned says that the witnesses that policy asks for did not cosign: the head is signed and not published, and is tried again.
var ErrNotCosigned = errors.New("signed and not published: the witnesses did not cosign it")

var errClosed = errors.New("the publisher is closed")

// Witnesses cosign heads. Package notary/witness asks those of a policy.
type Witnesses interface {
	// Cosign gives signed back with the cosignatures of enough witnesses, or says why there are not enough. old is the size of the head that was published
	// last, which the witnesses have probably seen; proof proves that signed continues the head of any size. Beside an error, it may give the cosignatures that
	// came; they are handed back with the next attempt.
	Cosign(ctx context.Context, old int64, proof func(from int64) ([]tlog.Hash, error), signed []byte) ([]byte, error)
}

// release takes the steps 6 to 8: the signed head becomes the published one.
func (p *Publisher) release(ctx context.Context) error {
	signed, err := p.cosign(ctx)
	if err != nil {
		return fmt.Errorf("publish: head of %d events: %w: %w", p.head.Size, ErrNotCosigned, err)
	}
	archive, temp := filepath.Join(p.c.Dir, notary.ArchivePath), filepath.Join(p.c.Dir, ".new")
	for _, dir := range []string{temp, archive} {
		if err := p.disk.Mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("publish: %w", err)
		}
	}
	if !p.sure[archive] {
		if err := p.disk.Sync(p.c.Dir); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		p.sure[archive] = true
	}
	if err := replace(p.disk, filepath.Join(temp, "archived"), filepath.Join(archive, strconv.FormatInt(p.head.Size, 10)), signed); err != nil {
		return fmt.Errorf("publish: archive: %w", err)
	}
	if err := replace(p.disk, filepath.Join(temp, "published"), filepath.Join(p.c.Dir, notary.CheckpointPath), signed); err != nil {
		return fmt.Errorf("publish: checkpoint: %w", err)
	}
	p.public = p.head.Size
	return nil
}

// cosign asks the witnesses. What comes back must be the head that they were asked about, still signed by this log.
func (p *Publisher) cosign(ctx context.Context) ([]byte, error) {
	if p.c.Witnesses == nil {
		return p.signed, nil
	}
	head, asked := p.head, p.signed
	if p.partly != nil {
		asked = p.partly
	}
	cosigned, err := p.c.Witnesses.Cosign(ctx, p.public, func(from int64) ([]tlog.Hash, error) {
		return notary.ProveConsistency(p.tiles(head.Size), from, head.Size)
	}, asked)
	same, _, wrong := notary.OpenCheckpoint(cosigned, p.verifier)
	if wrong == nil && same != head {
		wrong = fmt.Errorf("they cosigned another head, of %d events", same.Size)
	}
	if err == nil {
		err = wrong
	} else if wrong == nil {
		p.partly = cosigned
	}
	return cosigned, err
}

// PolicyPath is the name of the policy beside the log. It is what the log says of itself; who checks it uses their own copy.
const PolicyPath = "policy"

// showPolicy puts the policy beside the log, or takes an old one away.
func (p *Publisher) showPolicy() error {
	name := filepath.Join(p.c.Dir, PolicyPath)
	old, err := p.disk.Read(name)
	switch {
	case p.c.Policy == nil && err == nil:
		err = p.disk.Remove(name)
	case errors.Is(err, fs.ErrNotExist) || (err == nil && !bytes.Equal(old, p.c.Policy)):
		if err = nil; p.c.Policy != nil {
			err = replace(p.disk, filepath.Join(p.c.Dir, ".policy.new"), name, p.c.Policy)
		}
	}
	if err != nil {
		return fmt.Errorf("publish: policy: %w", err)
	}
	return nil
}
