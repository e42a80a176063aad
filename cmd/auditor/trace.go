package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"daybook.internal/domain"
	"daybook.internal/replay"
)

var traceCommand = command{
	name:  "trace",
	args:  "RECOMMENDATION BUNDLE|DIR|URL [-o table|json]",
	about: "shows the events by which a recommendation came to be, from the log alone",
	least: 2, most: 2,
	help: `
Every step stands on a line: its number in the log, when it was recorded, its part, its place in its stream, its type, and who acted. With -o json, one JSON
object a line, with the whole event.

Verify the log first: this command reads what the log says and checks no signature.

Example:
  auditor trace rc_sim_vision_access edition.zip

Exit codes: 0 shown, 2 it could not be, or there is no such recommendation.`,
	run: runTrace,
}

func runTrace(ctx context.Context, c *call) (int, error) {
	s, err := open(ctx, c.args[1])
	if err != nil {
		return exitUnknown, err
	}
	defer s.Close()
	l, err := s.unsigned(ctx)
	if err != nil {
		return exitUnknown, err
	}
	e := json.NewEncoder(c.stdout)
	e.SetEscapeHTML(false)
	read := func() iter.Seq2[domain.Record, error] { return records(ctx, l) }
	for step, err := range replay.Trace(ctx, read, domain.RecommendationID(c.args[0])) {
		if err != nil {
			return exitUnknown, err
		}
		if c.output == "table" {
			fmt.Fprintf(c.stdout, "%9d  %s  %-14s  %-28s  %s@%d  %s\n", step.Seq, step.Meta.Time, step.Part, domain.TypeOf(step.Event), step.Stream, step.Revision, step.Meta.Actor)
			continue
		}
		_, data, err := domain.Encode(step.Event)
		if err != nil {
			return exitUnknown, err
		}
		meta, err := domain.EncodeMeta(step.Meta)
		if err != nil {
			return exitUnknown, err
		}
		if err := e.Encode(struct {
			Seq      uint64          `json:"seq"`
			Part     replay.Part     `json:"part"`
			Stream   domain.StreamID `json:"stream"`
			Revision uint64          `json:"revision"`
			ID       domain.EventID  `json:"id"`
			Type     string          `json:"type"`
			Meta     json.RawMessage `json:"meta"`
			Data     json.RawMessage `json:"data"`
		}{step.Seq, step.Part, step.Stream, step.Revision, step.ID, domain.TypeOf(step.Event), meta, data}); err != nil {
			return exitUnknown, err
		}
	}
	return exitVerified, nil
}
