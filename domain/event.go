// Package domain is the vocabulary of a deliberation: what may happen, what has happened, and which decisions follow. It is pure: no clock, no
// chance, no input or output. This file is everything that can happen, a family at a time; the file of a family holds its stream, its
// state and its decisions.
package domain

// An Event is one immutable fact. The set of events is closed, and each has a versioned wire name in codec.go.
//
// Every event names the things that it is about, so that nobody ever takes a stream name apart. Where an event changes something that stood
// before, it says what it Replaces, so that a fold need not remember every person.
//
//sumtype:decl
type Event interface{ isEvent() }

// Edition: one round of a dialogue all over the world.
type (
	// EditionOpened begins an edition.
	EditionOpened struct {
		Edition        EditionID `json:"edition"`
		Title          LText     `json:"title"`
		Mandate        LText     `json:"mandate"`
		Languages      []Lang    `json:"languages"`
		Coordinator    PartnerID `json:"coordinator"`
		DecisionOwners []string  `json:"decisionOwners"`
	}
	// MilestoneScheduled plans a milestone, or moves one; then it gives the reason.
	MilestoneScheduled struct {
		Edition EditionID `json:"edition"`
		Key     string    `json:"key"`
		Phase   Phase     `json:"phase"`
		DueAt   Time      `json:"dueAt"`
		Gates   []string  `json:"gates"`
		Reason  string    `json:"reason,omitempty"`
	}
	// MilestoneReached says that a milestone is passed, and on what evidence.
	MilestoneReached struct {
		Edition  EditionID `json:"edition"`
		Key      string    `json:"key"`
		Evidence []Ref     `json:"evidence"`
	}
	// TopicAdded puts a topic on the agenda, of all dialogues or of one.
	TopicAdded struct {
		Edition     EditionID  `json:"edition"`
		Topic       TopicID    `json:"topic"`
		Label       LText      `json:"label"`
		Scope       Scope      `json:"scope"`
		PolicyLinks []string   `json:"policyLinks"`
		Dialogue    DialogueID `json:"dialogue,omitempty"`
	}
	// SessionDefined plans a session of the day.
	SessionDefined struct {
		Edition        EditionID    `json:"edition"`
		Session        SessionID    `json:"session"`
		Ordinal        int          `json:"ordinal"`
		Topic          TopicID      `json:"topic,omitempty"`
		Kind           SessionKind  `json:"kind"`
		Chamber        Chamber      `json:"chamber"`
		Instruments    []Instrument `json:"instruments"`
		PlannedMinutes int          `json:"plannedMinutes"` // 0: without a set end
	}
	// ProtocolFrozen fixes every parameter that gives the numbers their meaning.
	ProtocolFrozen struct {
		Edition          EditionID        `json:"edition"`
		MethodVersion    int              `json:"methodVersion"`
		AnalysisPlan     Document         `json:"analysisPlan"`
		Weighting        Weighting        `json:"weighting"`
		Suppression      Suppression      `json:"suppression"`
		RankScoring      RankScoring      `json:"rankScoring"`
		OpinionAlgorithm Algorithm        `json:"opinionAlgorithm"`
		Thresholds       map[string]Ratio `json:"thresholds"`
		CodingPlan       Document         `json:"codingPlan"`
		ReviewQuorum     int              `json:"reviewQuorum"`
	}
)

// Artefact: what is put before people, in versions that never change.
type (
	// ArtefactVersionAdded brings a new version of an artefact.
	ArtefactVersionAdded struct {
		Artefact      ArtefactID   `json:"artefact"`
		Version       int          `json:"version"`
		Kind          ArtefactKind `json:"kind"`
		Question      *Question    `json:"question,omitempty"` // of kind question
		Body          LText        `json:"body,omitempty"`     // of the other kinds, where the text is short enough to stand here
		SourceLang    Lang         `json:"sourceLang"`
		Content       Digest       `json:"content"`
		URI           string       `json:"uri,omitempty"`
		ChangeNote    string       `json:"changeNote,omitempty"`
		WordingLocked bool         `json:"wordingLocked"`
		Author        string       `json:"author"`
	}
)

