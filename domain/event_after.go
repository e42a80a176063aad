package domain

// Coding: what two people independently find in the same words.
type (
	// SegmentCoded gives codes to a segment. No codes at all say that the frame has none for it.
	SegmentCoded struct {
		Coding   CodingID     `json:"coding"`
		Segment  Segment      `json:"segment"`
		Frame    ArtefactRef  `json:"frame"`
		Codes    []string     `json:"codes"`
		Coder    string       `json:"coder"`
		Partner  PartnerID    `json:"partner"` // where the coder was trained
		Method   CodingMethod `json:"method"`
		Round    int          `json:"round"`
		Earlier  int          `json:"earlier,omitempty"`  // codings of the segment by the same frame before this one
		Agreed   []string     `json:"agreed,omitempty"`   // codes on which the coders agree now, see Coding.Agreed
		Replaces []string     `json:"replaces,omitempty"` // codes on which they agreed before
	}
	// CodingAdjudicated settles what the coders see differently.
	CodingAdjudicated struct {
		Coding      CodingID    `json:"coding"`
		Frame       ArtefactRef `json:"frame"`
		Round       int         `json:"round"`
		Codes       []string    `json:"codes"`
		Basis       []Ref       `json:"basis"` // the codings, as versions of this stream
		Adjudicator string      `json:"adjudicator"`
		Replaces    []string    `json:"replaces,omitempty"` // codes on which the coders agreed
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
	// RecommendationRevised is the next version of the words, the sources, or both.
	RecommendationRevised struct {
		Recommendation RecommendationID `json:"recommendation"`
		Version        int              `json:"version"`
		Text           LText            `json:"text"`
		SourcesAdded   []Source         `json:"sourcesAdded"`
		SourcesRemoved []Source         `json:"sourcesRemoved"`
		Rationale      string           `json:"rationale"`
		Editor         string           `json:"editor"`
	}
	// EndorsementOpened calls the chambers to vote on one version.
	EndorsementOpened struct {
		Recommendation RecommendationID `json:"recommendation"`
		Version        int              `json:"version"`
		Chambers       []ChamberRule    `json:"chambers"`
		Question       ArtefactRef      `json:"question,omitempty"` // one for all chambers that vote in a session
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
		DissentOffered bool             `json:"dissentOffered,omitempty"` // who voted no was asked for words, whether or not they gave any
		DecidedBy      string           `json:"decidedBy"`
		Replaces       Outcome          `json:"replaces,omitempty"` // a decision to defer
	}
	// RecommendationSuperseded says which recommendations stand in place of this one.
	RecommendationSuperseded struct {
		Recommendation RecommendationID   `json:"recommendation"`
		By             []RecommendationID `json:"by"`
		Relation       Supersession       `json:"relation"`
		Reason         string             `json:"reason"`
	}
)

// Synthesis: from the recommendations of all countries to those of the world.
type (
	// SynthesisCompleted accounts for every recommendation that went in: an output stands on it, or it is listed as unused with a reason.
	SynthesisCompleted struct {
		Edition   EditionID          `json:"edition"`
		Inputs    SynthesisInputs    `json:"inputs"`
		Outputs   []RecommendationID `json:"outputs"`
		Unused    []Unused           `json:"unused"`
		Method    ArtefactRef        `json:"method"`
		Editors   []string           `json:"editors"`
		Reviewers []string           `json:"reviewers"`
	}
)

// Submission: to whom a recommendation was handed, and what became of it.
type (
	// RecommendationSubmitted hands an adopted recommendation to a decision-maker.
	RecommendationSubmitted struct {
		Submission       SubmissionID     `json:"submission"`
		Recommendation   Ref              `json:"recommendation"`
		RecommendationID RecommendationID `json:"recommendationId"` // whose stream Recommendation names
		Addressee        Addressee        `json:"addressee"`
		Channel          string           `json:"channel"`
		Documents        []Digest         `json:"documents"`
		SubmittedAt      Time             `json:"submittedAt"`
		ExpectedBy       Time             `json:"expectedBy,omitempty"`  // absent: no answer was asked for by a date
		Publication      PublicationID    `json:"publication,omitempty"` // the publication that has the text
		EmbargoUntil     Time             `json:"embargoUntil,omitempty"`
	}
	// ResponseReceived is what the addressee says.
	ResponseReceived struct {
		Submission       SubmissionID     `json:"submission"`
		RecommendationID RecommendationID `json:"recommendationId"` // the recommendation of the submission
		Kind             ResponseKind     `json:"kind"`
		Text             LText            `json:"text"`
		At               Time             `json:"at"`
		Evidence         Document         `json:"evidence,omitempty"`
		Official         string           `json:"official"` // the office, not the person
	}
	// FollowUpReported says how far it has come. Reports of different sources may disagree; all are kept.
	FollowUpReported struct {
		Submission       SubmissionID     `json:"submission"`
		RecommendationID RecommendationID `json:"recommendationId"` // the recommendation of the submission
		Status           FollowUpStatus   `json:"status"`
		Progress         int              `json:"progress"` // how far it has come, 0 to 100
		Evidence         Document         `json:"evidence,omitempty"`
		Reporter         string           `json:"reporter"`
		Source           FollowUpSource   `json:"source"`
		At               Time             `json:"at"`
	}
)

// Publication: what was made public, and what was corrected in it.
type (
	// PublicationReleased makes files public.
	PublicationReleased struct {
		Publication     PublicationID      `json:"publication"`
		Edition         EditionID          `json:"edition"`
		Kind            PublicationKind    `json:"kind"`
		Dialogue        DialogueID         `json:"dialogue,omitempty"`        // of a national report: its dialogue
		Recommendations []RecommendationID `json:"recommendations,omitempty"` // recommendations whose text it has
		Files           []ReleasedFile     `json:"files"`
		LedgerPosition  uint64             `json:"ledgerPosition"`
		Views           map[string]int     `json:"views,omitempty"` // the versions of the views that data come from
		Licence         string             `json:"licence"`
		EmbargoUntil    Time               `json:"embargoUntil,omitempty"`
		DisclosureCheck DisclosureCheck    `json:"disclosureCheck,omitempty"`
		Notified        int                `json:"notified,omitempty"` // participants who were told; absent: nobody
	}
	// PublicationCorrected brings other files. The first ones stay where they are.
	PublicationCorrected struct {
		Publication PublicationID  `json:"publication"`
		Files       []ReleasedFile `json:"files"`
		Erratum     LText          `json:"erratum"`
		Affected    []string       `json:"affected"`
		Reason      string         `json:"reason"`
	}
)

// Audit: what somebody from outside found.
type (
	// AuditFindingRaised says what is wrong, and where.
	AuditFindingRaised struct {
		Edition     EditionID    `json:"edition"`
		Finding     FindingID    `json:"finding"`
		Severity    Severity     `json:"severity"`
		Rule        string       `json:"rule"`
		Scope       []Ref        `json:"scope"`
		Dialogues   []DialogueID `json:"dialogues"` // that the scope belongs to
		Description LText        `json:"description"`
		Auditor     string       `json:"auditor"`
		Partner     PartnerID    `json:"partner"`
	}
	// AuditFindingResolved settles a finding, to the satisfaction of an auditor.
	AuditFindingResolved struct {
		Edition    EditionID `json:"edition"`
		Finding    FindingID `json:"finding"`
		Resolution LText     `json:"resolution"`
		Evidence   []Ref     `json:"evidence"`
		AcceptedBy string    `json:"acceptedBy"`
		Partner    PartnerID `json:"partner"` // the partner of who accepted it
	}
)

// Erasure: words that are gone, wherever they were said. What participants told at their registration goes with PersonalDataErased, too.
type (
	// WordsErased says that the opening of one commitment is gone from the vault. The commitment stays.
	WordsErased struct {
		Event       EventID `json:"event"` // that bears the commitment
		Field       string  `json:"field"`
		In          Ref     `json:"in"` // where the event stands: it is the last one of this version of its stream
		RequestedAt Time    `json:"requestedAt"`
		LegalBasis  string  `json:"legalBasis"`
		By          string  `json:"by"`
	}
)

// Views: what all documents come to.
type (
	// ViewsCommitted holds the documents of all views to what the first Size records of the ledger make of them.
	ViewsCommitted struct {
		Size  uint64     `json:"size"`
		Views []ViewRoot `json:"views"` // a root for each view, by name
	}
	// ViewRoot is the tree over the documents of one view. Its version names the code that makes them.
	ViewRoot struct {
		View    string `json:"view"`
		Version int    `json:"version"`
		Count   int    `json:"count"` // how many documents the view has
		Root    Digest `json:"root"`  // root over its documents; docs/view-roots.md has the form
	}
)

// Import: where events from elsewhere come from.
type (
	// ImportRecorded stands before the events that it brings; they all name it as their causation.
	ImportRecorded struct {
		Import       ImportID       `json:"import"`
		Source       ImportSource   `json:"source"`
		Mapping      Mapping        `json:"mapping"`
		Read         map[string]int `json:"read"`    // rows that were read, by kind
		Written      int            `json:"written"` // events that follow from this one
		Skipped      map[string]int `json:"skipped"` // rows that were left out, by reason
		Conversation ConversationID `json:"conversation"`
		Streams      int            `json:"streams"` // how many streams the events go to
		Synthetic    bool           `json:"synthetic"`
	}
)

func (SegmentCoded) isEvent()             {}
func (CodingAdjudicated) isEvent()        {}
func (RecommendationDrafted) isEvent()    {}
func (RecommendationRevised) isEvent()    {}
func (EndorsementOpened) isEvent()        {}
func (EndorsementClosed) isEvent()        {}
func (RecommendationDecided) isEvent()    {}
func (RecommendationSuperseded) isEvent() {}
func (SynthesisCompleted) isEvent()       {}
func (RecommendationSubmitted) isEvent()  {}
func (ResponseReceived) isEvent()         {}
func (FollowUpReported) isEvent()         {}
func (PublicationReleased) isEvent()      {}
func (PublicationCorrected) isEvent()     {}
func (AuditFindingRaised) isEvent()       {}
func (AuditFindingResolved) isEvent()     {}
func (WordsErased) isEvent()              {}
func (ViewsCommitted) isEvent()           {}
func (ImportRecorded) isEvent()           {}
