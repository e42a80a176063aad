package domain

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
		Dialogue      DialogueID  `json:"dialogue"`
		MethodVersion int         `json:"methodVersion"`
		Waivers       []Waiver    `json:"waivers"`
		ConsentText   ArtefactRef `json:"consentText,omitempty"` // to which participants consent; absent: everybody comes as they like
	}
	// SessionOpened begins a session of the dialogue.
	SessionOpened struct {
		Dialogue        DialogueID    `json:"dialogue"`
		Session         SessionID     `json:"session"`
		Chamber         Chamber       `json:"chamber"`
		IssuedCodes     int           `json:"issuedCodes"`
		CodesCommitment Digest        `json:"codesCommitment,omitempty"` // absent: no codes were issued
		Instruments     []ArtefactRef `json:"instruments"`
		PlannedMinutes  int           `json:"plannedMinutes,omitempty"` // by the edition; absent: without a set end
	}
	// SessionClosed ends a session, its ballots and its conversation.
	SessionClosed struct {
		Dialogue  DialogueID `json:"dialogue"`
		Session   SessionID  `json:"session"`
		Minutes   int        `json:"minutes,omitempty"`   // how long it was, in minutes; absent: not measured
		CheckedIn int        `json:"checkedIn,omitempty"` // people who checked in; absent: nobody checks in
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
	// DialogueCertified says that the dialogue is complete and its numbers agree.
	DialogueCertified struct {
		Dialogue     DialogueID        `json:"dialogue"`
		CheckedIn    int               `json:"checkedIn"`
		Ballots      map[SessionID]int `json:"ballots"` // standing ballots of every session
		OpenFindings int               `json:"openFindings"`
		Accepted     []Waiver          `json:"accepted"` // the committee's decisions on major deviations
		Certificate  Digest            `json:"certificate"`
		By           string            `json:"by"`
	}
)

// Sortition: how the people in the room were found and drawn.
type (
	// RecruitmentReported counts the people asked through one channel.
	RecruitmentReported struct {
		Dialogue   DialogueID   `json:"dialogue"`
		Report     string       `json:"report"`
		Channel    string       `json:"channel"`
		Counts     Recruitment  `json:"counts"`
		From       Date         `json:"from"`
		To         Date         `json:"to"`
		Supersedes string       `json:"supersedes,omitempty"` // an earlier report of the same channel
		Replaces   *Recruitment `json:"replaces,omitempty"`   // the counts of the report that it corrects
	}
	// PoolSealed fixes the pool before anybody can know the draw.
	PoolSealed struct {
		Dialogue DialogueID       `json:"dialogue"`
		Size     int              `json:"size"`
		Pool     Digest           `json:"pool"` // sortition.Seal of the candidates
		Strata   []DimensionCount `json:"strata"`
	}
	// DrawCommitted fixes how the draw will be made, before its public randomness exists.
	DrawCommitted struct {
		Dialogue   DialogueID       `json:"dialogue"`
		Algorithm  Algorithm        `json:"algorithm"`
		Seed       Digest           `json:"seed"` // SHA-256 of the seed that DrawExecuted reveals
		Randomness PublicRandomness `json:"randomness"`
	}
	// DrawExecuted is the outcome of a draw. Round 1 is the first; later rounds replace people who left.
	DrawExecuted struct {
		Dialogue   DialogueID       `json:"dialogue"`
		Round      int              `json:"round"`
		Seed       Digest           `json:"seed"`       // the seed that was committed to, revealed
		Randomness Digest           `json:"randomness"` // the public value
		Selected   []ParticipantID  `json:"selected"`
		Quota      []DimensionCount `json:"quota"` // of all who are selected and have not left
		Attempts   int              `json:"attempts"`
		Leavers    []ParticipantID  `json:"leavers,omitempty"` // people who gave their seats back and are replaced
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
		Name             Commitment    `json:"name,omitempty"`
		Contact          Commitment    `json:"contact,omitempty"`
		Language         Lang          `json:"language"`
		Support          []Support     `json:"support"`
		Person           Digest        `json:"person,omitempty"` // blind hash of who it is; the participant's id derives from it
		OfAge            bool          `json:"ofAge,omitempty"`  // meets the age rule of the protocol
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
		Replaces    []ConsentScope `json:"replaces,omitempty"` // the scopes to which consent stood before
	}
	// ConsentWithdrawn takes consent back.
	ConsentWithdrawn struct {
		Participant ParticipantID    `json:"participant"`
		Dialogue    DialogueID       `json:"dialogue"`
		Scopes      []ConsentScope   `json:"scopes"`
		Effect      WithdrawalEffect `json:"effect"`
		Replaces    []ConsentScope   `json:"replaces,omitempty"` // the scopes to which consent stood before
	}
	// ParticipantCheckedIn says that a participant is in the room.
	ParticipantCheckedIn struct {
		Participant ParticipantID `json:"participant"`
		Dialogue    DialogueID    `json:"dialogue"`
		Chamber     Chamber       `json:"chamber"`
		Session     SessionID     `json:"session,omitempty"` // the session; absent: for the day as a whole
		By          string        `json:"by"`
		Again       bool          `json:"again,omitempty"` // the same person checked in for another session before
	}
	// PersonalDataErased says that openings are gone from the vault. The commitments stay.
	PersonalDataErased struct {
		Participant ParticipantID `json:"participant"`
		Dialogue    DialogueID    `json:"dialogue"`
		Fields      []string      `json:"fields"`
		RequestedAt Time          `json:"requestedAt"`
		LegalBasis  string        `json:"legalBasis"`
	}
)

