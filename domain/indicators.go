package domain

import "sync"

// An Indicator is a threshold by which the method of an edition is judged. Its Key stands among the thresholds of the protocol, which has the last word.
type Indicator struct {
	Key     string
	Most    bool  // what is measured is at most this; otherwise at least
	Default Ratio // where the protocol says nothing
	About   string
}

// Indicators are all of them, in the order of the report on the method; docs/protocol.md has them as a table. Figures that are reported without a judgement (D8, E9,
// E10), and what is so or not (D13, I4), have no threshold. The numbers are proposals of the project, after OECD (2020), Innovative Citizen Participation and New
// Democratic Institutions, and OECD (2021), Evaluation Guidelines for Representative Deliberative Processes.
func Indicators() []Indicator {
	least := func(key string, num, den int64, about string) Indicator {
		return Indicator{key, false, RatioOf(num, den), about}
	}
	most := func(key string, num, den int64, about string) Indicator {
		return Indicator{key, true, RatioOf(num, den), about}
	}
	all := []Indicator{
		least("D1", 1, 1, "share of versions of questions with a policy link and a decision owner"),
		least("D2", 3, 1, "members of the committee who approve an instrument"),
		least("D3", 4, 5, "share of closed questions that were tried by groups of citizens"),
		least("D3.regions", 2, 1, "regions in which they were"),
		least("D4", 4, 1, "mean rating of balance by reviewers, 1 to 5"),
		most("D4.ratio", 3, 2, "arguments of the more frequent side for one of the other"),
		least("D5", 1, 1, "share of the languages in which an artefact is verified"),
		least("D6", 9, 10, "global representativeness index of a dimension"),
		least("D7", 7, 10, "least share of a stratum in the room by its share of the population"),
		least("D7.share", 1, 20, "share of the population from which a stratum counts there"),
		least("D9", 1, 1, "share of minority strata that are present"),
		most("D10", 1, 10, "largest difference in attrition between two strata"),
		least("D11", 1, 1, "share of facilitators and committee with a declaration of interests"),
		least("D12", 1, 1, "share of seated facilitators with completed training"),
		least("D14", 1, 1, "share of the material used that is published"),
		least("D15", 300, 1, "minutes of deliberation of a person"),
		least("D16", 9, 10, "share of sessions of about the planned duration"),
		most("D16.off", 1, 5, "deviation from the planned duration, as a share of it"),
		least("D17", 19, 20, "share of tables of a good size"),
		least("D17.least", 5, 1, "people at a table"),
		most("D17.most", 8, 1, "people at a table, and people for one facilitator"),
		least("D18", 17, 20, "mean diversity of a table by that of the room"),
		least("D19", 1, 1, "share of reconciled tallies without a difference"),
		least("D20", 199, 200, "share of equal cells in double entry"),
		least("D21", 1, 1, "share of people with ballots who consented, and of erasures in time"),
		most("D21.days", 30, 1, "days until personal data are erased"),
	}
	for _, e := range []struct{ key, about string }{
		{"E1", "there was enough time"}, {"E2", "the information could be understood"}, {"E3", "many views were heard"}, {"E4", "the facilitator was neutral"},
		{"E5", "one could speak"}, {"E6", "one felt respected"}, {"E7", "one understood the reasons of others"}, {"E8", "one was free to decide"},
	} {
		all = append(all, least(e.key, 4, 5, "share of the two best answers: "+e.about))
	}
	return append(all,
		most("E.gap", 3, 20, "largest difference of such a share between two strata"),
		most("E11", 3, 20, "intraclass correlation of tables after the day, less that before"),
		least("Q1", 67, 100, "Krippendorff's alpha of a coding frame"),
		least("Q1.good", 4, 5, "alpha from which it is called good"),
		least("Q1.double", 1, 5, "share of segments that two people coded"),
		least("Q2", 1, 1, "share of recommendations that lead back to a worksheet or a result"),
		least("Q3", 1, 2, "least uptake of a country's outputs by the median one"),
		least("I1", 1, 1, "share of adopted recommendations that were submitted to a named addressee"),
		most("I2", 180, 1, "median days until a response"),
		least("I3", 1, 1, "share of responses with a follow-up in the last twelve months"),
		least("I5", 19, 20, "share of those who consented to contact who were told of the results"),
	)
}

// Threshold is the threshold of an indicator in a protocol, which may be nil: its own, or the default. There is none for a key that no indicator has.
func (p *ProtocolFrozen) Threshold(key string) (Ratio, bool) {
	if p != nil {
		if own, ok := p.Thresholds[key]; ok {
			return own, true
		}
	}
	r, ok := defaults()[key]
	return r, ok
}

// defaults are the thresholds of indicators by key, which nobody changes.
var defaults = sync.OnceValue(func() map[string]Ratio {
	by := map[string]Ratio{}
	for _, i := range Indicators() {
		by[i.Key] = i.Default
	}
	return by
})
