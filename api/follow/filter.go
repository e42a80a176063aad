package follow

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"daybook.internal/projections"
	"daybook.internal/projections/measures"
)

// A filter says what a listener wants to hear of. Those with the same one hear the same bytes.
type filter struct {
	views        string // their names, in order, with blanks between them
	key, country string // empty: all
	measured     bool   // whether the views are of measures
}

func (f filter) names() []string { return strings.Fields(f.views) }

// maxKey bounds a key: it is the longest that a listener may ask for, not the longest that there is.
const maxKey = 512

// filterOf reads a filter from a query. Other parameters may be there as well: known.
func filterOf(q url.Values, known ...string) (filter, error) {
	for name, values := range q {
		if !slices.Contains(append(known, "view", "key", "country"), name) {
			return filter{}, wrong("bad-request", "there is no parameter %q here", name)
		}
		if name != "view" && len(values) > 1 {
			return filter{}, wrong("bad-request", "parameter %q stands there twice", name)
		}
	}
	f, names := filter{key: q.Get("key"), country: q.Get("country")}, slices.Clone(q["view"])
	slices.Sort(names)
	names = slices.Compact(names)
	for i, name := range names {
		_, isView := projections.ByName(name)
		_, isMeasure := measures.ByName(name)
		switch {
		case !isView && !isMeasure:
			return filter{}, &Refusal{http.StatusNotFound, "not-found", fmt.Sprintf("there is no view %q; GET /v1/views lists them", name)}
		case i > 0 && f.measured != isMeasure:
			return filter{}, wrong("bad-request", "views and measures stand at positions of their own: follow them by two streams")
		}
		f.measured = isMeasure
	}
	switch {
	case len(names) == 0 && f.key != "":
		return filter{}, wrong("bad-request", "a key is one of a view: say which, as in ?view=country&key=FR")
	case len(f.key) > maxKey:
		return filter{}, wrong("bad-request", "a key has at most %d bytes here", maxKey)
	case f.country != "" && !isCountry(f.country):
		return filter{}, wrong("bad-request", "a country is two capital letters")
	case len(names) == 0:
		for _, v := range projections.All() {
			if _, ok := located[v.Name]; v.Public && (ok || f.country == "") { // of others hears who names them, and may
				names = append(names, v.Name)
			}
		}
		slices.Sort(names)
	case f.country != "":
		for _, name := range names {
			if _, ok := located[name]; !ok {
				return filter{}, wrong("bad-request", "documents of view %q belong to no country; those of %s do", name, strings.Join(slices.Sorted(maps.Keys(located)), ", "))
			}
		}
	}
	f.views = strings.Join(names, " ")
	return f, nil
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// An id is what a client was told last, as events bear it: a position, and behind a dash the mark of the versions of its views. A new version of a view makes other documents of the same records:
// who was told of the old ones has nothing that is of use.
type id struct {
	position uint64
	mark     string // empty: it is for the client to know which versions its documents are of
}

// mark tells one set of versions of the views of a filter from another one: eight hexadecimal digits, which clients do not look into.
func (f filter) mark() string {
	h := sha256.New()
	for _, name := range f.names() {
		version := 0
		if v, ok := projections.ByName(name); ok {
			version = v.Version
		} else if v, ok := measures.ByName(name); ok {
			version = v.Version
		}
		fmt.Fprintf(h, "%s@%d ", name, version)
	}
	return hex.EncodeToString(h.Sum(nil)[:4])
}

// idOf reads where a client stands: what it heard last, or what it says in the address. It is nil where it says nothing.
func idOf(r *http.Request) (*id, error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text == "" {
		return nil, nil
	}
	number, mark, marked := strings.Cut(text, "-")
	at, err := strconv.ParseUint(number, 10, 63)
	if err != nil || marked && mark == "" {
		return nil, wrong("bad-request", "Last-Event-ID is the id that was told last, or like after a position, a number of records")
	}
	return &id{at, mark}, nil
}

// A Refusal is an answer that is not what was asked for, as a problem document (RFC 9457).
type Refusal struct {
	Status       int
	Name, Detail string
}

func (r *Refusal) Error() string { return r.Name + ": " + r.Detail }

func wrong(name, format string, args ...any) *Refusal {
	return &Refusal{http.StatusBadRequest, name, fmt.Sprintf(format, args...)}
}
