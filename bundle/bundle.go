// Package bundle writes everything that somebody needs to verify a ledger without asking anybody: the published log up to its signed head, the documents as
// they are served, the schemas of the events, and a page that says how. It is a directory or one zip file.
//
// The rule it keeps: the bundle is whole or it is not there, and the same data directory gives the same bytes. So names are sorted and times are zero;
// everything is read twice, first to check and to sum it, then to write it; and what is written bears another name until all of it is on the disk.
//
//	BUNDLE.md                        what each file is, and how to verify
//	SHA256SUMS                       of all other files, as sha256sum writes and checks it
//	checkpoint                       the signed head
//	checkpoints/<size>               heads that were signed before
//	documents/index.json             {"views":[{"view","version","at","count"}]}: what the documents of each view reflect
//	documents/<view>.ndjson          {"key","at","document"}, in key order; the document is what is served, byte for byte
//	policy                           which witnesses the log asks, as it says itself
//	schemas/<type>.json              JSON Schema of each type of event
//	tile/<L>/<N>[.p/<W>]             hashes of the tree (https://c2sp.org/tlog-tiles)
//	tile/entries/<N>[.p/<W>]         the events
package bundle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"daybook.internal/notary"
	"daybook.internal/readstore"
	"daybook.internal/vault"
)

// A Source is what a bundle is made from.
type Source struct {
	Log   fs.FS           // the published log, and beside it the policy that it says to follow, if there is one
	Views readstore.Store // what is served
	Vault vault.Vault     // openings; needed for an annex only

	// Wait is how long a log that somebody else publishes may take to cover what the documents reflect.
	Wait time.Duration

	// Progress, if it is set, is told how far the work is.
	Progress func(done, total int64)
}

// A Report says what was written.
type Report struct {
	Head     notary.Checkpoint
	Files    int
	Bytes    int64
	Openings int // in the annex
	Without  int // commitments that have no opening (any more)
}

// ErrExists says that something bears the name already. Nothing is overwritten.
var ErrExists = errors.New("there is something of that name already")

// ErrBehind says that the log does not cover what the documents reflect.
var ErrBehind = errors.New("the published log is behind the documents")

// ErrUnpublished says that there is no signed head.
var ErrUnpublished = errors.New("the log is not published yet")

// Export writes a bundle to out: a zip file where the name ends in .zip, a directory otherwise. annex, if it is not empty, is the file for the openings, which are
// personal data and never in the bundle: lines {"event","field","salt","words"} in the order of the log.
//
// What has been published is checked on the way: entries that do not come to the signed root, and tiles that are not what the entries come to, are errors
// (notary.ErrProof), and no bundle is left.
func Export(ctx context.Context, s Source, out, annex string) (_ Report, err error) {
	for _, name := range []string{out, annex} {
		if _, err := os.Lstat(name); name != "" && err == nil {
			return Report{}, fmt.Errorf("%s: %w; give another name, or remove it", name, ErrExists)
		}
	}
	out = filepath.Clean(out)
	work, err := os.MkdirTemp(filepath.Dir(out), filepath.Base(out)+".partial-*")
	if err != nil {
		return Report{}, fmt.Errorf("bundle: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()

	views, err := takeDocuments(ctx, s.Views, filepath.Join(work, "documents"))
	if err != nil {
		return Report{}, fmt.Errorf("bundle: documents: %w", err)
	}
	log, err := openLog(ctx, s.Log, reach(views), s.Wait)
	if err != nil {
		return Report{}, fmt.Errorf("bundle: log: %w", err)
	}
	files, err := contents(log, views, filepath.Join(work, "documents"))
	if err != nil {
		return Report{}, fmt.Errorf("bundle: %w", err)
	}
	total := 3*log.tiles() + 2*int64(len(files)) // the tiles are checked besides
	done := int64(0)
	step := func() {
		if done++; s.Progress != nil {
			s.Progress(min(done, total), total)
		}
	}
	r := Report{Head: log.head}
	var openings *annexFile
	if annex != "" {
		if openings, err = newAnnex(s.Vault, annex); err != nil {
			return Report{}, err
		}
		defer openings.discard()
	}
	more, err := log.files(ctx, openings, step)
	if err != nil {
		return Report{}, fmt.Errorf("bundle: log: %w", err)
	}
	if files, err = weighed(ctx, append(files, more...), step); err != nil {
		return Report{}, fmt.Errorf("bundle: %w", err)
	}
	for _, f := range files {
		r.Files, r.Bytes = r.Files+1, r.Bytes+f.size
	}
	made := filepath.Join(work, "bundle")
	write := writeDir
	if strings.HasSuffix(out, ".zip") {
		write = writeZip
	}
	if err := write(ctx, made, files, step); err != nil {
		return Report{}, fmt.Errorf("bundle: %w", err)
	}
	if openings != nil {
		if r.Openings, r.Without, err = openings.keep(); err != nil {
			return Report{}, err
		}
	}
	if err := place(made, out); err != nil {
		if openings != nil { // which nothing belongs to
			err = errors.Join(err, os.Remove(openings.name))
		}
		return Report{}, fmt.Errorf("bundle: %w", err)
	}
	return r, nil
}
