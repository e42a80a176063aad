package measures

import (
	"errors"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
	"daybook.internal/projections/stats/groups"
)

// grouping finds the groups of a conversation. It holds copies, and may go on while the State moves.
type grouping struct {
	d           *GroupsDoc
	least       int // base
	respondents int
	statements  []domain.StatementID
	out         []bool
	votes       []groups.Vote
	params      groups.Params
	found       *groups.Result // nil: there are none
}

// find fills the document.
func (g *grouping) find(tick Tick) error {
	votes, err := groups.NewVotes(g.respondents, len(g.statements), g.votes)
	if err == nil {
		if g.found, err = groups.Find(votes, g.out, g.params, groups.Tick(tick)); err == nil {
			g.publish(g.found)
			return nil
		}
	}
	switch {
	case errors.Is(err, groups.ErrTooFew):
		g.d.warn(WarnNoGroups, "too few people reacted, or all of them alike: there are no opinion groups")
	case errors.Is(err, groups.ErrSize):
		g.d.fail("opinion groups", &stats.Error{Name: stats.ErrBadParameter, Where: "opinionAlgorithm", Detail: err.Error()})
	default:
		return err // of the tick
	}
	return nil
}

// publish writes down what may be published of a result.
func (g *grouping) publish(r *groups.Result) {
	d := g.d
	d.by(groups.Algorithm + "/" + groups.Version)
	if d.Suppressed = len(r.Selected) < g.least; d.Suppressed {
		d.warn(WarnSuppressed, "fewer than %d people could be grouped: nothing of them is shown", g.least)
		return
	}
	f := &Grouping{
		Grouped: len(r.Selected), Explained: both(r.Explained), K: r.K, SSE: Number(r.SSE), Silhouette: Number(r.Silhouette),
		Tried: []GroupsTried{}, Groups: []OpinionGroup{}, Statements: []GroupedStatement{}, Agreed: g.shared(r.Agreed), Disagreed: g.shared(r.Disagreed),
	}
	d.Grouping = f
	for _, t := range r.Tried {
		f.Tried = append(f.Tried, GroupsTried{t.K, Number(t.SSE), Number(t.Silhouette), Number(t.SilhouetteError), t.Start})
	}
	if s := r.Stability; s.Runs > 0 {
		d.by(groups.StabilityAlgorithm + "/" + groups.StabilityVersion)
		f.Stability = &GroupsStability{s.Runs, Number(s.Mean), Number(s.Median), Number(s.Lowest)}
	}
	for s := range g.statements {
		f.Statements = append(f.Statements, g.statement(r, s))
	}
	hidden, all := cover(r.Sizes, g.least)
	for i, size := range r.Sizes {
		o := OpinionGroup{Group: i + 1, Suppressed: hidden[i] || all, Representative: []Representative{}}
		if !o.Suppressed {
			share, center := Number(float64(size)/float64(len(r.Selected))), both(r.Centers[i])
			o.Size, o.Share, o.Center = &size, &share, &center
		} else {
			d.warn(WarnSuppressed, "groups of fewer than %d people are hidden, and others that would tell of them", g.least)
		}
		for _, s := range r.Representative[i] {
			if !f.Statements[s.Statement].Suppressed && !o.Suppressed {
				o.Representative = append(o.Representative, Representative{
					g.statements[s.Statement], s.Agrees, s.Successes, s.Votes, Number(s.Share), Number(s.Test), Number(s.Ratio), Number(s.RatioZ), s.Best,
				})
			}
		}
		f.Groups = append(f.Groups, o)
	}
}

// statement is one statement before the groups, with what may be shown of it.
func (g *grouping) statement(r *groups.Result, s int) GroupedStatement {
	d := GroupedStatement{
		Statement: g.statements[s], Out: g.out[s], Loadings: [2]Number{Number(r.Components[0][s]), Number(r.Components[1][s])}, Mean: None, Informed: None, Groups: []GroupCell{},
	}
	bases, grouped := []int{}, 0
	for i := range r.K {
		bases = append(bases, r.Counts[i][s].Votes)
		grouped += r.Counts[i][s].Votes
	}
	hidden, all := cover(bases, g.least)
	d.Suppressed = all
	for i := range r.K {
		d.Suppressed = d.Suppressed || hidden[i]
	}
	for i, of := range r.Counts {
		c := GroupCell{Suppressed: hidden[i] || (all && bases[i] > 0)}
		if !c.Suppressed {
			c.CellVotes = &CellVotes{of[s].Agree, of[s].Disagree, of[s].Votes}
		}
		d.Groups = append(d.Groups, c)
	}
	if d.Suppressed {
		g.d.warn(WarnSuppressed, "cells of a statement with fewer than %d votes are hidden, and others that would tell of them", g.least)
	} else if grouped > 0 {
		if d.Informed = Number(r.Informed[s]); !d.Out {
			d.Mean = Number(r.Mean[s])
		}
	}
	return d
}

// shared are statements on which most are of one mind. The reactions of everybody are those of the view statements, and none are shown of fewer people than the least base.
func (g *grouping) shared(found []groups.Shared) []SharedStatement {
	shared := []SharedStatement{}
	for _, s := range found {
		if s.Votes >= g.least {
			shared = append(shared, SharedStatement{g.statements[s.Statement], s.Successes, s.Votes, Number(s.Share), Number(s.Test)})
		}
	}
	return shared
}

func both(x [2]float64) [2]Number { return [2]Number{Number(x[0]), Number(x[1])} }
