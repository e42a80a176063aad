package verify

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"daybook.internal/domain"
	"daybook.internal/ledger/tiles"
	"daybook.internal/projections"
	"daybook.internal/replay"
)

const indexPath = "documents/index.json"

// maxLine is the most bytes of a line of documents or openings.
const maxLine = 64 << 20

// bundled finds the documents of a bundle; nil where there are none, which is said.
func (r *runner) bundled(ctx context.Context) (*replay.Served, error) {
	served, err := Documents(ctx, r.files)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !r.bundle:
		r.notAsked(checkDocuments, "a log has no documents")
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &served, nil
}

// Documents finds the documents of a bundle. Where there are none the error is fs.ErrNotExist.
func Documents(ctx context.Context, files tiles.Files) (replay.Served, error) {
	data, err := tiles.Read(ctx, files, indexPath, 1<<20)
	if err != nil {
		return replay.Served{}, err
	}
	views, err := parseIndex(data)
	if err != nil {
		return replay.Served{}, fmt.Errorf("%s: %w", indexPath, err)
	}
	return replay.Served{Views: views, Documents: func(view string) iter.Seq2[replay.ServedDocument, error] { return documents(ctx, files, view) }}, nil
}

var errForm = errors.New("it does not have the form that it must have")

// parseIndex reads documents/index.json: {"views":[{"view","version","at","count"}]}.
func parseIndex(data []byte) ([]replay.ServedView, error) {
	var index struct {
		Views *[]struct {
			View    string `json:"view"`
			Version int    `json:"version"`
			At      uint64 `json:"at"`
			Count   uint64 `json:"count"`
		} `json:"views"`
	}
	if err := json.Unmarshal(data, &index); err != nil {
		return nil, fmt.Errorf("%w: %w", errForm, err)
	}
	if index.Views == nil {
		return nil, fmt.Errorf("%w: it lists no views", errForm)
	}
	views := []replay.ServedView{}
	seen := map[string]bool{}
	for _, v := range *index.Views {
		if domain.CheckID("view", v.View) != nil || tiles.CheckName("documents/"+v.View+".ndjson") != nil || seen[v.View] {
			return nil, fmt.Errorf("%w: view %.100q", errForm, v.View)
		}
		seen[v.View] = true
		views = append(views, replay.ServedView{View: v.View, Version: v.Version, At: v.At})
	}
	return views, nil
}

// documents reads documents/<view>.ndjson: lines {"key","at","document"} in key order.
func documents(ctx context.Context, files tiles.Files, view string) iter.Seq2[replay.ServedDocument, error] {
	return func(yield func(replay.ServedDocument, error) bool) {
		name := "documents/" + view + ".ndjson"
		for line, err := range lines(ctx, files, name) {
			var d replay.ServedDocument
			if err == nil {
				d, err = parseDocument(line)
			}
			if err != nil {
				err = fmt.Errorf("%s: %w", name, err)
			}
			if !yield(d, err) || err != nil {
				return
			}
		}
	}
}

func parseDocument(line []byte) (replay.ServedDocument, error) {
	var d struct {
		Key      *string         `json:"key"`
		At       uint64          `json:"at"`
		Document json.RawMessage `json:"document"`
	}
	if err := json.Unmarshal(line, &d); err != nil {
		return replay.ServedDocument{}, fmt.Errorf("%w: %w", errForm, err)
	}
	if d.Key == nil || d.Document == nil {
		return replay.ServedDocument{}, fmt.Errorf("%w: a line has a key and a document", errForm)
	}
	return replay.ServedDocument{Key: *d.Key, Document: projections.Document{At: d.At, Data: d.Document}}, nil
}

// lines yields the lines of a file. They are valid until the next one.
func lines(ctx context.Context, files tiles.Files, name string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		f, size, err := files.Open(ctx, name)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		limit := tiles.Limit(name)
		if size > limit {
			yield(nil, fmt.Errorf("%w: %d bytes", tiles.ErrTooLarge, size))
			return
		}
		for line, err := range linesOf(io.LimitReader(f, limit)) {
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

func linesOf(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s := bufio.NewScanner(r)
		s.Buffer(make([]byte, 0, 64<<10), maxLine)
		for s.Scan() {
			if !yield(s.Bytes(), nil) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(nil, err)
		}
	}
}
