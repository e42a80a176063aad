package release

import (
	"fmt"
	"strings"

	"daybook.internal/release/table"
)

// citation is a Citation File Format 1.2.0 (https://citation-file-format.github.io/). Texts are in double quotes as JSON has them, which YAML reads.
func (w *writing) citation() ([]byte, error) {
	quote := table.NewTextEncoder().Encode
	title, _ := w.title()
	var b strings.Builder
	b.WriteString("cff-version: 1.2.0\ntype: dataset\nmessage: \"If you use these data, please cite them as below.\"\n")
	fmt.Fprintf(&b, "title: %s\n", quote(fmt.Sprintf("%s: data at position %d of the record", title, w.Position())))
	fmt.Fprintf(&b, "abstract: %s\n", quote(w.about()))
	fmt.Fprintf(&b, "authors:\n  - name: %s\n", quote(w.coordinator()))
	fmt.Fprintf(&b, "version: \"%d\"\ndate-released: %s\nlicense: %s\nlicense-url: %s\n", w.Position(), w.last.Date(), w.Licence.ID, quote(w.Licence.URL))
	if w.Root != "" {
		fmt.Fprintf(&b, "identifiers:\n  - type: other\n    value: %s\n    description: \"root of the log over the records that the data are made of (RFC 6962, base64)\"\n", quote(w.Root))
	}
	return []byte(b.String()), nil
}
