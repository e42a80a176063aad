package follow

import (
	"container/list"
	"maps"
	"slices"

	"daybook.internal/projections"
)

// keptKeys is how many documents of a view the journal knows the last change of: some half a megabyte for each view.
const keptKeys = 4096

// A journal remembers of each view which documents changed last, and at which position: each document once, so that a view with few documents is remembered as a whole, however often
// they change. What changed before it began, the store tells it (recall), when somebody asks for that. Of what is more than it keeps it knows the view.
type journal struct {
	from  uint64 // what changed after this position is known, but for what was forgotten
	most  int    // documents of a view; 0 is keptKeys
	views map[string]*history
}

// history is what is known of one view. The newest change is in front.
type history struct {
	since   uint64 // what changed after this position is known
	full    bool   // after any position before since, more documents have changed than are kept
	changes *list.List
	of      map[string]*list.Element // by key
}

func (j *journal) kept() int {
	if j.most == 0 {
		return keptKeys
	}
	return j.most
}

func (j *journal) historyOf(view string) *history {
	h := j.views[view]
	if h == nil {
		h = &history{since: j.from, changes: list.New(), of: map[string]*list.Element{}}
		j.views[view] = h
	}
	return h
}

type change struct {
	key, country string
	at           uint64
}

// begin forgets everything: from here on changes are noted.
func (j *journal) begin(position uint64) { j.from, j.views = position, map[string]*history{} }

// note takes a change down. Positions never fall.
func (j *journal) note(ref projections.Ref, country string, at uint64) {
	h := j.historyOf(ref.View)
	if e := h.of[ref.Key]; e != nil {
		e.Value = change{ref.Key, country, at}
		h.changes.MoveToFront(e)
		return
	}
	h.of[ref.Key] = h.changes.PushFront(change{ref.Key, country, at})
	if h.changes.Len() > j.kept() {
		oldest := h.changes.Back()
		forgotten := h.changes.Remove(oldest).(change)
		delete(h.of, forgotten.key)
		h.since, h.full = max(h.since, forgotten.at), true
	}
}

// skip says that the views stand at position, and what changed since they stood where they did is known of some of them alone.
func (j *journal) skip(position uint64, but []string) {
	for _, view := range but {
		j.historyOf(view)
	}
	maps.DeleteFunc(j.views, func(view string, _ *history) bool { return !slices.Contains(but, view) })
	j.from = position
}

// short are the views of a filter of which the journal does not reach back to a position.
func (j *journal) short(f filter, position uint64) (views []string) {
	for _, view := range f.names() {
		h := j.views[view]
		switch {
		case h == nil && position >= j.from, h != nil && position >= h.since, h != nil && h.full && f.key == "":
		case h != nil && h.of[f.key] != nil && f.key != "":
		default:
			views = append(views, view)
		}
	}
	return views
}

// recall takes down what the store says: the documents of a view that changed last, the newest first, one more than are kept where there are more. What changed after the journal began has been
// noted, or is yet to be.
func (j *journal) recall(view string, last []change) {
	h := j.historyOf(view)
	if h.full || h.since == 0 {
		return
	}
	since := uint64(0)
	if len(last) > j.kept() {
		since = last[len(last)-1].at
	}
	for _, c := range last {
		if c.at > h.since || h.of[c.key] != nil {
			continue
		}
		if h.changes.Len() >= j.kept() {
			since = max(since, c.at)
			break
		}
		h.of[c.key] = h.changes.PushBack(c)
	}
	h.since, h.full = min(h.since, since), since > 0
}

// after gives the documents that a filter lets through and that changed after a position, the last ones first; a view where they are more than are kept. keyed are, by view, where the document of
// the filter's key changed last, as far as that was asked for. known is false where the journal does not reach back that far.
func (j *journal) after(f filter, position uint64, keyed map[string]uint64) (changed []projections.Ref, known bool) {
	for _, view := range f.names() {
		h := j.views[view]
		if h == nil {
			h = &history{since: j.from, changes: list.New()}
		}
		if f.key != "" {
			at, asked := keyed[view]
			country := f.country
			if e := h.of[f.key]; e != nil {
				at, country = e.Value.(change).at, e.Value.(change).country
			} else if position < h.since && !asked {
				return nil, false
			}
			if at > position && (f.country == "" || f.country == country) {
				changed = append(changed, projections.Ref{View: view, Key: f.key})
			}
			continue
		}
		if position < h.since {
			if !h.full {
				return nil, false
			}
			changed = append(changed, projections.Ref{View: view})
			continue
		}
		for e := h.changes.Front(); e != nil && e.Value.(change).at > position; e = e.Next() {
			if c := e.Value.(change); f.country == "" || f.country == c.country {
				changed = append(changed, projections.Ref{View: view, Key: c.key})
			}
		}
	}
	return changed, true
}
