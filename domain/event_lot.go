package domain

// Selections: draws by lot in which everybody's chance is known before anybody is drawn. They stand in the stream of the dialogue's sortition.
type (
	// SelectionAnnounced says how seats will be filled, before anybody can know who will fill them. Selection 1 is the first of a dialogue; a later one replaces people, or one
	// that was voided.
	SelectionAnnounced struct {
		Dialogue   DialogueID      `json:"dialogue"`
		Selection  int             `json:"selection"`
		Size       int             `json:"size"` // seats to fill
		Quotas     []SeatQuota     `json:"quotas"`
		Address    string          `json:"address,omitempty"` // who counts as living together, in words: no two of them get a seat; absent: nobody does
		Objective  string          `json:"objective"`
		Algorithm  Algorithm       `json:"algorithm"`
		Panels     int             `json:"panels"` // how many panels there will be, of which one is drawn
		Beacon     BeaconChain     `json:"beacon"`
		BuildAfter int             `json:"buildAfter"` // milliseconds from the sealing of the pool to the first round
		DrawAfter  int             `json:"drawAfter"`  // milliseconds from the commitment to the panels to the second round
		Fallback   int             `json:"fallback"`   // rounds after a missing one, the one that stands in for it
		Vacant     []ParticipantID `json:"vacant,omitempty"`
	}
	// FeasibilityReported says whether any panel meets the quotas, and which changes would help.
	FeasibilityReported struct {
		Dialogue    DialogueID  `json:"dialogue"`
		Selection   int         `json:"selection"`
		People      int         `json:"people"`
		Feasible    bool        `json:"feasible"`
		Suggestions []SeatQuota `json:"suggestions"` // quotas as they would be
	}
	// QuotasAmended changes quotas, before the pool is sealed.
	QuotasAmended struct {
		Dialogue   DialogueID  `json:"dialogue"`
		Selection  int         `json:"selection"`
		Changes    []SeatQuota `json:"changes"` // quotas as they are from now on
		Reason     string      `json:"reason"`
		ApprovedBy string      `json:"approvedBy"`
	}
	// SelectionPoolSealed fixes the pool and the quotas.
	SelectionPoolSealed struct {
		Dialogue  DialogueID       `json:"dialogue"`
		Selection int              `json:"selection"`
		People    int              `json:"people"`
		Pool      Digest           `json:"pool"`   // root over the people, see sortition/seal
		File      Digest           `json:"file"`   // digest of the text of the pool
		Quotas    Digest           `json:"quotas"` // of the text of the quotas
		Strata    []DimensionCount `json:"strata"`
		Types     int              `json:"types"`              // kinds of people that the quotas and addresses tell apart
		Shared    int              `json:"shared"`             // addresses of more than one person
		Excluded  map[string]int   `json:"excluded,omitempty"` // people who are not in the pool, by reason
		At        Time             `json:"at"`
	}
	// RoundsPinned names the rounds of the beacon: the first one seeds the lottery, the second one draws.
	RoundsPinned struct {
		Dialogue  DialogueID `json:"dialogue"`
		Selection int        `json:"selection"`
		Build     int        `json:"build"`
		Draw      int        `json:"draw"`
		BuildAt   Time       `json:"buildAt"`
		DrawAt    Time       `json:"drawAt"`
	}
	// BeaconObserved is what the beacon said in a pinned round, or in the one that stands in for it.
	BeaconObserved struct {
		Dialogue   DialogueID `json:"dialogue"`
		Selection  int        `json:"selection"`
		Round      int        `json:"round"`
		Signature  string     `json:"signature"`
		Randomness Digest     `json:"randomness"`       // SHA-256 of the signature
		Missed     string     `json:"missed,omitempty"` // why the pinned round is not the one
	}
	// LotteryBuilt holds a lottery to its panels before anybody can know which of them is drawn.
	LotteryBuilt struct {
		Dialogue    DialogueID      `json:"dialogue"`
		Selection   int             `json:"selection"`
		Seed        Digest          `json:"seed"` // of pool, quotas and the first round, see sortition/seal
		File        Digest          `json:"file"` // of the text of the panels
		Panels      Digest          `json:"panels"`
		Tickets     Digest          `json:"tickets"` // root over everybody's tickets
		Fewest      int             `json:"fewest"`  // tickets of those who are on any panel
		Most        int             `json:"most"`
		Impossible  []ParticipantID `json:"impossible,omitempty"` // people whom no panel within the quotas has
		Multipliers []int           `json:"multipliers"`          // of the certificate, by row
		Bound       Ratio           `json:"bound"`                // no lottery gives everybody a greater chance
		Pairs       PairCount       `json:"pairs"`
		BuildTime   int             `json:"buildTime,omitempty"` // milliseconds; absent: not measured
	}
	// PanelsCommitted says where the panels are published. Nothing may change after it.
	PanelsCommitted struct {
		Dialogue  DialogueID `json:"dialogue"`
		Selection int        `json:"selection"`
		Panels    Digest     `json:"panels"`
		URI       string     `json:"uri,omitempty"`
		At        Time       `json:"at"`
	}
	// PanelDrawn says which panel the second round has drawn.
	PanelDrawn struct {
		Dialogue  DialogueID       `json:"dialogue"`
		Selection int              `json:"selection"`
		Index     int              `json:"index"` // the number of the panel that was drawn, from 0
		Selected  []ParticipantID  `json:"selected"`
		Path      []Digest         `json:"path"` // from the panel up to the root that was committed to
		Quota     []DimensionCount `json:"quota"`
	}
	// SeatAnswered is what somebody who was drawn says to it.
	SeatAnswered struct {
		Dialogue    DialogueID    `json:"dialogue"`
		Selection   int           `json:"selection"` // the selection that drew them
		Participant ParticipantID `json:"participant"`
		Answer      SeatAnswer    `json:"answer"`
		Replaces    SeatAnswer    `json:"replaces,omitempty"`
	}
	// SelectionVoided ends a selection that came to nothing. Once its second round is known, that is itself for all to see.
	SelectionVoided struct {
		Dialogue  DialogueID `json:"dialogue"`
		Selection int        `json:"selection"`
		Reason    string     `json:"reason"`
		By        string     `json:"by"`
	}
)

