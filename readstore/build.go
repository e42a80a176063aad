package readstore

import (
	"bytes"
	"context"
	"fmt"

	"daybook.internal/ledger"
	"daybook.internal/projections"
)

// build is one version of a view while it is projected. Only the goroutine of CatchUp or Run touches it.
type build struct {
	view   projections.View
	at     ledger.Cursor // what it reflects
	served bool          // whether it is the one that is read
	shown  uint64        // what the one that is read reflects: this build, or an older one; 0 where there is none

	store  Store
	shadow bool              // kept in docs alone, see (*Projector).builds
	docs   map[string][]byte // of a shadow
}

func (b *build) version() ViewVersion { return ViewVersion{b.view.Name, b.view.Version} }

func (b *build) load(ctx context.Context, key string) ([]byte, error) {
	if b.shadow {
		return bytes.Clone(b.docs[key]), nil
	}
	return b.store.Load(ctx, b.version(), key)
}

func (b *build) commit(ctx context.Context, to ledger.Cursor, changed []Doc) error {
	if b.shadow {
		for _, d := range changed {
			b.docs[d.Key] = d.Data
		}
	} else if err := b.store.Commit(ctx, b.version(), b.at, to, changed); err != nil {
		return err
	}
	b.moved(to)
	return nil
}

func (b *build) moved(to ledger.Cursor) {
	b.at = to
	if b.served {
		b.shown = to.Seq
	}
}

// commit commits a step of all builds, by view; at once where the store can.
func (g group) commit(ctx context.Context, to ledger.Cursor, changed map[string][]Doc) error {
	var all []Change
	from := g[0].at
	joint, ok := g[0].store.(Joint)
	for _, b := range g.inOrderOfCommit() {
		if ok = ok && b.at == from; ok && !b.shadow {
			all = append(all, Change{b.version(), changed[b.view.Name]})
		}
	}
	if ok && len(all) > 0 {
		if err := joint.CommitAll(ctx, from, to, all); err != nil {
			return err
		}
	}
	for _, b := range g.inOrderOfCommit() {
		if ok && !b.shadow {
			b.moved(to)
		} else if err := b.commit(ctx, to, changed[b.view.Name]); err != nil {
			return err
		}
	}
	return nil
}

// builds gives the state of every view, as the store has it.
//
// A fold asks for documents of projections.Dialogue: they say where a fact belongs. They must be as of the fact's place, not of a later
// one, or a new build would see registrations before they happened and differ from a fold from the start. Where Dialogue is further
// than a build that is behind, or is not among the views at all, a second one, the shadow, is folded along in memory from the beginning
// until all are at one place.
func (p *Projector) builds(ctx context.Context) ([]*build, error) {
	var builds []*build
	shadow := true
	for _, v := range p.views {
		b := &build{view: v, store: p.store}
		var err error
		if b.at, err = p.store.Cursor(ctx, b.version()); err != nil {
			return nil, fmt.Errorf("project view %s version %d: %w", v.Name, v.Version, err)
		}
		now, at, ok, err := p.store.Served(ctx, v.Name)
		if err != nil {
			return nil, fmt.Errorf("project view %s version %d: %w", v.Name, v.Version, err)
		}
		if ok {
			b.served, b.shown = now.Version == v.Version, at.Seq
		}
		builds = append(builds, b)
	}
	for _, d := range builds {
		if d.view.Name == projections.Dialogue.Name {
			shadow = false
			for _, b := range builds {
				shadow = shadow || b.at.Seq < d.at.Seq
			}
		}
	}
	if shadow {
		builds = append(builds, &build{view: projections.Dialogue, store: p.store, shadow: true, docs: map[string][]byte{}})
	}
	return builds, nil
}

// withoutShadow drops the shadow once it has come to where Dialogue itself is.
func withoutShadow(builds []*build) []*build {
	for i, s := range builds {
		for _, d := range builds {
			if s.shadow && !d.shadow && d.view.Name == s.view.Name && d.at.Seq == s.at.Seq {
				return append(builds[:i:i], builds[i+1:]...)
			}
		}
	}
	return builds
}

// A group is builds at one place.
type group []*build

// furthestBehind gives the builds with the lowest cursor and the next higher one, 0 where all are at one place.
func furthestBehind(builds []*build) (behind group, next uint64) {
	lowest := builds[0].at.Seq
	for _, b := range builds {
		lowest = min(lowest, b.at.Seq)
	}
	for _, b := range builds {
		switch {
		case b.at.Seq == lowest:
			behind = append(behind, b)
		case next == 0 || b.at.Seq < next:
			next = b.at.Seq
		}
	}
	return behind, next
}

func (g group) views() []projections.View {
	views := make([]projections.View, len(g))
	for i, b := range g {
		views[i] = b.view
	}
	return views
}

func (g group) of(view string) *build {
	for _, b := range g {
		if b.view.Name == view {
			return b
		}
	}
	return nil
}

// inOrderOfCommit puts Dialogue last, so that whatever ends a run between two commits leaves no view behind it.
func (g group) inOrderOfCommit() []*build {
	var first, last []*build
	for _, b := range g {
		if b.view.Name == projections.Dialogue.Name {
			last = append(last, b)
		} else {
			first = append(first, b)
		}
	}
	return append(first, last...)
}
