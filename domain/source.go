package domain

import "slices"

// KnownSource is what the record holds of a stream that a recommendation may stand on.
type KnownSource struct {
	Version  uint64     // how many events it has
	From     uint64     // the first version on which anything can stand; 0: there is none
	Dialogue DialogueID // to which it belongs, if to any
	Level    Level      // of a recommendation
	Withheld bool       // a statement that moderation has taken away
}

// See takes in the next fact of the stream. One can stand on worksheets of tables, reconciled tallies, statements, codings and recommendations.
func (k KnownSource) See(f Fact) KnownSource {
	if k.Version++; k.Version == 1 {
		k.Dialogue = f.Meta.Dialogue
	}
	switch e := f.Event.(type) {
	case StatementModerated:
		status, _ := e.Decision.Status()
		k.Withheld = status == Rejected || status == Hidden
		return k
	case RecommendationDrafted:
		k.Level = e.Level
	case StatementPosted, TableOutputRecorded, TallyReconciled, SegmentCoded:
	default:
		return k
	}
	if k.From == 0 {
		k.From = k.Version
	}
	return k
}

// Ground is what a recommendation comes to stand on.
type Ground struct {
	Sources []KnownSource         // of each source that is added, in their order
	Beyond  []RecommendationState // the recommendations to which these lead, themselves included
	Places  []Place               // where all of it comes from that the recommendation stands on then, through however many others
}

// MinCountries is the threshold of the protocol that says from how many countries a global recommendation has sources.
const MinCountries = "globalMinCountries"

// admits rejects sources on which a recommendation of this level and dialogue cannot stand. have are those that it stands on besides.
func (g Ground) admits(id RecommendationID, level Level, dialogue DialogueID, sources, have []Source) error {
	own := RecommendationStream(id)
	for i, s := range sources {
		if err := g.Sources[i].admit(s, own, level, dialogue); err != nil {
			return err
		}
		if slices.Contains(sources[:i], s) || slices.Contains(have, s) {
			return reject(ErrDuplicate, "source %s stands twice as %s", s.Ref, s.Role)
		}
	}
	for _, other := range g.Beyond {
		if slices.ContainsFunc(other.sources, func(s Source) bool { return s.Ref.Stream == own }) {
			return reject(ErrCycle, "the sources lead back to this recommendation, by %s", other.drafted.Recommendation)
		}
	}
	return nil
}

func (k KnownSource) admit(s Source, own StreamID, level Level, dialogue DialogueID) error {
	order := []Level{"", TableLevel, NationalLevel, GlobalLevel}
	switch {
	case !sourceRoles[s.Role]:
		return reject(ErrInvalidField, "source role %q is not known", s.Role)
	case s.Ref.Stream == own:
		return reject(ErrCycle, "a recommendation is not its own source")
	case s.Ref.Version == 0 || s.Ref.Version > k.Version:
		return reject(ErrUnknownRef, "source %s: the stream has %d events", s.Ref, k.Version)
	case k.From == 0 || s.Ref.Version < k.From:
		return reject(ErrNoSource, "source %s is nothing to stand on: worksheets, reconciled tallies, statements, codings and recommendations are", s.Ref)
	case k.Withheld:
		return reject(ErrNoSource, "source %s is a statement that moderation has taken away", s.Ref)
	case slices.Index(order, k.Level) > slices.Index(order, level):
		return reject(ErrNoSource, "source %s is of level %s, above %s", s.Ref, k.Level, level)
	case level != GlobalLevel && k.Dialogue != dialogue:
		return reject(ErrNoSource, "source %s belongs to dialogue %q, not to %q", s.Ref, k.Dialogue, dialogue)
	}
	return nil
}

// wideEnough rejects a global recommendation that comes from fewer countries than the protocol asks for.
func (g Ground) wideEnough(level Level, in Edition) error {
	p := in.Protocol()
	if p == nil || level != GlobalLevel {
		return nil
	}
	places := map[Place]bool{}
	for _, place := range g.Places {
		if place != "" && place != UnknownPlace {
			places[place] = true
		}
	}
	if least, ok := p.Thresholds[MinCountries]; ok && !least.AtMost(len(places), 1) {
		return reject(ErrNoSource, "a global recommendation comes from at least %s countries, not %d", least, len(places))
	}
	return nil
}
