package measures

import (
	"fmt"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/stats"
	"daybook.internal/projections/stats/groups"
)

// WarnNoGroups says that a conversation has no opinion groups: too few people reacted, or all of them alike.
const WarnNoGroups = "no-groups"

// GroupsDoc is how the people of one conversation fall into opinion groups, and what brings these together or sets them apart. It has no people: no points, and no hull of
// a group, whose corners would be the points of single people. Where fewer people were grouped than the least base, Suppressed says so and nothing follows.
type GroupsDoc struct {
	Head
	Conversation domain.ConversationID `json:"conversation"`
	projections.Frame
	Respondents int  `json:"respondents"` // people with at least one reaction
	Posted      int  `json:"posted"`      // statements that were posted
	Out         int  `json:"out"`         // statements that moderation took away, which are columns of zeros
	Suppressed  bool `json:"suppressed"`
	*Grouping
}

// Grouping is what was found. Groups are numbered from 1, the largest first.
type Grouping struct {
	Grouped    int                `json:"grouped"`   // people with enough reactions to be grouped
	Explained  [2]Number          `json:"explained"` // share of the variance that each component holds
	K          int                `json:"k"`
	SSE        Number             `json:"sse"`
	Silhouette Number             `json:"silhouette"`
	Tried      []GroupsTried      `json:"tried"`     // what came of each number of groups
	Stability  *GroupsStability   `json:"stability"` // null: no bootstraps are frozen
	Groups     []OpinionGroup     `json:"groups"`
	Agreed     []SharedStatement  `json:"agreed"`    // by people of all groups and of none, at most five, the strongest first
	Disagreed  []SharedStatement  `json:"disagreed"` // likewise, that people of all groups and of none disagree with, at most five, the strongest first
	Statements []GroupedStatement `json:"statements"`
}

// GroupsTried is the best grouping into so many.
type GroupsTried struct {
	K               int    `json:"k"`
	SSE             Number `json:"sse"`
	Silhouette      Number `json:"silhouette"`
	SilhouetteError Number `json:"silhouetteError"`
	Start           int    `json:"start"` // 0: from the first distinct points; from 1 on: the seeded restart
}

// GroupsStability is the adjusted Rand index between these groups and those of each bootstrap run.
type GroupsStability struct {
	Runs   int    `json:"runs"`
	Mean   Number `json:"mean"`
	Median Number `json:"median"`
	Lowest Number `json:"lowest"`
}

// OpinionGroup is one group. Size and Center are absent where they are Suppressed.
type OpinionGroup struct {
	Group          int              `json:"group"`
	Suppressed     bool             `json:"suppressed"`
	Size           *int             `json:"size,omitempty"`
	Share          *Number          `json:"share,omitempty"`  // share of the people who are grouped, 0 to 1
	Center         *[2]Number       `json:"center,omitempty"` // mean of its people along the components
	Representative []Representative `json:"representative"`   // statements that represent it, at most five, none of which has hidden cells
}

// Representative is a statement that sets a group apart, by agreeing or by disagreeing.
type Representative struct {
	Statement domain.StatementID `json:"statement"`
	Agrees    bool               `json:"agrees"`
	Successes int                `json:"successes"` // people of the group who agree, or disagree
	Votes     int                `json:"votes"`
	Share     Number             `json:"share"` // share of the group, 0 to 1, smoothed: (successes+1) / (votes+2)
	Test      Number             `json:"test"`  // z of Share against one half
	Ratio     Number             `json:"ratio"` // repness, at least 0: share over the smoothed share outside the group
	RatioTest Number             `json:"ratioTest"`
	Best      bool               `json:"best"` // the one that the group agrees with best
}

// SharedStatement is one on which most people are of one mind.
type SharedStatement struct {
	Statement domain.StatementID `json:"statement"`
	Successes int                `json:"successes"`
	Votes     int                `json:"votes"`
	Share     Number             `json:"share"` // share over all groups, 0 to 1, smoothed: (successes+1) / (votes+2)
	Test      Number             `json:"test"`
}

// GroupedStatement is one statement before the groups. Where a cell is hidden, Suppressed says so, and Mean and Informed are null.
type GroupedStatement struct {
	Statement  domain.StatementID `json:"statement"`
	Out        bool               `json:"out"`      // whether moderation took it away
	Loadings   [2]Number          `json:"loadings"` // of the components, each of length 1
	Suppressed bool               `json:"suppressed"`
	Mean       Number             `json:"mean"`     // -1 to 1 over those who are grouped: the centre of the components; null of what is Out
	Informed   Number             `json:"informed"` // group-informed consensus, 0 to 1: the product of smoothed shares of agreement over the groups
	Groups     []GroupCell        `json:"groups"`   // reactions in each group
}

// GroupCell is how one group reacted to one statement; the numbers are absent where they are Suppressed.
type GroupCell struct {
	Suppressed bool `json:"suppressed"`
	*CellVotes
}

// CellVotes are standing reactions.
type CellVotes struct {
	Agree    int `json:"agree"`
	Disagree int `json:"disagree"`
	Votes    int `json:"votes"` // people of the group who reacted, with those who passed
}