// Table: who sits together, and what they write down.
type (
	// TableFormed seats a table, or seats it anew under the next revision.
	TableFormed struct {
		Dialogue    DialogueID      `json:"dialogue"`
		Table       TableID         `json:"table"`
		Session     SessionID       `json:"session,omitempty"` // the session; absent: for the day as a whole
		Chamber     Chamber         `json:"chamber"`
		Facilitator string          `json:"facilitator"`
		NoteTaker   string          `json:"noteTaker,omitempty"`
		Members     []ParticipantID `json:"members"`
		Revision    int             `json:"revision"`
		Waiver      *Waiver         `json:"waiver,omitempty"`   // why the table may be smaller or larger than the rule says
		Replaces    *Seating        `json:"replaces,omitempty"` // the seating of this table for the same session
	}
	// TableOutputRecorded is a worksheet of the table. Its words stand in the vault. All revisions are kept, the last one counts.
	TableOutputRecorded struct {
		Dialogue   DialogueID       `json:"dialogue"`
		Table      TableID          `json:"table"`
		Output     OutputID         `json:"output"`
		Session    SessionID        `json:"session"`
		Template   ArtefactRef      `json:"template"`
		Items      []OutputItem     `json:"items"`
		SheetImage Digest           `json:"sheetImage,omitempty"`
		Revision   int              `json:"revision"`
		By         string           `json:"by"`
		Replaces   map[ItemKind]int `json:"replaces,omitempty"` // how many items of each kind the revision before had
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
		Table     TableID     `json:"table,omitempty"`
		Issued    *CodeProof  `json:"issued,omitempty"` // with the first answer under a commitment: the pseudonym is one of those issued
		Replaces  *Answer     `json:"replaces,omitempty"`

		Device    DeviceKey       `json:"device,omitempty"`    // of which the pseudonym is
		Signature DeviceSignature `json:"signature,omitempty"` // by the device, of SignedText
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

// Tally: paper counted twice, and the agreement of everything that was counted.
type (
	// TallySheetRecorded is one clerk's count of the answers to one question, at one table or in the whole room.
	TallySheetRecorded struct {
		Dialogue DialogueID     `json:"dialogue"`
		Session  SessionID      `json:"session"`
		Wave     Wave           `json:"wave"`
		Question ArtefactRef    `json:"question"`
		Table    TableID        `json:"table,omitempty"`
		Entry    Entry          `json:"entry"`
		Counts   map[string]int `json:"counts"` // by cell, see Question.Cells
		Valid    int            `json:"valid"`
		Blank    int            `json:"blank"`
		Spoiled  int            `json:"spoiled"`
		Sheet    Digest         `json:"sheet"` // SHA-256 of the image of the sheet, as 64 hexadecimal digits
		Clerk    string         `json:"clerk"`
	}
	// TallyReconciled settles the numbers of one question: Ballots + Missing + Void = CheckedIn.
	TallyReconciled struct {
		Dialogue   DialogueID     `json:"dialogue"`
		Session    SessionID      `json:"session"`
		Wave       Wave           `json:"wave"`
		Question   ArtefactRef    `json:"question"`
		Source     TallySource    `json:"source"`
		CheckedIn  int            `json:"checkedIn"` // people, or tables where tables answer
		Issued     int            `json:"issued"`
		Ballots    int            `json:"ballots"`
		Missing    int            `json:"missing"`
		Void       int            `json:"void"`
		Counts     map[string]int `json:"counts"`
		Difference int            `json:"difference"` // cells in which sheets and ballots differ
		Resolution string         `json:"resolution,omitempty"`
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
		Guideline    ArtefactRef     `json:"guideline,omitempty"` // the guideline that has the reason code
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

func (DialogueRegistered) isEvent()    {}
func (QuotaPlanSet) isEvent()          {}
func (DialogueAuthorised) isEvent()    {}
func (SessionOpened) isEvent()         {}
func (SessionClosed) isEvent()         {}
func (DeviationReported) isEvent()     {}
func (DialogueCertified) isEvent()     {}
func (RecruitmentReported) isEvent()   {}
func (PoolSealed) isEvent()            {}
func (DrawCommitted) isEvent()         {}
func (DrawExecuted) isEvent()          {}
func (ParticipantRegistered) isEvent() {}
func (ConsentGiven) isEvent()          {}
func (ConsentWithdrawn) isEvent()      {}
func (ParticipantCheckedIn) isEvent()  {}
func (PersonalDataErased) isEvent()    {}
func (TableFormed) isEvent()           {}
func (TableOutputRecorded) isEvent()   {}
func (BallotCast) isEvent()            {}
func (BallotVoided) isEvent()          {}
func (TallySheetRecorded) isEvent()    {}
func (TallyReconciled) isEvent()       {}
func (StatementPosted) isEvent()       {}
func (StatementModerated) isEvent()    {}
func (StatementLinked) isEvent()       {}
func (ReactionCast) isEvent()          {}
