// Package domain is the vocabulary of a deliberation: what may happen, what has happened, and which decisions follow. It is pure: no clock, no
// chance, no input or output. event.go (before the day), event_day.go (the day) and event_after.go (what follows from it) are everything that can
// happen, a family at a time; the file of a family holds its stream, its state and its decisions.
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
		Synthetic      bool      `json:"synthetic,omitempty"` // simulated: nobody said or did any of it
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
		PlannedMinutes int          `json:"plannedMinutes"` // how long it is planned to take, in minutes; 0: without a set end
	}
	// ProtocolFrozen fixes every parameter that gives the numbers their meaning.
	ProtocolFrozen struct {
		Edition          EditionID        `json:"edition"`
		MethodVersion    int              `json:"methodVersion"`
		AnalysisPlan     Document         `json:"analysisPlan"`
		PlanArtefact     ArtefactRef      `json:"planArtefact,omitempty"` // the approved artefact whose content the plan is
		Weighting        Weighting        `json:"weighting"`
		Suppression      Suppression      `json:"suppression"`
		RankScoring      RankScoring      `json:"rankScoring"`
		OpinionAlgorithm Algorithm        `json:"opinionAlgorithm"`
		Thresholds       map[string]Ratio `json:"thresholds"`
		CodingPlan       Document         `json:"codingPlan"`
		ReviewQuorum     int              `json:"reviewQuorum"`
		Measures         *MeasurePlan     `json:"measures,omitempty"`
	}
)

// Partner: who carries an edition, in which roles, with which interests and which training.
type (
	// PartnerAdmitted takes an organisation into the coalition of an edition.
	PartnerAdmitted struct {
		Edition   EditionID   `json:"edition"`
		Partner   PartnerID   `json:"partner"`
		Name      string      `json:"name"` // of the organisation, which is public
		Kind      PartnerKind `json:"kind"`
		Roles     []Role      `json:"roles"`
		Place     Place       `json:"place,omitempty"` // the country of a national partner
		Agreement Digest      `json:"agreement"`
		ValidFrom Date        `json:"validFrom"`
		ValidTo   Date        `json:"validTo,omitempty"`  // absent: without a set end
		Succeeds  PartnerID   `json:"succeeds,omitempty"` // the national partner of the place, until that one hands its dialogues on
	}
	// InterestDeclared says what somebody has at stake. The last declaration of a person counts.
	InterestDeclared struct {
		Edition   EditionID     `json:"edition"`
		Partner   PartnerID     `json:"partner"`
		Person    string        `json:"person"` // whose interest it is, by principal
		Statement LText         `json:"statement"`
		Topics    []TopicID     `json:"topics"` // topics that it is about; none: all of them
		Level     InterestLevel `json:"level"`
	}
	// TrainingCompleted says that somebody was trained for a role.
	TrainingCompleted struct {
		Edition EditionID   `json:"edition"`
		Partner PartnerID   `json:"partner"`
		Trainee string      `json:"trainee"`
		Role    Role        `json:"role"`
		Module  ArtefactRef `json:"module"`
		Score   *Ratio      `json:"score,omitempty"` // absent: not tested
		Trainer string      `json:"trainer"`
		ValidTo Date        `json:"validTo,omitempty"`
	}
	// PartnershipEnded takes a partner out of the coalition.
	PartnershipEnded struct {
		Edition     EditionID `json:"edition"`
		Partner     PartnerID `json:"partner"`
		Reason      string    `json:"reason"`
		EffectiveAt Time      `json:"effectiveAt"`
		ReassignTo  PartnerID `json:"reassignTo,omitempty"` // who takes over its dialogues
	}
)

