package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/replay"
)

// beacons look at rounds that stand in for others. That a round is missing nobody can show, and no record is believed about it; that one exists its signature shows.
type beacons struct {
	*selections
	brought map[int][]json.RawMessage // by number
	bad     error

	rounds, missed, open, synthetic int
}

func (s *selections) beacons() *beacons {
	b := &beacons{selections: s, brought: map[int][]json.RawMessage{}}
	for d := json.NewDecoder(bytes.NewReader(s.Rounds)); ; {
		var one json.RawMessage
		if err := d.Decode(&one); err != nil {
			if !errors.Is(err, io.EOF) {
				b.bad = err
			}
			return b
		}
		var is struct{ Round int }
		if err := json.Unmarshal(one, &is); err != nil || is.Round < 1 {
			b.bad = fmt.Errorf("%.40q is no round of a beacon", one)
			return b
		}
		b.brought[is.Round] = append(b.brought[is.Round], one)
	}
}

// look looks at both rounds of a selection.
func (b *beacons) look(l *lot) {
	a, pinned := l.Announced(), l.Pinned()
	if a == nil || pinned == nil {
		return
	}
	for _, r := range []struct {
		which string
		named int
		is    *domain.BeaconObserved
	}{{"first", pinned.Build, l.First()}, {"second", pinned.Draw, l.Second()}} {
		if r.is == nil {
			continue
		}
		b.rounds++
		b.synthetic += b2i(a.Beacon.Synthetic)
		if r.is.Missed == "" {
			continue
		}
		b.missed++
		b.notice(NoticeFallback, l.where, "round %d stands in for round %d, the %s one of selection %d: %q", r.is.Round, r.named, r.which, a.Selection, r.is.Missed)
		told := b.brought[r.named]
		b.open += b2i(len(told) == 0)
		for _, file := range told {
			if _, err := lots.ReadRound(a.Beacon, file); err != nil {
				b.notDone(checkRounds, "round %d, as it was brought: %v", r.named, err)
				continue
			}
			b.find(checkRounds, replay.SortitionWrong, l.where, "round %d was pinned as the %s one of selection %d and is said to be missing; it exists, and its signature is right: round %d may not stand in for it",
				r.named, r.which, a.Selection, r.is.Round)
			break
		}
	}
}

func (b *beacons) end() {
	b.count(checkRounds, uint64(b.rounds))
	detail := ""
	if b.synthetic > 0 {
		detail = fmt.Sprintf("%d rounds are of synthetic beacons, whose maker knew them beforehand", b.synthetic)
	}
	switch {
	case b.bad != nil:
		b.notDone(checkRounds, "--rounds: %v", b.bad)
	case b.open > 0:
		b.notAsked(checkRounds, "%d pinned rounds are said to be missing, and nobody has brought them by --rounds", b.open)
	default:
		b.passed(checkRounds, "%s", detail)
	}
}
