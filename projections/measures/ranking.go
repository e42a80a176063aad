package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

// RankingDoc is how the people of one place, or of all, ordered the options of a question. All its counts are exact.
type RankingDoc struct {
	Head
	QuestionHead
	Place       domain.Place               `json:"place"`
	Suppressed  bool                       `json:"suppressed"`
	Base        *int                       `json:"base,omitempty"` // people whose answers count; absent: hidden
	NonResponse map[domain.NonResponse]int `json:"nonResponse,omitempty"`
	Scoring     domain.RankScoring         `json:"scoring"`             // that the question names: by it the options are ordered for reports
	Options     []RankedOption             `json:"options,omitempty"`   // in the order of the question
	Pairwise    [][]int                    `json:"pairwise,omitempty"`  // [a][b]: people who put option a above option b; listed beats unlisted
	Schulze     [][]domain.OptionID        `json:"schulze,omitempty"`   // levels, the first wins; several options in one are a tie
	Condorcet   domain.OptionID            `json:"condorcet,omitempty"` // the option that beats every other; absent: there is none
}

// RankedOption is one option.
type RankedOption struct {
	Option       domain.OptionID `json:"option"`
	Label        domain.LText    `json:"label"`
	First        int             `json:"first"` // people who put it first
	Share        Number          `json:"share"` // share of first choices, 0 to 1
	Interval     *Interval       `json:"interval,omitempty"`
	LengthBorda  int             `json:"lengthBorda"`
	FixedBorda   int             `json:"fixedBorda"`
	AverageBorda Number          `json:"averageBorda"`
}

// RankingResult has a document for every ranking, wherever it was given. Places are hidden as those of Result are.
var RankingResult = of(View{Name: "ranking", Version: Version, Public: true,
	About: "how people ordered options: first choices, Borda three ways, pairs, Schulze; key: edition/question@version/session/wave/sampleType/place, place may be world"},
	func(in *Inputs) []string { return askedKeys(in, ofKind(domain.Ranking), everywhere) },
	func(in *Inputs, key string, d *RankingDoc) error {
		q, sheets, err := in.placedSheets(key, domain.Ranking, &d.Head, &d.QuestionHead, &d.Place, &d.Suppressed)
		if err != nil || d.Suppressed {
			return err
		}
		d.Scoring = q.Scoring
		c := count(q, sheets)
		d.Base, d.NonResponse = &c.valid, c.nonResponse
		if c.valid == 0 {
			return nil
		}
		var rankings []stats.Ranking
		for a := range answers(sheets) {
			r := stats.Ranking{Ballots: 1}
			for _, rank := range a.Ranking {
				if len(rank) > 1 {
					d.fail("ranks", &stats.Error{Name: stats.ErrBadBallot, Detail: "several options share a rank, which no scoring here takes"})
					return nil
				}
				r.Order = append(r.Order, slices.IndexFunc(q.Options, func(o domain.Option) bool { return o.ID == rank[0] }))
			}
			rankings = append(rankings, r)
		}
		ranked, err := stats.Rank(len(q.Options), rankings)
		if err != nil {
			d.fail("ranks", err)
			return nil
		}
		d.by(stats.AlgorithmBorda, stats.AlgorithmSchulze)
		first, err := stats.Proportions(ranked.First, ranked.Ballots, stats.Z95)
		if err != nil {
			d.fail("first choices", err)
			return nil
		}
		d.by(stats.AlgorithmWilson)
		for i, o := range q.Options {
			d.Options = append(d.Options, RankedOption{
				o.ID, o.Label, ranked.First[i], Number(first[i].Share), interval(first[i].Interval), ranked.LengthBorda[i], ranked.FixedBorda[i], Number(ranked.Average(i)),
			})
		}
		d.Pairwise = ranked.Pairwise
		for _, level := range ranked.Schulze {
			var options []domain.OptionID
			for _, i := range level {
				options = append(options, q.Options[i].ID)
			}
			d.Schulze = append(d.Schulze, options)
		}
		if ranked.Condorcet >= 0 {
			d.Condorcet = q.Options[ranked.Condorcet].ID
		}
		return nil
	})
