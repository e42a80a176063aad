package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/lots"
	"daybook.internal/replay"
	"daybook.internal/replay/verify"
	"daybook.internal/replay/verify/verifytest"
	"daybook.internal/simulate"
	"daybook.internal/sortition/beacon"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/seal"
)

// byLot are the options of an edition in which one country draws by a selection whose quotas were amended, and another one replaces people.
var byLot = simulate.Options{Seed: 1, Countries: 3, Citizens: 10}

// rigged is a log with one selection that an attacker tampers with, and the files that the auditor is given.
type rigged struct {
	*verifytest.Log
	draws    map[string]*verifytest.Draw
	files    func(verifytest.Files) // a change to the files; may be nil
	rounds   []byte
	replay   bool
	dialogue domain.DialogueID
}

// at is the place of an event of the selection.
func (r *rigged) at(t *testing.T, typ string, selection int) int {
	t.Helper()
	return r.Find(t, typ, 0, func(f domain.Fact) bool {
		var is struct {
			Dialogue  domain.DialogueID
			Selection int
		}
		require.NoError(t, json.Unmarshal(r.Records[f.Seq].Data, &is))
		return is.Dialogue == r.dialogue && is.Selection == selection
	})
}

// change puts another event in the place of one of the first selection.
func change[E domain.Event](t *testing.T, r *rigged, typ string, to func(e *E)) {
	t.Helper()
	r.Event(t, r.at(t, typ, 1), func(e domain.Event) domain.Event {
		of := e.(E)
		to(&of)
		return of
	})
}

// selection is the first one, as it stands at the end.
func (r *rigged) selection(t *testing.T) (at domain.Selection) {
	t.Helper()
	var s domain.SortitionState
	for _, one := range r.Records {
		if one.Stream == domain.SortitionStream(r.dialogue) {
			e, err := domain.Decode(one.Type, one.Data)
			require.NoError(t, err)
			if s = s.Evolve(e); s.Selection().Announced() != nil && s.Selection().Announced().Selection == 1 {
				at = s.Selection()
			}
		}
	}
	return at
}

func (r *rigged) draw() *verifytest.Draw { return r.draws[string(r.dialogue)+"/1"] }

func (r *rigged) tree() seal.Tree {
	var leaves []seal.Hash
	for _, names := range r.draw().Panels.List {
		leaves = append(leaves, lots.Leaf(sortedIDs(names)))
	}
	return seal.NewTree(leaves)
}

func sortedIDs(names []string) (ids []domain.ParticipantID) {
	for _, name := range slices.Sorted(slices.Values(names)) {
		ids = append(ids, domain.ParticipantID(name))
	}
	return ids
}

func digests(path []seal.Hash) (of []domain.Digest) {
	for _, h := range path {
		of = append(of, domain.Digest(h))
	}
	return of
}

// hold makes the record say that the panels, as they are in the files now, are those that were built and committed to before anybody could know which is drawn.
func (r *rigged) hold(t *testing.T) {
	t.Helper()
	tree, p := r.tree(), r.draw().Panels
	root := domain.Digest(tree.Root())
	change(t, r, "lottery-built.v1", func(e *domain.LotteryBuilt) { e.Panels, e.File = root, domain.Digest(seal.Digest(p.Text())) })
	change(t, r, "panels-committed.v1", func(e *domain.PanelsCommitted) { e.Panels = root })
	change(t, r, "panel-drawn.v1", func(e *domain.PanelDrawn) { e.Path = digests(tree.Path(e.Index)) })
}

// unmet puts somebody on a panel who is not drawn, so that it breaks a quota.
func (r *rigged) unmet(t *testing.T) {
	t.Helper()
	at, d := r.selection(t), r.draw()
	in := lots.Instance(*at.Announced(), d.Pool)
	panels, err := d.Panels.Index(in)
	require.NoError(t, err)
	j := (at.Drawn().Index + 1) % len(panels)
	for i := range in.People {
		panel := slices.Clone(panels[j])
		if panel[0] = i; slices.Contains(panels[j], i) {
			continue
		}
		if _, err := lottery.Count(in, [][]int{panel}); err != nil && strings.Contains(err.Error(), " has ") {
			d.Panels.List[j] = slices.Sorted(slices.Values(seal.NamePanels(in, [][]int{panel}).List[0]))
			return
		}
	}
	require.FailNow(t, "every panel meets every quota")
}

