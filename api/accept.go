package api

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// kindsOf are the media types in which an operation answers when all is well, each once; none where nothing is negotiated here.
func kindsOf(op *huma.Operation) (kinds []string) {
	if op.Metadata[negotiates] == true {
		return nil
	}
	for status, r := range op.Responses {
		if strings.HasPrefix(status, "2") {
			for kind := range r.Content {
				kinds = append(kinds, kind)
			}
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// negotiates says in an operation's Metadata that its handler looks at Accept itself.
const negotiates = "negotiates"

// acceptable tells whether one of kinds is what the lines of an Accept header admit (RFC 9110, 12.5.1): for each kind, the most specific range that means it has the say. No header admits
// everything, and so do no kinds. Ranges that cannot be read are passed over.
func acceptable(lines, kinds []string) bool {
	if len(kinds) == 0 || len(lines) == 0 || len(lines) == 1 && (lines[0] == "*/*" || lines[0] == "" || lines[0] == kinds[0]) {
		return true
	}
	said := false
	best := make([]int, len(kinds)) // how specific the range is that has the say, plus one
	admits := make([]bool, len(kinds))
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			kind, parameters, err := mime.ParseMediaType(element)
			if err != nil || !strings.Contains(kind, "/") {
				continue
			}
			said = true
			q, err := strconv.ParseFloat(parameters["q"], 64)
			wanted := err != nil || q > 0
			for i, offered := range kinds {
				if specific := means(kind, offered); specific > best[i] || specific > 0 && specific == best[i] && wanted {
					best[i], admits[i] = specific, wanted
				}
			}
		}
	}
	return !said || slices.Contains(admits, true)
}

// means tells how specifically a range means a media type: 0 for not at all.
func means(kind, offered string) int {
	family, _, _ := strings.Cut(offered, "/")
	switch kind {
	case offered:
		return 3
	case family + "/*":
		return 2
	case "*/*":
		return 1
	}
	return 0
}

// prefersHTML tells a browser from a program: whose Accept names text/html and not what programs read.
func prefersHTML(r *http.Request) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	return strings.Contains(accept, "text/html") && !strings.Contains(accept, "application/json")
}
