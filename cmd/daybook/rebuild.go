package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// rebuilt is what became of one view.
type rebuilt struct {
	View      string `json:"view"`
	Version   int    `json:"version"`
	Documents int    `json:"documents"`
	Changed   int    `json:"changed"` // documents that were not as they follow from the ledger, or not there, or should not have been
	Position  uint64 `json:"position"`
}

func (p *program) rebuildCommand() *cobra.Command {
	var dir string
	var all bool
	c := args(&cobra.Command{
		Use:   "rebuild VIEW...|--all",
		Short: "Make views anew from the ledger, beside those that are served, and switch",
		Long: `Folds the whole ledger into the views that are named, beside the documents that are served, and then puts what is new in their place: each view at once, so
that whoever reads sees the old documents or the new ones. Cut off, run it again.

It says how many documents changed: those that were served otherwise than they follow from the record, up to the place that they had come to. None is what
should be; 'daybook replay' finds the same without changing anything.

It needs the data directory, and views in PostgreSQL, for itself: stop the servers first. A view store that is so damaged that it cannot be opened is made anew by --all. With -o json:
[{"view", "version", "documents", "changed", "position"}].`,
		Example: "  daybook rebuild country global --data ./data\n  daybook rebuild --all --data ./data -o json",
	}, cobra.ArbitraryArgs)
	c.RunE = func(c *cobra.Command, names []string) error {
		if all == (len(names) > 0) {
			return usageError{hint(errors.New("name the views to make anew, or all of them by --all"), c)}
		}
		views := projections.All()
		if !all {
			views = nil
			slices.Sort(names)
			for _, name := range slices.Compact(names) {
				v, err := viewByName(name)
				if err != nil {
					return err
				}
				views = append(views, v)
			}
		}
		rows, err := p.rebuild(c.Context(), dir, views, all)
		if err != nil {
			return err
		}
		return printRows(p, rows, rows, table.Row{"view", "version", "documents", "changed", "position"}, func(r rebuilt) table.Row {
			return table.Row{r.View, r.Version, r.Documents, r.Changed, r.Position}
		})
	}
	p.dataFlags(c, &dir)
	c.Flags().BoolVar(&all, "all", false, "all views")
	return c
}

func (p *program) rebuild(ctx context.Context, dir string, views []projections.View, all bool) (rows []rebuilt, err error) {
	if err := isDaybook(ctx, dir); err != nil {
		return nil, err
	}
	n, err := openFolder(ctx, dir)
	if e, _ := chosen(ctx); all && e.store == "" && errors.Is(err, readstore.ErrDamaged) {
		p.say("%v; it is made anew as a whole", err)
		if err = discardViews(dir); err == nil {
			n, err = openFolder(ctx, dir)
		}
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	store := n.store
	before := make([]servedDocs, len(views))
	for i, v := range views {
		if before[i], err = docsServed(ctx, store, v.Name); err != nil {
			return nil, err
		}
	}
	b := p.bar("rebuild")
	defer b.end()
	if err := readstore.Rebuild(ctx, n.ledger, store, views, readstore.Options{}, func(done, head uint64) { b.set(int64(done), int64(head)) }); err != nil {
		return nil, err
	}
	for i, v := range views {
		after, err := docsServed(ctx, store, v.Name)
		if err != nil {
			return nil, err
		}
		rows = append(rows, rebuilt{v.Name, v.Version, len(after.digests), before[i].changed(after), after.at})
	}
	return rows, nil
}

// discardViews removes a view store that cannot be opened. No process has it open: the caller could not have found out otherwise.
func discardViews(dir string) error {
	lock, err := lockDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(dir, "views.db"+suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, fmt.Errorf("remove the damaged view store: %w", err))
		}
	}
	return errors.Join(append(errs, lock.Close())...)
}

// servedDocs are the documents of a view, by key, as far as is needed to tell whether they are the same later.
type servedDocs struct {
	version int
	at      uint64
	digests map[string]digestAt
}

type digestAt struct {
	at     uint64
	digest [sha256.Size]byte
}

func docsServed(ctx context.Context, s readstore.Store, view string) (servedDocs, error) {
	d := servedDocs{digests: map[string]digestAt{}}
	v, at, ok, err := s.Served(ctx, view)
	if errors.Is(err, readstore.ErrDamaged) { // nobody can say what was served, and it is made anew for that
		return d, nil
	}
	if err != nil || !ok {
		return d, err
	}
	d.version, d.at = v.Version, at.Seq
	for doc, err := range s.List(ctx, view, "", 0) {
		var damage *readstore.DamagedError
		if errors.As(err, &damage) && damage.Ref.Key != "" {
			d.digests[damage.Ref.Key] = digestAt{} // like no other
			continue
		}
		if err != nil {
			return d, err
		}
		d.digests[doc.Key] = digestAt{doc.At, sha256.Sum256(doc.Data)}
	}
	return d, nil
}

// changed is how many documents are not the same later though nothing new has touched them. Documents of another version are not compared.
func (d servedDocs) changed(later servedDocs) (n int) {
	if d.version != later.version {
		return 0
	}
	for key, was := range d.digests {
		if is, there := later.digests[key]; !there || (is != was && is.at <= d.at) {
			n++
		}
	}
	for key, is := range later.digests {
		if _, there := d.digests[key]; !there && is.at <= d.at {
			n++
		}
	}
	return n
}
