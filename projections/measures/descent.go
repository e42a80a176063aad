package measures

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// DescentDoc is what a recommendation or the worksheets of a table stand on, and what stands on them, near and far. As PROV, with activities and agents, 'daybook provenance' gives the same;
// how far a recommendation reaches is in the view breadth.
type DescentDoc struct {
	Head
	Stream       domain.StreamID           `json:"stream"`
	Kind         DescentKind               `json:"kind"` // what the stream holds
	Edition      domain.EditionID          `json:"edition"`
	Place        domain.Place              `json:"place,omitempty"`
	SampleType   domain.SampleType         `json:"sampleType,omitempty"`
	Sources      []domain.Source           `json:"sources"`
	UsedBy       []projections.Use         `json:"usedBy"`
	Ancestors    []Relative                `json:"ancestors"`    // by distance, then by name
	Uses         []Relative                `json:"uses"`         // recommendations that stand on it, likewise
	Complete     bool                      `json:"complete"`     // every way down ends in a worksheet, a reconciled result or an accepted statement
	Supersedes   []projections.Predecessor `json:"supersedes"`   // in whose place it stands
	SupersededBy []projections.Successor   `json:"supersededBy"` // what stands in its place
}

// Relative is a stream above or below, and the fewest steps to it.
type Relative struct {
	Stream domain.StreamID `json:"stream"`
	Steps  int             `json:"steps"` // sources from one to the next, at least 1
}

// Descent has a document for every recommendation, and for every table with worksheets on which one stands. It counts nobody.
var Descent = of(View{Name: "descent", Version: Version, Public: true,
	About: "what a recommendation or the worksheets of a table stand on and what stands on them, near and far; key: the stream's name"},
	func(in *Inputs) []string {
		in.read(&in.s.grounded)
		in.read(&in.s.written)
		keys := []string{}
		for _, key := range in.keysOf(projections.Lineage) {
			if in.descends(domain.StreamID(key)) != "" {
				keys = append(keys, key)
			}
		}
		return keys
	},
	func(in *Inputs, key string, d *DescentDoc) error {
		node := document[projections.LineageDoc](in, projections.Lineage, key)
		d.Stream = domain.StreamID(key)
		d.Kind = in.descends(d.Stream)
		if node == nil || d.Kind == "" {
			return ErrNoDocument
		}
		d.by(AlgorithmAncestry)
		a := in.ancestry()
		if t := in.s.sheets[d.Stream]; t != nil {
			in.read(&t.at)
			d.Edition, d.Place, d.SampleType, d.Complete = t.edition, t.place, t.sample, true
		} else {
			g := in.s.grounds[d.Stream]
			in.read(&g.at)
			d.Edition, d.Place, d.SampleType = g.edition, g.place, g.sample
			a.of(d.Stream)
			d.Complete = len(node.Sources) > 0 && len(a.loose) == 0
		}
		d.Sources, d.UsedBy, d.Supersedes, d.SupersededBy = node.Sources, slices.Clone(node.UsedBy), slices.Clone(node.Supersedes), slices.Clone(node.SupersededBy)
		var refs []domain.Ref
		d.Ancestors = in.relatives(d.Stream, func(n *projections.LineageDoc) (next []domain.StreamID) {
			for _, s := range n.Sources {
				next, refs = append(next, s.Ref.Stream), append(refs, s.Ref)
			}
			return next
		})
		d.Uses = in.relatives(d.Stream, func(n *projections.LineageDoc) (next []domain.StreamID) {
			for _, u := range n.UsedBy {
				next = append(next, u.By)
			}
			return next
		})
		in.warnOfSample(d.SampleType, &d.Head)
		for _, r := range d.Ancestors {
			in.warnOfSample(in.sampleOf(r.Stream), &d.Head)
		}
		in.warnOfVersions(refs, &d.Head)
		return nil
	})

// A DescentKind is what a stream is of which there is a document.
type DescentKind string

// Words are all that a DescentKind may be.
func (DescentKind) Words() []string { return []string{"recommendation", "worksheets"} }

// descends says what a stream is of which there is a document; empty: nothing of the sort.
func (in *Inputs) descends(stream domain.StreamID) DescentKind {
	if in.s.sheets[stream] != nil {
		return "worksheets"
	}
	if g := in.s.grounds[stream]; g != nil && g.kind == ofRecommendation {
		return "recommendation"
	}
	return ""
}

// relatives walks the lineage from a stream, the nearest first. It does not hold the stream itself.
func (in *Inputs) relatives(from domain.StreamID, next func(*projections.LineageDoc) []domain.StreamID) []Relative {
	found, seen := []Relative{}, map[domain.StreamID]bool{from: true}
	for steps, here := 1, []domain.StreamID{from}; len(here) > 0; steps++ {
		var further []domain.StreamID
		for _, stream := range here {
			n := document[projections.LineageDoc](in, projections.Lineage, string(stream))
			if n == nil {
				continue
			}
			for _, s := range next(n) {
				if !seen[s] {
					seen[s], further = true, append(further, s)
				}
			}
		}
		slices.Sort(further)
		for _, s := range further {
			found = append(found, Relative{s, steps})
		}
		here = further
	}
	slices.SortStableFunc(found, func(a, b Relative) int { return cmp.Compare(a.Steps, b.Steps) })
	return found
}

// sampleOf is how those came to take part whose words, worksheets or answers a stream holds; empty: it is not known, or the stream is the world's.
func (in *Inputs) sampleOf(stream domain.StreamID) domain.SampleType {
	if t := in.s.sheets[stream]; t != nil {
		in.read(&t.at)
		return t.sample
	}
	if g := in.s.grounds[stream]; g != nil {
		in.read(&g.at)
		return g.sample
	}
	in.read(&in.s.grounded)
	return ""
}

// warnOfVersions warns where sources are worksheets that were written anew since, or results of several versions of a question.
func (in *Inputs) warnOfVersions(refs []domain.Ref, h *Head) {
	versions := map[domain.ArtefactID][]int{}
	for _, r := range refs {
		if t := in.s.sheets[r.Stream]; t != nil {
			in.read(&t.at)
			output, _ := t.of(r.Version)
			if last := t.outputs[len(t.outputs)-1]; last.output == output && last.version > r.Version {
				h.warn(WarnMixedVersions, "worksheet %s was written anew as version %d of %s; version %d is the source", output, last.version, r.Stream, r.Version)
			}
			continue
		}
		g := in.s.grounds[r.Stream]
		if g == nil || g.kind != ofResult {
			continue
		}
		in.read(&g.at)
		if tally := document[projections.TallyDoc](in, projections.Tally, g.tally); tally != nil {
			for _, q := range tally.Questions {
				if of := versions[q.Question.ID]; !slices.Contains(of, q.Question.Version) {
					versions[q.Question.ID] = append(of, q.Question.Version)
				}
			}
		}
	}
	for _, id := range ordered(versions) {
		if of := versions[id]; len(of) > 1 {
			slices.Sort(of)
			h.warn(WarnMixedVersions, "results of versions %v of question %s are among the sources; versions are never added", of, id)
		}
	}
}
