package bundle

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/notary"
)

// policyName is the file of the policy, in the published log and in the bundle.
const policyName = "policy"

// contents are the files besides those of the log: the documents that were written to dir, the schemas, the policy and the guide.
func contents(l *log, views []view, dir string) ([]file, error) {
	index, err := json.Marshal(struct {
		Views []view `json:"views"`
	}{views})
	if err != nil {
		return nil, err
	}
	policy, err := readAll(l.dir, policyName, notary.MaxNote)
	has := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	files := []file{bytesFile("BUNDLE.md", guide(l.head, has)), bytesFile("documents/index.json", append(index, '\n'))}
	if has {
		files = append(files, bytesFile(policyName, policy))
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
