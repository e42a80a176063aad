package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/replay"
)

// client reads a daybook over its API.
type client struct {
	base string
	http http.Client
}

var errMoved = errors.New("the views moved on while they were read; try again")

// get reads one answer of at most 64 MiB.
func (c *client) get(ctx context.Context, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.base, "/")+path, nil)
	if err != nil {
		return err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, answer.Status)
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, answer.Body, 64<<20)).Decode(into); err != nil {
		return fmt.Errorf("GET %s: %w", path, err)
	}
	return nil
}

// records yields every event of the daybook from the first one on.
func (c *client) records(ctx context.Context) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		for after := uint64(0); ; {
			var page struct {
				Events []struct {
					Seq      uint64          `json:"seq"`
					Stream   domain.StreamID `json:"stream"`
					Revision uint64          `json:"revision"`
					ID       domain.EventID  `json:"id"`
					Type     string          `json:"type"`
					Meta     json.RawMessage `json:"meta"`
					Data     json.RawMessage `json:"data"`
				} `json:"events"`
			}
			if err := c.get(ctx, fmt.Sprintf("/v1/events?after=%d&limit=200", after), &page); err != nil {
				yield(domain.Record{}, err)
				return
			}
			if len(page.Events) == 0 {
				return
			}
			for _, e := range page.Events {
				if !yield(domain.Record{Seq: e.Seq, Stream: e.Stream, Revision: e.Revision, ID: e.ID, Type: e.Type, Meta: e.Meta, Data: e.Data}, nil) {
					return
				}
				after++
			}
		}
	}
}

// served reads every document of every view.
func (c *client) served(ctx context.Context) (replay.Served, error) {
	var list struct {
		Views []struct {
			View     string `json:"view"`
			Version  int    `json:"version"`
			Position uint64 `json:"position"`
		} `json:"views"`
	}
	if err := c.get(ctx, "/v1/views", &list); err != nil {
		return replay.Served{}, err
	}
	documents := map[string][]replay.ServedDocument{}
	served := replay.Served{Documents: func(view string) iter.Seq2[replay.ServedDocument, error] {
		return func(yield func(replay.ServedDocument, error) bool) {
			for _, d := range documents[view] {
				if !yield(d, nil) {
					return
				}
			}
		}
	}}
	for _, v := range list.Views {
		served.Views = append(served.Views, replay.ServedView{View: v.View, Version: v.Version, At: v.Position})
		for next := "/v1/views/" + v.View + "?limit=200"; next != ""; {
			var page struct {
				Position  uint64 `json:"position"`
				Documents []struct {
					Key      string          `json:"key"`
					At       uint64          `json:"at"`
					Document json.RawMessage `json:"document"`
				} `json:"documents"`
				Next string `json:"next"`
			}
			if err := c.get(ctx, next, &page); err != nil {
				return served, err
			}
			if page.Position != v.Position {
				return served, errMoved
			}
			for _, d := range page.Documents {
				documents[v.View] = append(documents[v.View], replay.ServedDocument{Key: d.Key, Document: projections.Document{At: d.At, Data: d.Document}})
			}
			next = page.Next
		}
	}
	return served, nil
}
