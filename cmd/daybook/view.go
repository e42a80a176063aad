package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore"
	"daybook.internal/replay"
)

func (p *program) viewCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "view",
		Short: "Read the views: per statement, conversation, country and edition",
		Long:  "Reads the views that follow from the ledger. Reading works beside a running server, which keeps the views up.",
	}
	c.AddCommand(p.viewListCommand(), p.viewGetCommand())
	return c
}

func (p *program) viewListCommand() *cobra.Command {
	var dir string
	c := args(&cobra.Command{
		Use:     "list [NAME]",
		Short:   "List the views, or the documents of one",
		Example: "  daybook view list --data ./data\n  daybook view list conversation --data ./data -o ndjson",
	}, cobra.MaximumNArgs(1))
	c.RunE = func(c *cobra.Command, names []string) error {
		if len(names) > 0 {
			if view, ok := measures.ByName(names[0]); ok {
				return p.listMeasure(c.Context(), dir, view)
			}
		}
		n, err := p.openViews(c.Context(), dir)
		if err != nil {
			return err
		}
		defer n.Close()
		if len(names) == 0 {
			return p.listViews(c.Context(), n.store)
		}
		return p.listDocuments(c.Context(), n.store, names[0])
	}
	p.dataFlags(c, &dir)
	return c
}

func (p *program) listViews(ctx context.Context, s readstore.Store) error {
	type row struct {
		View      string `json:"view"`
		Version   int    `json:"version"`
		Documents *int   `json:"documents"` // null: of a measure, which is computed when it is asked for
		Position  uint64 `json:"position,omitempty"`
		About     string `json:"about"`
	}
	rows := []row{}
	for _, v := range projections.All() {
		served, at, ok, err := s.Served(ctx, v.Name)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		documents := 0
		r := row{View: v.Name, Version: served.Version, Documents: &documents, Position: at.Seq, About: v.About}
		for _, err := range s.List(ctx, v.Name, "", 0) {
			if err != nil {
				return err
			}
			documents++
		}
		rows = append(rows, r)
	}
	for _, v := range measures.All() {
		rows = append(rows, row{View: v.Name, Version: v.Version, About: v.About})
	}
	return printRows(p, rows, rows, table.Row{"view", "version", "documents", "position", "about"}, func(r row) table.Row {
		if r.Documents == nil {
			return table.Row{r.View, r.Version, "computed", "", r.About}
		}
		return table.Row{r.View, r.Version, *r.Documents, r.Position, r.About}
	})
}

func (p *program) listDocuments(ctx context.Context, s readstore.Store, name string) error {
	view, err := viewByName(name)
	if err != nil {
		return err
	}
	type row struct {
		Key      string          `json:"key"`
		At       uint64          `json:"at"`
		Document json.RawMessage `json:"document"`
	}
	rows := []row{}
	for d, err := range s.List(ctx, view.Name, "", 0) {
		if err != nil {
			return err
		}
		rows = append(rows, row{d.Key, d.At, d.Data})
	}
	return printRows(p, rows, rows, table.Row{"key", "last changed at", "bytes"}, func(r row) table.Row {
		return table.Row{r.Key, r.At, len(r.Document)}
	})
}

func (p *program) viewGetCommand() *cobra.Command {
	var dir, proof string
	at := uint64(replay.Head)
	c := args(&cobra.Command{
		Use:   "get NAME [KEY]",
		Short: "Print one document of a view",
		Long: `Prints one document. KEY may be left out where the view has a single one. With --at N the document is rebuilt from the ledger as it
was after the first N records.

With --proof FILE the document is that of a place that the views are committed to, the last one or --at N, and FILE gets the proof of it. Where there is no such
document, FILE proves that. 'daybook proof view FILE' checks it.

With -o ndjson the bytes are exactly those that are served and replayed.`,
		Example: `  daybook view get conversation brexit-consensus --data ./data -o json
  daybook view get statement brexit-consensus/36 --data ./data
  daybook view get global --data ./data --at 1000 -o json
  daybook view get country KE --data ./data --proof kenya.json`,
	}, cobra.RangeArgs(1, 2))
	c.RunE = func(c *cobra.Command, given []string) error {
		key := ""
		if len(given) == 2 {
			key = given[1]
		}
		if view, ok := measures.ByName(given[0]); ok && !c.Flags().Changed("proof") {
			return p.getMeasure(c.Context(), dir, view, key, at)
		}
		view, err := viewByName(given[0])
		if err != nil {
			return err
		}
		if c.Flags().Changed("proof") {
			if key == "" || proof == "" {
				return usageError{hint(errors.New("--proof needs a KEY to prove, and a file to write to"), c)}
			}
			place := &at
			if !c.Flags().Changed("at") {
				place = nil
			}
			return p.getProved(c.Context(), dir, view, key, place, proof)
		}
		if c.Flags().Changed("at") {
			return p.getAt(c.Context(), dir, view, key, at)
		}
		return p.get(c.Context(), dir, view, key)
	}
	p.dataFlags(c, &dir)
	c.Flags().Uint64Var(&at, "at", replay.Head, "rebuild the document as it was after the first N records")
	c.Flags().Lookup("at").DefValue = "the head"
	c.Flags().StringVar(&proof, "proof", "", "a file for the proof, which is JSON")
	return c
}