// Dialogue: the edition in one country.
type (
	// DialogueRegistered announces a dialogue.
	DialogueRegistered struct {
		Dialogue    DialogueID `json:"dialogue"`
		Edition     EditionID  `json:"edition"`
		Place       Place      `json:"place"`
		Partner     PartnerID  `json:"partner"`
		Mode        Mode       `json:"mode"`
		SampleType  SampleType `json:"sampleType"`
		Languages   []Lang     `json:"languages"`
		PlannedSize int        `json:"plannedSize,omitempty"` // absent: not limited
		Date        Date       `json:"date,omitempty"`        // absent: not known
	}
	// QuotaPlanSet says whom the room shall mirror.
	QuotaPlanSet struct {
		Dialogue       DialogueID       `json:"dialogue"`
		Dimensions     []QuotaDimension `json:"dimensions"`
		Source         Document         `json:"source"`
		NonExpertRule  string           `json:"nonExpertRule"`
		MinorityStrata []string         `json:"minorityStrata"`
	}
	// DialogueAuthorised lets the dialogue take place.
	DialogueAuthorised struct {
		Dialogue      DialogueID `json:"dialogue"`
		MethodVersion int        `json:"methodVersion"`
		Waivers       []Waiver   `json:"waivers"`
	}
	// SessionOpened begins a session of the dialogue.
	SessionOpened struct {
		Dialogue        DialogueID    `json:"dialogue"`
		Session         SessionID     `json:"session"`
		Chamber         Chamber       `json:"chamber"`
		IssuedCodes     int           `json:"issuedCodes"`
		CodesCommitment Digest        `json:"codesCommitment,omitempty"` // absent: no codes were issued
		Instruments     []ArtefactRef `json:"instruments"`
	}
	// SessionClosed ends a session, its ballots and its conversation.
	SessionClosed struct {
		Dialogue  DialogueID `json:"dialogue"`
		Session   SessionID  `json:"session"`
		Minutes   int        `json:"minutes,omitempty"`   // absent: not measured
		CheckedIn int        `json:"checkedIn,omitempty"` // absent: nobody checks in
		Note      string     `json:"note,omitempty"`
	}
	// DeviationReported says where the day left the protocol. It is never taken back.
	DeviationReported struct {
		Dialogue    DialogueID `json:"dialogue"`
		Rule        string     `json:"rule"`
		Description LText      `json:"description"`
		Severity    Severity   `json:"severity"`
		Session     SessionID  `json:"session,omitempty"`
		Mitigation  string     `json:"mitigation,omitempty"`
	}
)

// Participant: a person in the room, under an id that no answer bears.
type (
	// ParticipantRegistered lets a person in.
	ParticipantRegistered struct {
		Participant      ParticipantID `json:"participant"`
		Dialogue         DialogueID    `json:"dialogue"`
		Chamber          Chamber       `json:"chamber"`
		Route            Route         `json:"route"`
		StakeholderGroup string        `json:"stakeholderGroup,omitempty"`
		Strata           Commitment    `json:"strata,omitempty"`
		AccessNeeds      Commitment    `json:"accessNeeds,omitempty"`
		Language         Lang          `json:"language"`
		Support          []Support     `json:"support"`
	}
	// ConsentGiven says to what a participant consented, on which text.
	ConsentGiven struct {
		Participant ParticipantID  `json:"participant"`
		Dialogue    DialogueID     `json:"dialogue"`
		ConsentText ArtefactRef    `json:"consentText"`
		Lang        Lang           `json:"lang"`
		Scopes      []ConsentScope `json:"scopes"`
		Method      ConsentMethod  `json:"method"`
		Guardian    bool           `json:"guardian,omitempty"`
	}
	// ConsentWithdrawn takes consent back.
	ConsentWithdrawn struct {
		Participant ParticipantID    `json:"participant"`
		Dialogue    DialogueID       `json:"dialogue"`
		Scopes      []ConsentScope   `json:"scopes"`
		Effect      WithdrawalEffect `json:"effect"`
	}
)

// Ballot: the answers given under one pseudonym.
type (
	// BallotCast is a vote: one answer to one question.
	BallotCast struct {
		Dialogue  DialogueID  `json:"dialogue"`
		Pseudonym Pseudonym   `json:"pseudonym"`
		Session   SessionID   `json:"session"`
		Wave      Wave        `json:"wave"`
		Question  ArtefactRef `json:"question"`
		Lang      Lang        `json:"lang"`
		Answer    Answer      `json:"answer"`
		Channel   Channel     `json:"channel"`
		Revision  int         `json:"revision"`
		Table     string      `json:"table,omitempty"`
		Replaces  *Answer     `json:"replaces,omitempty"`
	}
	// BallotVoided takes the standing answer out of the count. The ballot itself stays in the record.
	BallotVoided struct {
		Dialogue  DialogueID  `json:"dialogue"`
		Pseudonym Pseudonym   `json:"pseudonym"`
		Session   SessionID   `json:"session"`
		Wave      Wave        `json:"wave"`
		Question  ArtefactRef `json:"question"`
		Reason    VoidReason  `json:"reason"`
		By        string      `json:"by"`
		SecondBy  string      `json:"secondBy,omitempty"`
		Replaces  Answer      `json:"replaces"`
	}
)

