package follow

import (
	"container/list"

	"daybook.internal/projections"
)

// keptKeys is how many documents of a view the journal knows the last change of: some half a megabyte for each view.
const keptKeys = 4096

// A journal remembers of each view which documents changed last, and at which position: each document once, so that a view with few documents is remembered for as long as the
// process lives, however often they change. It says so where it does not reach back far enough.
type journal struct {
	from  uint64 // what changed after this position is known, but for what was forgotten
	most  int    // documents of a view; 0 is keptKeys
	views map[string]*history
}

// history is what is known of one view. The newest change is in front.
type history struct {
	since   uint64 // what changed after this position is known
	changes *list.List
	of      map[string]*list.Element // by key
}

type change struct {
	key, country string
	at           uint64
}

// begin forgets everything: from here on changes are noted.
func (j *journal) begin(position uint64) { j.from, j.views = position, map[string]*history{} }

// note takes a change down. Positions never fall.
func (j *journal) note(ref projections.Ref, country string, at uint64) {
	h := j.views[ref.View]
	if h == nil {
		h = &history{since: j.from, changes: list.New(), of: map[string]*list.Element{}}
		j.views[ref.View] = h
	}
	if e := h.of[ref.Key]; e != nil {
		e.Value = change{ref.Key, country, at}
		h.changes.MoveToFront(e)
		return
	}
	h.of[ref.Key] = h.changes.PushFront(change{ref.Key, country, at})
	most := j.most
	if most == 0 {
		most = keptKeys
	}
	if h.changes.Len() > most {
		oldest := h.changes.Back()
		forgotten := h.changes.Remove(oldest).(change)
		delete(h.of, forgotten.key)
		h.since = max(h.since, forgotten.at)
	}
}

// after gives the documents that a filter lets through and that changed after a position, the last ones first. known is false where the journal does not reach back that far.
func (j *journal) after(f filter, position uint64) (changed []projections.Ref, known bool) {
	for _, view := range f.names() {
		h := j.views[view]
		if h == nil {
			if position < j.from {
				return nil, false
			}
			continue
		}
		if f.key != "" {
			e := h.of[f.key]
			switch {
			case e == nil && position < h.since:
				return nil, false
			case e != nil && e.Value.(change).at > position && (f.country == "" || e.Value.(change).country == f.country):
				changed = append(changed, projections.Ref{View: view, Key: f.key})
			}
			continue
		}
		if position < h.since {
			return nil, false
		}
		for e := h.changes.Front(); e != nil && e.Value.(change).at > position; e = e.Next() {
			if c := e.Value.(change); f.country == "" || f.country == c.country {
				changed = append(changed, projections.Ref{View: view, Key: c.key})
			}
		}
	}
	return changed, true
}