func (p *program) get(ctx context.Context, dir string, view projections.View, key string) error {
	n, err := p.openViews(ctx, dir)
	if err != nil {
		return err
	}
	defer n.Close()
	if key == "" {
		keys := []string{}
		for d, err := range n.store.List(ctx, view.Name, "", 0) {
			if err != nil {
				return err
			}
			keys = append(keys, d.Key)
		}
		if key, err = onlyKey(view.Name, keys); err != nil {
			return err
		}
	}
	d, err := n.store.Get(ctx, projections.Ref{View: view.Name, Key: key})
	if errors.Is(err, readstore.ErrNotFound) {
		return fmt.Errorf("view %s has no document %q; 'daybook view list %s' lists those that there are", view.Name, key, view.Name)
	}
	if err != nil {
		return err
	}
	return p.printDocument(d.Data)
}

func (p *program) getAt(ctx context.Context, dir string, view projections.View, key string, at uint64) error {
	n, err := openReader(ctx, dir)
	if err != nil {
		return err
	}
	defer n.Close()
	if key == "" {
		fold, _, err := replay.Rebuild(ctx, replay.Records(ctx, n.ledger), []projections.View{view}, at)
		if err != nil {
			return err
		}
		keys := []string{}
		for ref := range fold.Documents() {
			keys = append(keys, ref.Key)
		}
		if key, err = onlyKey(view.Name, keys); err != nil {
			return err
		}
	}
	d, err := replay.Document(ctx, replay.Records(ctx, n.ledger), view, key, at)
	if err != nil {
		return err
	}
	return p.printDocument(d.Data)
}

func onlyKey(view string, keys []string) (string, error) {
	switch len(keys) {
	case 0:
		return "", fmt.Errorf("view %s has no documents yet", view)
	case 1:
		return keys[0], nil
	}
	return "", usageError{fmt.Errorf("view %s has %d documents: name one of them, for example %q; 'daybook view list %s' lists them", view, len(keys), keys[0], view)}
}

func viewByName(name string) (projections.View, error) {
	v, ok := projections.ByName(name)
	if ok {
		return v, nil
	}
	names := ""
	for _, v := range projections.All() {
		names += " " + v.Name
	}
	for _, v := range measures.All() {
		names += " " + v.Name
	}
	return v, usageError{fmt.Errorf("there is no view %q; there are:%s", name, names)}
}

// openViews opens a data directory for reading up-to-date views: it brings them up itself, unless another process does that already.
func (p *program) openViews(ctx context.Context, dir string) (*node, error) {
	if err := isDaybook(ctx, dir); err != nil {
		return nil, err
	}
	n, err := openFolder(ctx, dir)
	switch {
	case err == nil:
		if err := n.catchUp(ctx, p); err != nil {
			return nil, errors.Join(err, n.Close())
		}
		return n, nil
	case !errors.Is(err, errInUse) && !errors.Is(err, errReadOnly):
		return nil, err
	}
	if n, err = openReader(ctx, dir); err != nil {
		return nil, err
	}
	if n.store == nil {
		return nil, errors.Join(fmt.Errorf("there are no views in %s yet", dir), n.Close())
	}
	return n, p.awaitViews(ctx, n)
}

// awaitViews gives the process that keeps the views two seconds to reach the ledger's head.
func (p *program) awaitViews(ctx context.Context, n *node) error {
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		behind, err := viewsBehind(ctx, n)
		if err != nil || behind == "" {
			return err
		}
		if time.Since(began) > 2*time.Second {
			p.say("view %s is still behind the ledger; what you see is its state so far", behind)
			return nil
		}
	}
}

// viewsBehind names a view that does not reflect the whole ledger.
func viewsBehind(ctx context.Context, n *node) (string, error) {
	for _, v := range projections.All() {
		_, at, _, err := n.store.Served(ctx, v.Name)
		if err != nil {
			return "", err
		}
		for _, err := range n.ledger.All(ctx, ledger.Cursor{Seq: at.Seq}) {
			return v.Name, err
		}
	}
	return "", nil
}
