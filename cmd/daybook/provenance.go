package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"daybook.internal/domain"
	"daybook.internal/provenance"
	"daybook.internal/replay"
)

func (p *program) provenanceCommand() *cobra.Command {
	var dir, form, direction string
	var limit int
	at := uint64(replay.Head)
	c := args(&cobra.Command{
		Use:   "provenance RECOMMENDATION",
		Short: "Write where a recommendation comes from and what came of it, as W3C PROV",
		Long: `Writes the lineage of a recommendation as W3C PROV: PROV-JSON, or JSON-LD in the terms of PROV-O with its context in it. Entities are the versions of streams of the
record, back to the statements, worksheets, results and codings on which it stands, and forward to the recommendations that stand on it, the synthesis, the hand-over
and what the addressees answered. No words, names or accounts stand in it: texts are their digests, participants' words their commitments, people are a role,
a table or a room. Every node has db:seq and db:event, the number and the id of its event, by which 'auditor trace' shows it.

A graph has at most --limit versions, the ones nearest to the recommendation; where there are more, the node view:... says db:truncated, and so does a line on
stderr. With --at N it is the graph of the first N records. The same records give the same bytes.`,
		Example: `  daybook provenance rc_sim_vision_access --data ./data
  daybook provenance rc_sim_vision_access --data ./data --direction back -o jsonld`,
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		q := provenance.Query{Recommendation: domain.RecommendationID(given[0]), Direction: provenance.Direction(direction), At: at, Limit: limit}
		if err := q.Check(); err != nil {
			return usageError{hint(err, c)}
		}
		write := (*provenance.Graph).ProvJSON
		switch form {
		case "prov-json", "json":
		case "jsonld":
			write = (*provenance.Graph).JSONLD
		default:
			return usageError{hint(fmt.Errorf("-o %s: choose one of prov-json, jsonld", form), c)}
		}
		g, err := p.lineage(c.Context(), dir, q)
		if err != nil {
			return err
		}
		doc, err := write(g)
		if err != nil {
			return err
		}
		if g.Truncated {
			p.say("there are more than %d versions; the farthest ones are left out. --limit takes up to %d, --direction back or forward one side", limit, provenance.MaxLimit)
		}
		_, err = p.out.Write(doc)
		return err
	}
	p.dataFlags(c, &dir)
	words := make([]string, 0, 3)
	for _, d := range provenance.Directions() {
		words = append(words, string(d))
	}
	c.Flags().StringVarP(&form, "output", "o", "prov-json", "form of the document on stdout: prov-json or jsonld")
	c.Flags().StringVar(&direction, "direction", string(provenance.Both), strings.Join(words, ", "))
	c.Flags().IntVar(&limit, "limit", provenance.DefaultLimit, "the most versions of streams in the graph")
	c.Flags().Uint64Var(&at, "at", replay.Head, "the graph of the first N records")
	c.Flags().Lookup("at").DefValue = "the head"
	return c
}

// lineage reads the ledger for one graph.
func (p *program) lineage(ctx context.Context, dir string, q provenance.Query) (*provenance.Graph, error) {
	n, err := openLedger(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer n.Close()
	total := q.At
	if total == replay.Head {
		if total, err = n.ledger.Head(ctx); err != nil {
			return nil, err
		}
	}
	x := provenance.NewIndex()
	b := p.bar("read the ledger")
	defer b.end()
	for r, err := range replay.Records(ctx, n.ledger) {
		if err != nil {
			return nil, err
		}
		if r.Seq >= q.At {
			break
		}
		if err := x.Take(r); err != nil {
			return nil, err
		}
		if r.Seq%4096 == 0 {
			b.set(int64(r.Seq), int64(total))
		}
	}
	g, err := x.Graph(q)
	if errors.Is(err, provenance.ErrNotFound) {
		return nil, fmt.Errorf("%w; 'daybook view list recommendation' lists those that there are", err)
	}
	return g, err
}
