package bundle

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// view is what documents/index.json says about the documents of one view.
type view struct {
	View    string `json:"view"`
	Version int    `json:"version"`
	At      uint64 `json:"at"` // the first At records are reflected
	Count   int    `json:"count"`
}

// tries is how often the documents of one view are read, where somebody moves them on meanwhile.
const tries = 20

// errMoved says that documents were moved on while they were read.
var errMoved = errors.New("the documents change faster than they can be read; try again when fewer events arrive, or stop the server")

// takeDocuments writes the documents of every view that is served to a file <view>.ndjson in dir.
func takeDocuments(ctx context.Context, s readstore.Store, dir string) ([]view, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	views := []view{}
	for _, v := range projections.All() {
		for try := 1; ; try++ {
			taken, ok, err := takeView(ctx, s, v.Name, filepath.Join(dir, v.Name+".ndjson"))
			if errors.Is(err, errMoved) && try < tries {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("view %s: %w", v.Name, err)
			}
			if ok {
				views = append(views, taken)
			}
			break
		}
	}
	return views, nil
}

// takeView writes the documents of one view as they were at one place; errMoved where there was none. ok is false where nothing is served.
func takeView(ctx context.Context, s readstore.Store, name, path string) (_ view, ok bool, err error) {
	version, at, ok, err := s.Served(ctx, name)
	if err != nil || !ok {
		return view{}, false, err
	}
	f, err := os.Create(path)
	if err != nil {
		return view{}, false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	v := view{name, version.Version, at.Seq, 0}
	var line []byte
	for d, err := range s.List(ctx, name, "", 0) {
		if err != nil {
			return view{}, false, err
		}
		if line, err = appendDocument(line[:0], d); err != nil {
			return view{}, false, err
		}
		if _, err := w.Write(line); err != nil {
			return view{}, false, err
		}
		v.Count++
	}
	if err := w.Flush(); err != nil {
		return view{}, false, err
	}
	after, then, ok, err := s.Served(ctx, name)
	if err == nil && (!ok || after != version || then.Seq != at.Seq) {
		err = errMoved
	}
	return v, true, err
}

func appendDocument(line []byte, d readstore.Doc) ([]byte, error) {
	if bytes.IndexByte(d.Data, '\n') >= 0 || !json.Valid(d.Data) {
		return nil, fmt.Errorf("document %q is not JSON on one line", d.Key)
	}
	var key bytes.Buffer
	e := json.NewEncoder(&key)
	e.SetEscapeHTML(false)
	if err := e.Encode(d.Key); err != nil {
		return nil, err
	}
	line = append(append(line, `{"key":`...), bytes.TrimSuffix(key.Bytes(), []byte("\n"))...)
	line = fmt.Appendf(line, `,"at":%d,"document":`, d.At)
	return append(append(line, d.Data...), "}\n"...), nil
}

// reach is how many records the documents reflect that go furthest.
func reach(views []view) (most uint64) {
	for _, v := range views {
		most = max(most, v.At)
	}
	return most
}