// onSelections are attacks on draws by lot, with what a finding must say.
var onSelections = []struct {
	name   string
	tamper func(t *testing.T, r *rigged)
	says   string
	only   bool // that nothing else is found
}{
	{"a moved leaf of the pool", func(_ *testing.T, r *rigged) {
		p := r.draw().Pool.People
		i := slices.IndexFunc(p, func(one seal.Person) bool { return !slices.Equal(one.Values, p[0].Values) })
		p[0].Values, p[i].Values = p[i].Values, p[0].Values
	}, "somebody was moved, changed, added or left out", false},
	{"a pool that is sealed anew once the round is known", func(t *testing.T, r *rigged) {
		d := r.draw()
		d.Pool.People[0].Salt[0] ^= 1
		change(t, r, "selection-pool-sealed.v1", func(e *domain.SelectionPoolSealed) {
			e.Pool, e.File = domain.Digest(d.Pool.Root()), domain.Digest(seal.Digest(d.Pool.Text()))
		})
	}, "the seed does not follow from pool, quotas and first round", true},
	{"a quota changed after sealing", func(t *testing.T, r *rigged) {
		i := r.at(t, "selection-pool-sealed.v1", 1)
		amended := r.at(t, "quotas-amended.v1", 1)
		f, err := r.Records[amended].Decode()
		require.NoError(t, err)
		e := f.Event.(domain.QuotasAmended)
		e.Reason = "a seat more"
		f.Meta.Command = "again"
		r.Insert(t, i+1, r.Records[i].Stream, f.Meta, e)
		r.Renumber()
	}, "the pool is sealed: its quotas stand", false},
	{"a quota changed where it was amended", func(t *testing.T, r *rigged) {
		change(t, r, "quotas-amended.v1", func(e *domain.QuotasAmended) { e.Changes[0].Max = e.Changes[0].MostMax - 1 })
	}, "the quotas that are sealed are not those that were announced and amended", false},
	{"another round than was pinned", func(t *testing.T, r *rigged) {
		change(t, r, "beacon-observed.v1", func(e *domain.BeaconObserved) { e.Round++ })
	}, "was announced, not", false},
	{"another round under the pinned number", func(t *testing.T, r *rigged) {
		other := r.Find(t, "beacon-observed.v1", 1, func(f domain.Fact) bool { return f.Event.(domain.BeaconObserved).Dialogue == r.dialogue })
		f, err := r.Records[other].Decode()
		require.NoError(t, err)
		o := f.Event.(domain.BeaconObserved)
		change(t, r, "beacon-observed.v1", func(e *domain.BeaconObserved) { e.Signature, e.Randomness = o.Signature, o.Randomness })
	}, "the signature is not the chain's for this round", false},
	{"a draw rolled again", func(t *testing.T, r *rigged) {
		change(t, r, "panel-drawn.v1", func(e *domain.PanelDrawn) {
			e.Index = (e.Index + 1) % len(r.draw().Panels.List)
			e.Selected, e.Path = sortedIDs(r.draw().Panels.List[e.Index]), digests(r.tree().Path(e.Index))
		})
	}, "draws panel", false},
	{"a second round that is observed twice", func(t *testing.T, r *rigged) {
		i := r.at(t, "panel-drawn.v1", 1)
		f, err := r.Records[i-1].Decode()
		require.NoError(t, err)
		e := f.Event.(domain.BeaconObserved)
		e.Missed, f.Meta.Command = "it was late", "again"
		r.Insert(t, i, r.Records[i].Stream, f.Meta, e)
		r.Renumber()
	}, "the round is observed: there is no other chance", false},
	{"a panel that breaks a quota", func(t *testing.T, r *rigged) { r.unmet(t); r.hold(t) }, "the lottery does not hold: panel", true},
	{"a panel with somebody twice", func(t *testing.T, r *rigged) {
		p := r.draw().Panels.List[(r.selection(t).Drawn().Index+1)%200]
		p[1] = p[0]
		r.hold(t)
	}, "has 10 members, 9 of them distinct", false},
	{"a list of panels in another order", func(_ *testing.T, r *rigged) {
		p := r.draw().Panels.List
		p[0], p[1] = p[1], p[0]
	}, "they are others, or in another order", false},
	{"a list of panels swapped after the draw", func(t *testing.T, r *rigged) {
		p := r.draw().Panels.List
		p[0], p[1] = p[1], p[0]
		change(t, r, "lottery-built.v1", func(e *domain.LotteryBuilt) {
			e.Panels, e.File = domain.Digest(r.tree().Root()), domain.Digest(seal.Digest(r.draw().Panels.Text()))
		})
	}, "these people are not panel", false},
	{"the panels of another selection", func(_ *testing.T, r *rigged) {
		for dir, d := range r.draws {
			if strings.HasSuffix(dir, "/1") && d != r.draw() {
				r.draw().Panels = d.Panels
			}
		}
	}, "is not in the pool", false},
	{"tickets that are not counted", func(t *testing.T, r *rigged) {
		change(t, r, "lottery-built.v1", func(e *domain.LotteryBuilt) { e.Fewest++ })
	}, "; the event says", true},
	{"a certificate that promises more", func(t *testing.T, r *rigged) {
		change(t, r, "lottery-built.v1", func(e *domain.LotteryBuilt) { e.Bound = domain.RatioOf(e.Bound.Num, e.Bound.Den+1) })
	}, "the multipliers prove that no lottery gives everybody more than", true},
	{"panels that the seed does not give", func(t *testing.T, r *rigged) {
		p, drawn := r.draw().Panels.List, r.selection(t).Drawn().Index
		i, j := (drawn+1)%len(p), (drawn+2)%len(p)
		p[i], p[j] = p[j], p[i]
		r.hold(t)
		r.replay = true
	}, "these were not made by leximin-herding/1", true},
	{"a pool for a file of panels", func(_ *testing.T, r *rigged) {
		r.files = func(f verifytest.Files) { f[string(r.dialogue)+"/1/panels.txt"] = f[string(r.dialogue)+"/1/pool.txt"] }
	}, "this is \"daybook-pool/1\", not daybook-panels/1", false},
	{"a replacement with other quotas than are left", func(t *testing.T, r *rigged) {
		i := r.Find(t, "selection-announced.v1", 0, func(f domain.Fact) bool { return len(f.Event.(domain.SelectionAnnounced).Vacant) > 0 })
		var a domain.SelectionAnnounced
		r.Event(t, i, func(e domain.Event) domain.Event {
			a = e.(domain.SelectionAnnounced)
			a.Quotas = slices.Clone(a.Quotas)
			a.Quotas[0].Max, a.Quotas[0].MostMax = a.Quotas[0].Max+1, a.Quotas[0].MostMax+1
			r.dialogue = a.Dialogue
			return a
		})
		r.Event(t, r.at(t, "selection-pool-sealed.v1", 2), func(e domain.Event) domain.Event {
			p := e.(domain.SelectionPoolSealed)
			p.Quotas = lots.QuotasDigest(a)
			return p
		})
	}, "who stay leave", false},
	{"somebody who gave a seat back is in the next pool", func(_ *testing.T, r *rigged) {
		for dir, d := range r.draws {
			if strings.HasSuffix(dir, "/2") {
				first := r.draws[strings.TrimSuffix(dir, "2")+"1"]
				d.Pool.People = slices.Clone(first.Pool.People)
			}
		}
	}, "is in the pool, and was drawn before", false},
	{"a round is said to be missing that exists", func(t *testing.T, r *rigged) {
		own := beacon.Synthetic("synthetic", [32]byte{1}, 1704067200, 3) // the attacker's, to sign both rounds
		change(t, r, "selection-announced.v1", func(e *domain.SelectionAnnounced) { e.Beacon = lots.Declare(own.Chain, true) })
		change(t, r, "beacon-observed.v1", func(e *domain.BeaconObserved) {
			r.rounds = beacon.Write(own.Round(uint64(e.Round)))
			stand := own.Round(uint64(e.Round + 1200))
			e.Round, e.Signature, e.Randomness, e.Missed = e.Round+1200, fmt.Sprintf("%x", stand.Signature), stand.Randomness(), "nobody could get it"
		})
	}, "it exists, and its signature is right", false},
}

