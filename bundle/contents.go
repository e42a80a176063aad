package bundle

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// contents are the files besides those of the log: the documents that were written to dir, the schemas, the policy and the guide.
func contents(s Source, l *log, views []view, dir string) ([]file, error) {
	index, err := json.Marshal(struct {
		Views []view `json:"views"`
	}{views})
	if err != nil {
		return nil, err
	}
	files := []file{bytesFile("BUNDLE.md", guide(l.head, s.Policy != nil)), bytesFile("documents/index.json", append(index, '\n'))}
	if s.Policy != nil {
		files = append(files, bytesFile("policy", s.Policy))
	}
	for _, v := range views {
		path := filepath.Join(dir, v.View+".ndjson")
		files = append(files, file{name: "documents/" + v.View + ".ndjson", open: func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	for _, typ := range slices.Sorted(maps.Keys(domain.EventTypes())) {
		schema, err := commands.EventSchema(typ)
		if err != nil {
			return nil, err
		}
		files = append(files, bytesFile("schemas/"+typ+".json", append(schema, '\n')))
	}
	return files, nil
}
