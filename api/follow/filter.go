package follow

import (
	"fmt"
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

// located are the views whose documents belong to a country, and what their keys begin with.
var located = map[string]string{
	projections.Country.Name:      "place",
	projections.Dialogue.Name:     "dialogue",
	projections.Recruitment.Name:  "dialogue",
	projections.Room.Name:         "dialogue",
	projections.Tally.Name:        "dialogue",
	projections.Conversation.Name: "conversation",
	projections.Statement.Name:    "conversation",
}

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
				return filter{}, wrong("bad-request", "documents of view %q belong to no country; those of country, conversation, dialogue, recruitment, room, statement and tally do", name)
			}
		}
	}
	f.views = strings.Join(names, " ")
	return f, nil
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// positionOf reads where a client stands: what it heard last, or what it says in the address.
func positionOf(r *http.Request) (at uint64, ok bool, err error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text == "" {
		return 0, false, nil
	}
	if at, err = strconv.ParseUint(text, 10, 63); err != nil {
		return 0, false, wrong("bad-request", "Last-Event-ID, or after, is the position that was told last, a number of records")
	}
	return at, true, nil
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