// TestAttacksOnSelections: each attack on a draw by lot is named, by what the program says of it.
func TestAttacksOnSelections(t *testing.T) {
	t.Parallel()
	honest, draws := verifytest.Synthetic(t, byLot), verifytest.Draws(t, byLot)
	last := 0
	for i, r := range honest.Records {
		if r.Type == "seat-answered.v1" {
			last = i
		}
	}
	honest.Records = honest.Records[:last+1] // what comes after it rests on it, and takes its time
	amended := honest.Find(t, "quotas-amended.v1", 0, nil)
	f, err := honest.Records[amended].Decode()
	require.NoError(t, err)
	for _, c := range onSelections {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := &rigged{Log: honest.Clone(), draws: map[string]*verifytest.Draw{}, dialogue: f.Event.(domain.QuotasAmended).Dialogue}
			for dir, d := range draws {
				r.draws[dir] = d.Clone()
			}
			c.tamper(t, r)
			r.Commit(t)
			files := verifytest.DrawFiles(r.draws)
			if r.files != nil {
				r.files(files)
			}
			args := []string{"verify", r.Published(t).Dir(t), "--key", r.Keys.Key, "--selections", files.Dir(t), "-o", "json"}
			if r.rounds != nil {
				args = append(args, "--rounds", file(t, r.rounds))
			}
			if r.replay {
				args = append(args, "--replay-lotteries")
			}
			out, code := execute(t, built(t), args...)
			var report verify.Report
			require.NoError(t, json.Unmarshal(out, &report), "%s", out)
			require.Equal(t, exitFinding, code, "%s", out)
			require.True(t, slices.ContainsFunc(report.Findings, func(f verify.Finding) bool {
				return f.Finding == replay.SortitionWrong && strings.Contains(f.Problem, c.says)
			}), "%+v", report.Findings)
			if c.only {
				require.Equal(t, map[string]uint64{replay.SortitionWrong: 1}, report.Found, "%+v", report.Findings)
			}
		})
	}
}

