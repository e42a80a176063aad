package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/ledger"
	"daybook.internal/notary"
)

// A Report is what Check found.
type Report struct {
	Origin   string    `json:"origin"`
	Events   int64     `json:"events"`    // records of the ledger that were hashed: as many as were signed
	Size     int64     `json:"published"` // of the published head
	Heads    int       `json:"heads"`     // signed heads that were compared: the last one, the published one, and those of the archive
	Files    int       `json:"files"`     // tiles and bundles of entries that were compared
	Problems int       `json:"problems"`  // how many there are
	Findings []Finding `json:"findings"`  // the first of them
}

// A Finding is one thing that is not as it was signed.
type Finding struct {
	Where   string `json:"where"` // a file, or a record of the ledger
	Problem string `json:"problem"`
}

func (f Finding) String() string { return f.Where + ": " + f.Problem }

// maxFindings is how many findings are told one by one.
const maxFindings = 20

// Check hashes every record that was signed again and compares the result with every file of the log, with the last signed head in the file head, and with
// every archived one. It changes nothing, and works beside a Publisher. An error says that it could not be checked; what is wrong stands in the Report.
func (l *Log) Check(ctx context.Context, from ledger.Reader, head string) (Report, error) {
	c := &check{log: l, report: Report{Origin: l.Origin(), Findings: []Finding{}}, roots: map[int64]tlog.Hash{}}
	if err := c.heads(head); err != nil {
		return c.report, err
	}
	sizes := slices.Sorted(maps.Keys(c.roots))
	if len(sizes) == 0 {
		return c.report, nil
	}
	c.size = sizes[len(sizes)-1]
	e := &edge{tree: &notary.Tree{}}
	reached := func(size int64, root tlog.Hash) error {
		if root != c.roots[size] {
			c.found(int64(1)<<62+size, fmt.Sprintf("head of %d events", size), fmt.Sprintf("signed is the root %v, and the ledger comes to %v", c.roots[size], root))
		}
		return nil
	}
	if err := grow(ctx, from, e, uint64(c.size), sizes, reached, c.compare); err != nil {
		return c.report, err
	}
	if c.report.Events = e.tree.Size(); c.report.Events < c.size {
		c.found(0, "ledger", fmt.Sprintf("%v: it has %d records, and a head of %d was signed", ErrShorter, c.report.Events, c.size))
	}
	slices.SortFunc(c.places, func(a, b place) int { return int(min(1, max(-1, a.at-b.at))) })
	for _, p := range c.places[:min(len(c.places), maxFindings)] {
		c.report.Findings = append(c.report.Findings, p.Finding)
	}
	c.report.Problems = len(c.places)
	return c.report, nil
}

type check struct {
	log   *Log
	size  int64
	roots map[int64]tlog.Hash // what was signed, by size

	mu     sync.Mutex // guards what follows
	report Report
	places []place
}

// place is a finding and where it belongs among the others.
type place struct {
	at int64
	Finding
}

func (c *check) found(at int64, where, problem string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.places = append(c.places, place{at, Finding{where, problem}})
}

// heads reads every head that was signed.
func (c *check) heads(head string) error {
	names := []string{filepath.Join(c.log.dir, notary.CheckpointPath), head}
	archive, err := c.log.disk.List(filepath.Join(c.log.dir, notary.ArchivePath))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, n := range archive {
		names = append(names, filepath.Join(c.log.dir, notary.ArchivePath, n))
	}
	for i, name := range names {
		signed, err := c.log.disk.Read(name)
		if errors.Is(err, fs.ErrNotExist) {
			if i == 1 && (c.report.Heads > 0 || len(archive) > 0) {
				c.found(-1, name, "the last signed head is missing, while a log is published")
			}
			continue
		}
		if err != nil {
			return err
		}
		h, _, err := notary.OpenCheckpoint(signed, c.log.verifier)
		if err == nil && i > 1 && strconv.FormatInt(h.Size, 10) != archive[i-2] {
			err = fmt.Errorf("it is of %d events", h.Size)
		}
		if err != nil {
			c.found(-1, name, err.Error())
			continue
		}
		if root, ok := c.roots[h.Size]; ok && root != h.Root {
			c.found(-1, name, fmt.Sprintf("two roots were signed for %d events: %v and %v", h.Size, root, h.Root))
		}
		c.roots[h.Size] = h.Root
		c.report.Heads++
		if i == 0 {
			c.report.Size = h.Size
		}
	}
	return nil
}

// compare holds a file of the log against what the ledger gives.
func (c *check) compare(name string, data []byte) error {
	full, level, n, w := takeApart(name)
	end := (n + 1) << (notary.Height * (level + 1)) // after what names a single record in it
	have, _, err := c.log.partial(func(w int) string {
		if w == notary.Width {
			return full
		}
		return fmt.Sprintf("%s.p/%d", full, w)
	}, w)
	c.mu.Lock()
	c.report.Files++
	c.mu.Unlock()
	switch {
	case errors.Is(err, os.ErrNotExist):
		c.found(end, name, "it is missing")
	case err != nil:
		return err
	case !bytes.HasPrefix(have, data) || (w == notary.Width && len(have) != len(data)):
		at, problem := end, "it is not what the ledger gives"
		if strings.HasPrefix(full, "tile/entries/") {
			at, problem = differs(n, w, have, data)
		}
		c.found(at, name, problem)
	}
	return nil
}

// differs names the first entry of the n-th bundle that is not the record of the ledger.
func differs(n int64, w int, published, ledger []byte) (at int64, problem string) {
	at = n * notary.Width
	var theirs [][]byte
	for leaf, err := range notary.Entries(published, w) {
		if err == nil {
			theirs = append(theirs, leaf)
		}
	}
	for leaf := range notary.Entries(ledger, w) {
		if i := int(at - n*notary.Width); i >= len(theirs) || !bytes.Equal(theirs[i], leaf) {
			break
		}
		at++
	}
	return at, fmt.Sprintf("entry %d is not record %d of the ledger", at%notary.Width, at)
}

// takeApart gives the name of the full file, the level, the index and the width of a name that TilePath or EntriesPath made. Entries are of level 0.
func takeApart(name string) (full string, level int, n int64, w int) {
	full, width, partial := strings.Cut(name, ".p/")
	if w = notary.Width; partial {
		w, _ = strconv.Atoi(width)
	}
	parts := strings.Split(full, "/")
	level, _ = strconv.Atoi(parts[1])
	for _, g := range parts[2:] {
		d, _ := strconv.ParseInt(strings.TrimPrefix(g, "x"), 10, 64)
		n = n*1000 + d
	}
	return full, level, n, w
}