// SeatQuota is how many seats go to a stratum, at least and at most, and how far these may be relaxed.
type SeatQuota struct {
	Dimension string `json:"dimension"`
	Stratum   string `json:"stratum"`
	Min       int    `json:"min"`
	Max       int    `json:"max"`
	LeastMin  int    `json:"leastMin"`
	MostMax   int    `json:"mostMax"`
}

// BeaconChain is a source of public randomness of the scheme bls-unchained-g1-rfc9380. A synthetic one, whose key its maker knows, serves synthetic editions.
type BeaconChain struct {
	Name      string `json:"name"`
	Hash      Digest `json:"hash"`
	PublicKey string `json:"publicKey"`
	Genesis   Time   `json:"genesis"`
	Period    int    `json:"period"` // milliseconds between two rounds
	Synthetic bool   `json:"synthetic"`
}

// At is when a round is signed, the first one at genesis.
func (b BeaconChain) At(round int) Time { return b.Genesis + Time(round-1)*Time(b.Period) }

// PairCount says how often two people are on one panel, in percent of how often they would be if they were drawn independently.
type PairCount struct {
	Count  int `json:"count"` // pairs looked at
	Never  int `json:"never"` // of them, those on no panel together
	Median int `json:"median"`
	P99    int `json:"p99"`
	Most   int `json:"most"`
}

// SeatAnswer is what somebody who was drawn says.
type SeatAnswer string

// The answers.
const (
	SeatAccepted  SeatAnswer = "accepted"
	SeatDeclined  SeatAnswer = "declined"
	SeatWithdrawn SeatAnswer = "withdrawn"
)

var seatAnswers = setOf(SeatAccepted, SeatDeclined, SeatWithdrawn)

func (SelectionAnnounced) isEvent()  {}
func (FeasibilityReported) isEvent() {}
func (QuotasAmended) isEvent()       {}
func (SelectionPoolSealed) isEvent() {}
func (RoundsPinned) isEvent()        {}
func (BeaconObserved) isEvent()      {}
func (LotteryBuilt) isEvent()        {}
func (PanelsCommitted) isEvent()     {}
func (PanelDrawn) isEvent()          {}
func (SeatAnswered) isEvent()        {}
func (SelectionVoided) isEvent()     {}
