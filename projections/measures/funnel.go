package measures

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// FunnelDoc is the way of people into a dialogue and through it. A stage of which nothing stands in the record is null, not zero. Everything is a count of people
// that the record itself tells; nobody is looked up. Invited, reached and accepted are counted by channel; the record does not say by which channel those of the
// pool came, so that later stages have no channels.
type FunnelDoc struct {
	Head
	Gathering
	Chamber  domain.Chamber  `json:"chamber"` // whose people are followed
	Stages   []Stage         `json:"stages"`  // people at each stage, in the order of the way
	Rates    []StageRate     `json:"rates"`
	Channels []ChannelFunnel `json:"channels"` // channels of recruitment, by name
	Finished *Finished       `json:"finished"` // of one dialogue: what counts as completed; null where it is not known yet
}

// Stage is how many people came so far, in the dialogues that know it.
type Stage struct {
	Stage     StageName `json:"stage"`
	People    *int      `json:"people"`
	Dialogues int       `json:"dialogues"` // dialogues that know this number
}

// A StageName is a stage on the way of people into a dialogue and through it.
type StageName string

// Words are all that a StageName may be, in the order of the way.
func (StageName) Words() (all []string) {
	for _, name := range stageNames {
		if name != "" {
			all = append(all, string(name))
		}
	}
	return all
}

// StageRate is the share of one stage among an earlier one, over the dialogues that know both.
type StageRate struct {
	Stage     StageName `json:"stage"`
	Among     StageName `json:"among"`
	Dialogues int       `json:"dialogues"`
	Rate
}

// ChannelFunnel is one channel of recruitment.
type ChannelFunnel struct {
	Channel string `json:"channel"`
	domain.Recruitment
	ReachedRate  Rate `json:"reachedRate"`  // reached / invited
	AcceptedRate Rate `json:"acceptedRate"` // accepted / reached
	ResponseRate Rate `json:"responseRate"` // accepted / invited
}

// Finished says by what those who completed a dialogue are known: an answer in this wave of this session.
type Finished struct {
	Session domain.SessionID `json:"session"`
	Wave    domain.Wave      `json:"wave"`
}

// The stages. Drawn are all who were ever drawn, in any round; registered and checked in those of the chamber.
const (
	stageInvited = iota
	stageReached
	stageAccepted
	stagePool
	stageDrawn
	stageRegistered
	stageByDraw // registered as drawn: not shown, what the share among the drawn is counted by
	stageCheckedIn
	stageCompleted
	stages
)

var stageNames = [stages]StageName{"invited", "reached", "accepted", "pool", "drawn", "registered", "", "checkedIn", "completed"}

var stageRates = [...][3]int{ // stage, among, and whose count
	{stageReached, stageInvited, stageReached}, {stageAccepted, stageReached, stageAccepted}, {stageAccepted, stageInvited, stageAccepted},
	{stagePool, stageAccepted, stagePool}, {stageDrawn, stagePool, stageDrawn}, {stageRegistered, stageDrawn, stageByDraw},
	{stageCheckedIn, stageRegistered, stageCheckedIn}, {stageCompleted, stageCheckedIn, stageCompleted},
}

// Funnel has a document for every dialogue, and one for all of each sample type.
//
// Completed are the respondents who have a standing answer, a refusal to answer among them, to any question for people in the last wave of the last session
// of the chamber that asked any; known once the dialogue is certified, as there may be a further session before. They are counted under their codes, which nothing
// ties to those who checked in: the share says how many there were, not who.
var Funnel = of(View{Name: "funnel", Version: Version,
	About: "the way of people into dialogues and through them, by channel and stage, with rates; key: edition/dialogue, or edition/world/sampleType"},
	func(in *Inputs) []string { return in.gatherings(nil) },
	func(in *Inputs, key string, d *FunnelDoc) (err error) {
		var of []*projections.DialogueDoc
		var rest string
		if d.Gathering, of, rest, err = in.gather(key, &d.Head); err != nil || rest != "" {
			return ErrNoDocument
		}
		d.Chamber, d.Channels = chamberOf(d.SampleType), []ChannelFunnel{}
		var sums [stages]*int
		var know [stages]int
		counts, bases, both := [len(stageRates)]*int{}, [len(stageRates)]*int{}, [len(stageRates)]int{}
		channels := map[string]domain.Recruitment{}
		for _, dialogue := range of {
			n, finished := in.stagesOf(dialogue, d.Chamber, channels)
			for i := range n {
				if sums[i] = plus(sums[i], n[i]); n[i] != nil {
					know[i]++
				}
			}
			for i, r := range stageRates {
				if n[r[1]] != nil && n[r[2]] != nil {
					counts[i], bases[i] = plus(counts[i], n[r[2]]), plus(bases[i], n[r[1]])
					both[i]++
				}
			}
			if d.Dialogue != "" {
				d.Finished = finished
			}
		}
		for i, name := range stageNames {
			if name == "" {
				continue
			}
			if d.Stages = append(d.Stages, Stage{name, sums[i], know[i]}); know[i] > 0 && know[i] < len(of) {
				d.warn(WarnPartial, "%s is known of %d of %d dialogues", name, know[i], len(of))
			}
		}
		for i, r := range stageRates {
			name, among := stageNames[r[0]], stageNames[r[1]]
			d.Rates = append(d.Rates, StageRate{name, among, both[i], d.rate(string(name+" among "+among), counts[i], bases[i])})
		}
		for name, c := range channels {
			d.Channels = append(d.Channels, d.channel(name, c))
		}
		slices.SortFunc(d.Channels, func(a, b ChannelFunnel) int { return cmp.Compare(a.Channel, b.Channel) })
		return nil
	})