// Groups has a document for every conversation.
//
// The reactions of all groups to a statement add up. So the cells of a statement with fewer votes than the least base are hidden, and of the others the smallest ones until two
// cells with the least base together are: what the rest tells is of them all. Whatever is reckoned from several cells of a statement (mean, group-informed
// consensus, repness) is shown only where none of them is hidden. Sizes and centres add up too, and are hidden by the same rule. People in no group are no
// cell of any view: what the view statements has besides the groups is how those reacted who did so seldom.
var Groups = of(View{Name: "groups", Version: Version, Public: true, Heavy: true,
	About: "the opinion groups of one conversation: sizes, stability, what they share and what sets them apart; key: the conversation's id"},
	func(in *Inputs) []string {
		keys := []string{}
		for _, id := range in.conversations() {
			keys = append(keys, string(id))
		}
		return keys
	},
	func(in *Inputs, key string, d *GroupsDoc) error {
		g, err := in.grouping(domain.ConversationID(key), d)
		if err != nil || g == nil {
			return err
		}
		in.later = g.find
		return nil
	})

// GroupOf finds the opinion groups of a conversation and gives that of each of its people who is in one, by the numbers of the view groups. It is for those who check the view,
// and not for publication. The error is ErrNoDocument where there is no such conversation, and that of tick, which may be nil; without groups there is nobody.
func GroupOf(s *State, conversation domain.ConversationID, tick Tick) (map[domain.Pseudonym]int, error) {
	d := GroupsDoc{Head: Head{Parameters: map[string]string{}}}
	g, err := (&Inputs{s: s}).grouping(conversation, &d)
	if err != nil || g == nil {
		return nil, err
	}
	if err := g.find(tick); err != nil {
		return nil, err
	}
	people := map[domain.Pseudonym]int{}
	if g.found != nil {
		for i, who := range g.found.Selected {
			people[s.talks[conversation].Respondents[who]] = g.found.Group[i] + 1
		}
	}
	return people, nil
}

// grouping reads a conversation, and copies what finding its groups needs; nil where the parameters do not serve, which the document says then.
func (in *Inputs) grouping(id domain.ConversationID, d *GroupsDoc) (*grouping, error) {
	t := in.talk(id)
	if t == nil {
		return nil, ErrNoDocument
	}
	d.Conversation, d.Frame, d.Respondents = t.Conversation, in.dialogue(t.Dialogue).frame, len(t.Respondents)
	in.warnOfSample(d.Frame.SampleType, &d.Head)
	g := &grouping{d: d, least: in.suppression(d.Frame.Edition, &d.Head).MinBase, respondents: len(t.Respondents)}
	column := make([]int32, len(t.Statements)) // of a statement; -1: it was reacted to, and never posted
	for i, id := range t.Statements {
		s := document[projections.StatementDoc](in, projections.Statement, projections.StatementKey(t.Conversation, id))
		if s == nil {
			column[i] = -1
			continue
		}
		column[i] = int32(len(g.statements))
		status := s.Status()
		out := status == domain.Rejected || status == domain.Hidden
		g.statements, g.out = append(g.statements, id), append(g.out, out)
		if d.Posted++; out {
			d.Out++
		}
	}
	for who, reactions := range t.Reactions {
		for _, r := range reactions {
			if at := column[r.Statement]; at >= 0 {
				g.votes = append(g.votes, groups.Vote{Respondent: int32(who), Statement: at, Value: voteOf(r.Value)})
			}
		}
	}
	var err error
	if g.params, err = in.opinions(d.Frame.Edition, &d.Head); err != nil {
		d.fail("opinion groups", err)
		return nil, nil
	}
	return g, nil
}

func voteOf(v domain.ReactionValue) int8 {
	switch v {
	case domain.Agree:
		return 1
	case domain.Disagree:
		return -1
	}
	return 0
}

// opinions are the parameters of an edition's opinion groups: of the algorithm that the protocol names, with the plan's seed and bootstraps where the algorithm's own parameters
// leave them open. It names them in the head.
func (in *Inputs) opinions(id domain.EditionID, h *Head) (groups.Params, error) {
	algorithm := domain.Algorithm{Name: groups.Algorithm, Version: groups.Version}
	var plan *domain.MeasurePlan
	if p := in.edition(id).protocol; p != nil {
		algorithm, plan = p.OpinionAlgorithm, p.Measures
	}
	if algorithm.Name != groups.Algorithm || algorithm.Version != groups.Version {
		return groups.Params{}, &stats.Error{Name: stats.ErrBadParameter, Where: "opinionAlgorithm",
			Detail: fmt.Sprintf("the protocol froze %s/%s, and this program has %s/%s", algorithm.Name, algorithm.Version, groups.Algorithm, groups.Version)}
	}
	p, err := groups.ReadParams(algorithm.Params)
	if err != nil {
		return p, &stats.Error{Name: stats.ErrBadParameter, Where: "opinionAlgorithm", Detail: err.Error()}
	}
	if plan != nil {
		if _, own := algorithm.Params["seed"]; !own {
			p.Seed = plan.Seed
		}
		if _, own := algorithm.Params["bootstraps"]; !own {
			p.Bootstraps = plan.Bootstraps
		}
	}
	for name, value := range map[string]any{
		"minVotes": p.MinVotes, "fill": p.Fill, "iterations": p.Iterations, "maxGroups": p.MaxGroups, "perGroup": p.PerGroup, "restarts": p.Restarts, "steps": p.Steps,
		"sample": p.Sample, "silhouetteMargin": p.SilhouetteMargin, "bootstraps": p.Bootstraps, "bootstrapStarts": p.BootstrapStarts, "seed": p.Seed,
	} {
		h.with(name, value)
	}
	return p, nil
}
