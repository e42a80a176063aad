package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"daybook.internal/domain"
	"daybook.internal/ledger/tiles"
	"daybook.internal/projections"
	"daybook.internal/replay"
)

// client reads a daybook over its API.
type client struct {
	base  string
	token string // shown with every request, if there is one
	http  http.Client
}

// newClient asks the daybook at an address, and nobody whom it points at. A token is sent over HTTPS, or to this machine.
func (c *call) newClient(base string) (*client, error) {
	made := &client{base: base, http: http.Client{CheckRedirect: tiles.SameHost}}
	if c.token == "" {
		return made, nil
	}
	at, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(at.Hostname()); at.Scheme != "https" && at.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("--token: %s is no https address, so that others could read the token", base)
	}
	b, err := os.ReadFile(c.token)
	if err != nil {
		return nil, err
	}
	made.token = strings.TrimSpace(string(b))
	return made, nil
}

var (
	errMoved = errors.New("the views moved on while they were read; try again")
	errForm  = errors.New("the answer does not have the form of a daybook's")

	errRefused = errors.New("it is not for everybody")
)

// get reads one answer of at most 64 MiB.
func (c *client) get(ctx context.Context, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.base, "/")+path, nil)
	if err != nil {
		return err
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("GET %s: %s: %w", path, answer.Status, errRefused)
	default:
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
				Events *[]struct {
					Seq      uint64          `json:"seq"`
					Stream   domain.StreamID `json:"stream"`
					Revision uint64          `json:"revision"`
					ID       domain.EventID  `json:"id"`
					Type     string          `json:"type"`
					Meta     json.RawMessage `json:"meta"`
					Data     json.RawMessage `json:"data"`
				} `json:"events"`
			}
			path := fmt.Sprintf("/v1/events?after=%d&limit=200", after)
			err := c.get(ctx, path, &page)
			if err == nil && page.Events == nil {
				err = fmt.Errorf("GET %s: %w", path, errForm)
			}
			if err != nil {
				yield(domain.Record{}, err)
				return
			}
			if len(*page.Events) == 0 {
				return
			}
			for _, e := range *page.Events {
				if !yield(domain.Record{Seq: e.Seq, Stream: e.Stream, Revision: e.Revision, ID: e.ID, Type: e.Type, Meta: e.Meta, Data: e.Data}, nil) {
					return
				}
				after++
			}
		}
	}
}

// served reads every document of every view that this auditor knows. All of them must be served: what is left out cannot be checked. Those that are not made for everybody are
// said to be closed where they are refused, unless a token was shown.
func (c *client) served(ctx context.Context) (replay.Served, error) {
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
	var list struct {
		Views *[]struct {
			View    string `json:"view"`
			Version int    `json:"version"`
		} `json:"views"`
	}
	if err := c.get(ctx, "/v1/views", &list); err != nil {
		return served, err
	}
	if list.Views == nil {
		return served, fmt.Errorf("GET /v1/views: %w", errForm)
	}
	for _, v := range *list.Views {
		if _, known := projections.ByName(v.View); !known { // the replay will say that it cannot be rebuilt
			served.Views = append(served.Views, replay.ServedView{View: v.View, Version: v.Version})
		}
	}
	for _, known := range projections.All() {
		view, docs, err := c.view(ctx, known.Name)
		for again := 0; errors.Is(err, errMoved) && again < 20; again++ {
			view, docs, err = c.view(ctx, known.Name)
		}
		if errors.Is(err, errRefused) && !known.Public && c.token == "" {
			served.Closed = append(served.Closed, known.Name)
			continue
		}
		if err != nil {
			return served, err
		}
		served.Views, documents[known.Name] = append(served.Views, view), docs
	}
	return served, nil
}

// view reads all documents of a view as of one place. Each page says of which place it is.
func (c *client) view(ctx context.Context, name string) (replay.ServedView, []replay.ServedDocument, error) {
	var view replay.ServedView
	var all []replay.ServedDocument
	for after := ""; ; {
		var page struct {
			View      string `json:"view"`
			Version   int    `json:"version"`
			Position  uint64 `json:"position"`
			Documents *[]struct {
				Key      string          `json:"key"`
				At       uint64          `json:"at"`
				Document json.RawMessage `json:"document"`
			} `json:"documents"`
			Next string `json:"next"`
		}
		path := "/v1/views/" + name + "?limit=200&after=" + url.QueryEscape(after)
		if err := c.get(ctx, path, &page); err != nil {
			return view, nil, err
		}
		now := replay.ServedView{View: page.View, Version: page.Version, At: page.Position}
		switch {
		case page.View != name || page.Documents == nil:
			return view, nil, fmt.Errorf("GET %s: %w", path, errForm)
		case view.View != "" && now != view:
			return view, nil, errMoved
		}
		view = now
		for _, d := range *page.Documents {
			all = append(all, replay.ServedDocument{Key: d.Key, Document: projections.Document{At: d.At, Data: d.Document}})
		}
		if page.Next == "" {
			return view, all, nil
		}
		// The way on follows from the keys and not from next: where to read is not for those to say who are audited.
		if len(*page.Documents) == 0 || all[len(all)-1].Key <= after {
			return view, nil, fmt.Errorf("GET %s: the pages have no end", path)
		}
		after = all[len(all)-1].Key
	}
}