// Statement: what somebody put forward in a conversation. Its words stand in the vault.
type (
	// StatementPosted is a comment: a statement, an argument, a reply or a question.
	StatementPosted struct {
		Conversation ConversationID `json:"conversation"`
		Statement    StatementID    `json:"statement"`
		Kind         StatementKind  `json:"kind"`
		Parent       StatementID    `json:"parent,omitempty"`
		Text         Commitment     `json:"text"`
		Lang         Lang           `json:"lang"`
		Author       Pseudonym      `json:"author"`
		Seed         bool           `json:"seed,omitempty"` // written by the organisers
	}
	// StatementModerated decides whether a statement is shown.
	StatementModerated struct {
		Conversation ConversationID  `json:"conversation"`
		Statement    StatementID     `json:"statement"`
		Decision     Moderation      `json:"decision"`
		ReasonCode   string          `json:"reasonCode,omitempty"`
		Reason       LText           `json:"reason,omitempty"`
		Moderator    string          `json:"moderator"`
		Replaces     StatementStatus `json:"replaces,omitempty"`
	}
	// StatementLinked relates a statement to another one. Reactions never move with it.
	StatementLinked struct {
		Conversation ConversationID    `json:"conversation"`
		Statement    StatementID       `json:"statement"`
		Relation     StatementRelation `json:"relation"`
		Target       Ref               `json:"target"`
		By           string            `json:"by"`
	}
)

// Reactions: what one respondent thinks of the statements of one conversation.
type (
	// ReactionCast is one vote on one statement. The last revision counts; all are kept.
	ReactionCast struct {
		Conversation ConversationID `json:"conversation"`
		Respondent   Pseudonym      `json:"respondent"`
		Statement    StatementID    `json:"statement"`
		Value        ReactionValue  `json:"value"`
		Important    bool           `json:"important,omitempty"`
		Revision     int            `json:"revision"`
		Replaces     ReactionValue  `json:"replaces,omitempty"`
	}
)

// Recommendation: what the citizens ask for.
type (
	// RecommendationDrafted puts a recommendation on the table, with the sources that it stands on.
	RecommendationDrafted struct {
		Recommendation RecommendationID   `json:"recommendation"`
		Level          Level              `json:"level"`
		Body           Body               `json:"body"`
		Kind           RecommendationKind `json:"kind"`
		Topics         []TopicID          `json:"topics"`
		Text           LText              `json:"text"`
		Sources        []Source           `json:"sources"`
		Editor         string             `json:"editor"`
	}
	// EndorsementOpened calls the chambers to vote on one version.
	EndorsementOpened struct {
		Recommendation RecommendationID `json:"recommendation"`
		Version        int              `json:"version"`
		Chambers       []ChamberRule    `json:"chambers"`
		Question       ArtefactRef      `json:"question,omitempty"`
		ClosesAt       Time             `json:"closesAt"`
	}
	// EndorsementClosed gives the counts of each chamber.
	EndorsementClosed struct {
		Recommendation RecommendationID `json:"recommendation"`
		Version        int              `json:"version"`
		Chambers       []ChamberCount   `json:"chambers"`
		Tallies        []Ref            `json:"tallies"`
	}
	// RecommendationDecided is the outcome.
	RecommendationDecided struct {
		Recommendation RecommendationID `json:"recommendation"`
		Version        int              `json:"version"`
		Outcome        Outcome          `json:"outcome"`
		ChambersPassed []Chamber        `json:"chambersPassed"`
		Dissents       []Dissent        `json:"dissents"`
		DecidedBy      string           `json:"decidedBy"`
		Replaces       Outcome          `json:"replaces,omitempty"` // a decision to defer
	}
)

// Import: where events from elsewhere come from.
type (
	// ImportRecorded stands before the events that it brings; they all name it as their causation.
	ImportRecorded struct {
		Import       ImportID       `json:"import"`
		Source       ImportSource   `json:"source"`
		Mapping      Mapping        `json:"mapping"`
		Read         map[string]int `json:"read"`    // rows by kind
		Written      int            `json:"written"` // events that follow from this one
		Skipped      map[string]int `json:"skipped"` // rows by reason
		Conversation ConversationID `json:"conversation"`
		Streams      int            `json:"streams"` // how many streams the events go to
		Synthetic    bool           `json:"synthetic"`
	}
)

func (EditionOpened) isEvent()         {}
func (MilestoneScheduled) isEvent()    {}
func (MilestoneReached) isEvent()      {}
func (TopicAdded) isEvent()            {}
func (SessionDefined) isEvent()        {}
func (ProtocolFrozen) isEvent()        {}
func (ArtefactVersionAdded) isEvent()  {}
func (DialogueRegistered) isEvent()    {}
func (QuotaPlanSet) isEvent()          {}
func (DialogueAuthorised) isEvent()    {}
func (SessionOpened) isEvent()         {}
func (SessionClosed) isEvent()         {}
func (DeviationReported) isEvent()     {}
func (ParticipantRegistered) isEvent() {}
func (ConsentGiven) isEvent()          {}
func (ConsentWithdrawn) isEvent()      {}
func (BallotCast) isEvent()            {}
func (BallotVoided) isEvent()          {}
func (StatementPosted) isEvent()       {}
func (StatementModerated) isEvent()    {}
func (StatementLinked) isEvent()       {}
func (ReactionCast) isEvent()          {}
func (RecommendationDrafted) isEvent() {}
func (EndorsementOpened) isEvent()     {}
func (EndorsementClosed) isEvent()     {}
func (RecommendationDecided) isEvent() {}
func (ImportRecorded) isEvent()        {}