// Artefact: what is put before people, in versions that never change.
type (
	// ArtefactVersionAdded brings a new version of an artefact.
	ArtefactVersionAdded struct {
		Artefact      ArtefactID   `json:"artefact"`
		Version       int          `json:"version"`
		Kind          ArtefactKind `json:"kind"`
		Question      *Question    `json:"question,omitempty"` // of an artefact of kind question: what is asked
		Codes         []Code       `json:"codes,omitempty"`    // of kind codingFrame, and the reason codes of a guide
		Body          LText        `json:"body,omitempty"`     // of the other kinds, where the text is short enough to stand here
		SourceLang    Lang         `json:"sourceLang"`
		Content       Digest       `json:"content"`
		URI           string       `json:"uri,omitempty"`
		ChangeNote    string       `json:"changeNote,omitempty"`
		WordingLocked bool         `json:"wordingLocked"`
		Author        string       `json:"author"`
	}
	// ReviewRecorded is one reviewer's verdict on one version. The last one of a reviewer counts.
	ReviewRecorded struct {
		Artefact ArtefactID     `json:"artefact"`
		Version  int            `json:"version"`
		Reviewer string         `json:"reviewer"`
		Partner  PartnerID      `json:"partner"` // on whose behalf, and where the reviewer's interests are declared
		Kind     ReviewKind     `json:"kind"`
		Verdict  Verdict        `json:"verdict"`
		Scores   map[string]int `json:"scores,omitempty"` // points of the reviewer, 1 to 5, by criterion
		Comment  LText          `json:"comment,omitempty"`
		Place    Place          `json:"place,omitempty"` // the country where a focus group met
		Replaces *Reviewed      `json:"replaces,omitempty"`
	}
	// ArtefactApproved lets a version be used.
	ArtefactApproved struct {
		Artefact  ArtefactID `json:"artefact"`
		Version   int        `json:"version"`
		Approvals []string   `json:"approvals"` // the committee's reviewers who approve
		Quorum    int        `json:"quorum"`
	}
	// TranslationSubmitted brings a version into another language.
	TranslationSubmitted struct {
		Artefact   ArtefactID        `json:"artefact"`
		Version    int               `json:"version"`
		Lang       Lang              `json:"lang"`
		Translator string            `json:"translator"`
		Question   *QuestionWords    `json:"question,omitempty"` // of a question: its words
		Codes      map[string]string `json:"codes,omitempty"`    // of a coding frame: the labels of its codes
		Body       string            `json:"body,omitempty"`     // of artefacts of other kinds: the digest of the text
		Content    Digest            `json:"content"`
		URI        string            `json:"uri,omitempty"`
		Method     TranslationMethod `json:"method"`
	}
	// TranslationVerified lets a translation be used.
	TranslationVerified struct {
		Artefact    ArtefactID         `json:"artefact"`
		Version     int                `json:"version"`
		Lang        Lang               `json:"lang"`
		Translation Digest             `json:"translation"`
		Verifier    string             `json:"verifier"`
		Method      VerificationMethod `json:"method"`
		Issues      int                `json:"issues"` // issues that were found and settled
	}
	// ArtefactWithdrawn takes a version out of use. Answers that were given to it stay bound to it.
	ArtefactWithdrawn struct {
		Artefact   ArtefactID  `json:"artefact"`
		Version    int         `json:"version"`
		Reason     string      `json:"reason"`
		ReplacedBy ArtefactRef `json:"replacedBy,omitempty"`
	}
)

func (EditionOpened) isEvent()        {}
func (MilestoneScheduled) isEvent()   {}
func (MilestoneReached) isEvent()     {}
func (TopicAdded) isEvent()           {}
func (SessionDefined) isEvent()       {}
func (ProtocolFrozen) isEvent()       {}
func (PartnerAdmitted) isEvent()      {}
func (InterestDeclared) isEvent()     {}
func (TrainingCompleted) isEvent()    {}
func (PartnershipEnded) isEvent()     {}
func (ArtefactVersionAdded) isEvent() {}
func (ReviewRecorded) isEvent()       {}
func (ArtefactApproved) isEvent()     {}
func (TranslationSubmitted) isEvent() {}
func (TranslationVerified) isEvent()  {}
func (ArtefactWithdrawn) isEvent()    {}