func (h *Head) channel(name string, c domain.Recruitment) ChannelFunnel {
	return ChannelFunnel{
		name, c, h.rate(name+": reached among invited", &c.Reached, &c.Invited), h.rate(name+": accepted among reached", &c.Accepted, &c.Reached),
		h.rate(name+": accepted among invited", &c.Accepted, &c.Invited),
	}
}

// stagesOf counts one dialogue, and adds its channels to those of others.
func (in *Inputs) stagesOf(dialogue *projections.DialogueDoc, chamber domain.Chamber, channels map[string]domain.Recruitment) (n [stages]*int, finished *Finished) {
	n[stageCompleted], finished = in.completed(dialogue, chamber)
	r := document[projections.RecruitmentDoc](in, projections.Recruitment, string(dialogue.Dialogue))
	if r == nil {
		return n, finished
	}
	if len(r.Channels) > 0 {
		var sum domain.Recruitment
		for name, c := range r.Channels {
			sum, channels[name] = add(sum, c), add(channels[name], c)
		}
		n[stageInvited], n[stageReached], n[stageAccepted] = &sum.Invited, &sum.Reached, &sum.Accepted
	}
	if len(r.PoolStrata) > 0 || r.Pool > 0 {
		n[stagePool] = &r.Pool
	}
	for _, draw := range r.Draws {
		if draw.Round > 0 {
			n[stageDrawn] = plus(n[stageDrawn], &draw.Selected)
		}
	}
	registered := 0
	for _, people := range r.Registered[chamber] {
		registered += people
	}
	n[stageRegistered], n[stageByDraw] = some(registered), some(r.Registered[chamber][domain.Drawn])
	if n[stageCheckedIn] = some(r.CheckedIn[chamber]); n[stageCheckedIn] == nil {
		for _, s := range dialogue.Sessions { // counted in the room, and nobody by name
			if s.Chamber == chamber && s.CheckedIn > 0 && (n[stageCheckedIn] == nil || s.CheckedIn > *n[stageCheckedIn]) {
				n[stageCheckedIn] = some(s.CheckedIn)
			}
		}
	}
	return copied(n), finished
}

// copied keeps nothing of the documents that the counts were read from.
func copied(n [stages]*int) [stages]*int {
	for i, p := range n {
		if p != nil {
			people := *p
			n[i] = &people
		}
	}
	return n
}

func add(a, b domain.Recruitment) domain.Recruitment {
	return domain.Recruitment{
		Invited: a.Invited + b.Invited, Reached: a.Reached + b.Reached, Refused: a.Refused + b.Refused, Ineligible: a.Ineligible + b.Ineligible, Accepted: a.Accepted + b.Accepted,
	}
}

// waveOrder is the order of the waves of one session.
var waveOrder = []domain.Wave{domain.ProfileWave, domain.PreWave, domain.SessionWave, domain.EndorsementWave, domain.PostWave, domain.EvaluationWave}

// completed counts the respondents of a certified dialogue who answered in the last wave of its last session.
func (in *Inputs) completed(dialogue *projections.DialogueDoc, chamber domain.Chamber) (*int, *Finished) {
	who, last := in.finishers(dialogue, chamber)
	if last == nil {
		return nil, nil
	}
	n := 0
	for _, is := range who {
		if is {
			n++
		}
	}
	return &n, last
}

// finishers tells of each respondent of a certified dialogue whether they answered in the last wave of its last session. There is no such wave where last is nil.
func (in *Inputs) finishers(dialogue *projections.DialogueDoc, chamber domain.Chamber) (who []bool, last *Finished) {
	room := in.room(dialogue.Dialogue)
	if dialogue.State != projections.DialogueCertified || room == nil {
		return nil, nil
	}
	when := -1 // session by order of opening, then wave
	polls := slices.DeleteFunc(in.polls(room), func(p poll) bool { return p.question.Unit != domain.Individual })
	for _, p := range polls {
		session := slices.IndexFunc(dialogue.Sessions, func(s projections.SessionState) bool { return s.Session == p.Session && s.Chamber == chamber })
		if at := session*len(waveOrder) + slices.Index(waveOrder, p.Wave); session >= 0 && at > when {
			when, last = at, &Finished{p.Session, p.Wave}
		}
	}
	if last == nil {
		return nil, nil
	}
	who = make([]bool, len(room.Respondents))
	for i := range who {
		who[i] = slices.ContainsFunc(polls, func(p poll) bool { return p.Session == last.Session && p.Wave == last.Wave && p.sheet.Of(i) != nil })
	}
	return who, last
}