// TestSelectionsAreVerified: whoever has all files of an honest edition verifies it, from either form of the panels, and people read what was done.
func TestSelectionsAreVerified(t *testing.T) {
	t.Parallel()
	l, draws := verifytest.Synthetic(t, byLot), verifytest.Draws(t, byLot)
	files := verifytest.DrawFiles(draws)
	for dir, d := range draws {
		if strings.HasSuffix(dir, "/2") { // as 'daybook sortition build' writes them
			delete(files, dir+"/panels.txt")
			var err error
			files[dir+"/lottery.json"], err = json.Marshal(map[string]any{"form": "daybook-lottery/1", "size": d.Panels.Size, "seed": "whatever", "panels": d.Panels.List})
			require.NoError(t, err)
		}
	}
	out, code := execute(t, built(t), "verify", l.Bundle(t).Dir(t), "--key", l.Keys.Key, "--policy", file(t, []byte(l.Keys.PolicyText())), "--selections", files.Dir(t), "--replay-lotteries")
	require.Equal(t, exitVerified, code, "%s", out)
	for _, check := range []string{"pools", "panels", "lotteries", "replays"} {
		require.Regexp(t, fmt.Sprintf(`(?m)^ok +%s +%d `, check, len(draws)), string(out))
	}
	require.Contains(t, string(out), "VERIFIED")

	_, code = execute(t, built(t), "verify", l.Published(t).Dir(t), "--key", l.Keys.Key, "--replay-lotteries")
	require.Equal(t, exitUnknown, code, "nothing to build them from")
	out, code = execute(t, built(t), "verify", l.Published(t).Dir(t), "--key", l.Keys.Key, "--selections", t.TempDir())
	require.Equal(t, exitUnknown, code, "%s", out)
	require.Contains(t, string(out), fmt.Sprintf("the files of %d selections are missing", len(draws)))
}
