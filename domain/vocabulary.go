package domain

// The closed vocabularies of the events. Each word stands on the wire as it is written here.

// Phase is a part of an edition's life.
type Phase string

// The phases, in their order.
const (
	CoalitionPhase    Phase = "coalition"
	DesignPhase       Phase = "design"
	OnboardingPhase   Phase = "onboarding"
	RecruitmentPhase  Phase = "recruitment"
	DeliberationPhase Phase = "deliberation"
	AnalysisPhase     Phase = "analysis"
	SubmissionPhase   Phase = "submission"
	FollowUpPhase     Phase = "followUp"
	EvaluationPhase   Phase = "evaluation"
)

var phases = []Phase{CoalitionPhase, DesignPhase, OnboardingPhase, RecruitmentPhase, DeliberationPhase, AnalysisPhase, SubmissionPhase, FollowUpPhase, EvaluationPhase}

// Scope says whether a topic belongs to all dialogues or to one.
type Scope string

// The scopes.
const (
	GlobalScope   Scope = "global"
	NationalScope Scope = "national"
)

// SessionKind is what a session is for.
type SessionKind string

// The kinds of sessions.
const (
	WelcomeSession        SessionKind = "welcome"
	ThematicSession       SessionKind = "thematic"
	NationalSession       SessionKind = "national"
	StakeholderSession    SessionKind = "stakeholder"
	JointSession          SessionKind = "joint"
	RecommendationSession SessionKind = "recommendation"
	ClosingSession        SessionKind = "closing"
)

var sessionKinds = setOf(WelcomeSession, ThematicSession, NationalSession, StakeholderSession, JointSession, RecommendationSession, ClosingSession)

// Chamber is who sits together.
type Chamber string

// The chambers.
const (
	CitizenChamber     Chamber = "citizen"
	StakeholderChamber Chamber = "stakeholder"
	JointChamber       Chamber = "joint"
)

var chambers = setOf(CitizenChamber, StakeholderChamber, JointChamber)

// Wave says when in a dialogue a question is asked.
type Wave string

// The waves.
const (
	ProfileWave     Wave = "profile"
	PreWave         Wave = "pre"
	SessionWave     Wave = "session"
	PostWave        Wave = "post"
	EvaluationWave  Wave = "evaluation"
	EndorsementWave Wave = "endorsement"
)

var waves = setOf(ProfileWave, PreWave, SessionWave, PostWave, EvaluationWave, EndorsementWave)

// RankScoring turns rankings into points.
type RankScoring string

// The scorings.
const (
	LengthBorda  RankScoring = "lengthBorda"
	FixedBorda   RankScoring = "fixedBorda"
	AverageBorda RankScoring = "avgBorda"
)

var rankScorings = setOf(LengthBorda, FixedBorda, AverageBorda)

// Weighting names the estimates of an edition and the population that they weigh by.
type Weighting struct {
	Schemes         []string `json:"schemes"`
	PopulationTable Digest   `json:"populationTable,omitempty"`
}

// Suppression is the rule by which small cells are hidden.
type Suppression struct {
	MinBase int `json:"minBase"`
	MinCell int `json:"minCell"`
}

// Algorithm is a computation by name, version and parameters.
type Algorithm struct {
	Name    string            `json:"name"`
	Version string            `json:"version"`
	Params  map[string]string `json:"params"`
}

// ArtefactKind is what an artefact is.
type ArtefactKind string

// The kinds of artefacts.
const (
	QuestionArtefact      ArtefactKind = "question"
	QuestionnaireArtefact ArtefactKind = "questionnaire"
	MaterialArtefact      ArtefactKind = "material"
	ScriptArtefact        ArtefactKind = "script"
	WorksheetArtefact     ArtefactKind = "worksheet"
	ConsentTextArtefact   ArtefactKind = "consentText"
	CodingFrameArtefact   ArtefactKind = "codingFrame"
	GuideArtefact         ArtefactKind = "guide"
	TemplateArtefact      ArtefactKind = "recommendationTemplate"
	PlanArtefact          ArtefactKind = "analysisPlan"
)

var artefactKinds = setOf(QuestionArtefact, QuestionnaireArtefact, MaterialArtefact, ScriptArtefact, WorksheetArtefact, ConsentTextArtefact, CodingFrameArtefact, GuideArtefact, TemplateArtefact, PlanArtefact)

// ArtefactRef is one version of an artefact.
type ArtefactRef struct {
	ID      ArtefactID `json:"id"`
	Version int        `json:"version"`
}

// Instrument is an artefact and the wave in which it is used.
type Instrument struct {
	Artefact ArtefactRef `json:"artefact"`
	Wave     Wave        `json:"wave"`
}

// Mode is where a dialogue takes place.
type Mode string

// The modes.
const (
	RoomMode   Mode = "room"
	OnlineMode Mode = "online"
	HybridMode Mode = "hybrid"
)

var modes = setOf(RoomMode, OnlineMode, HybridMode)

// SampleType is how people came to take part. Numbers of different sample types are never added.
type SampleType string

// The sample types.
const (
	Sortition         SampleType = "sortition"
	Quota             SampleType = "quota"
	StakeholderSample SampleType = "stakeholder"
	OpenOnline        SampleType = "openOnline"
)

var sampleTypes = setOf(Sortition, Quota, StakeholderSample, OpenOnline)

// QuotaDimension is one dimension of a quota plan, for example age.
type QuotaDimension struct {
	Name   string    `json:"name"`
	Strata []Stratum `json:"strata"`
}

// Stratum is a part of the population: its share, and how many seats it gets at least and at most.
type Stratum struct {
	ID              string `json:"id"`
	Label           string `json:"label"`
	PopulationShare Ratio  `json:"populationShare"`
	Min             int    `json:"min"`
	Max             int    `json:"max"`
}

// Waiver lifts a rule for one dialogue.
type Waiver struct {
	Rule       string `json:"rule"`
	Reason     string `json:"reason"`
	ApprovedBy string `json:"approvedBy"`
}

// Severity is how far a deviation goes.
type Severity string

// The severities.
const (
	Minor Severity = "minor"
	Major Severity = "major"
)

// Route is how a participant came in.
type Route string

// The routes.
const (
	Drawn             Route = "drawn"
	QuotaRoute        Route = "quota"
	StakeholderInvite Route = "stakeholderInvite"
	OpenOnlineRoute   Route = "openOnline"
)

var routes = setOf(Drawn, QuotaRoute, StakeholderInvite, OpenOnlineRoute)

// Support is help that was offered to a participant.
type Support string

// The kinds of support.
const (
	Pay         Support = "pay"
	Travel      Support = "travel"
	Care        Support = "care"
	Interpreter Support = "interpreter"
	Equipment   Support = "equipment"
)

var supports = setOf(Pay, Travel, Care, Interpreter, Equipment)

// ConsentScope is a thing that one can consent to.
type ConsentScope string

// The scopes of consent.
const (
	Participate ConsentScope = "participate"
	DataUse     ConsentScope = "dataUse"
	Recording   ConsentScope = "recording"
	Quotes      ConsentScope = "quotes"
	Contact     ConsentScope = "contact"
)

var consentScopes = setOf(Participate, DataUse, Recording, Quotes, Contact)

// ConsentMethod is how consent was given.
type ConsentMethod string

// The methods.
const (
	OnPaper  ConsentMethod = "paper"
	OnScreen ConsentMethod = "online"
	Spoken   ConsentMethod = "spoken"
)

var consentMethods = setOf(OnPaper, OnScreen, Spoken)

// WithdrawalEffect is what a withdrawal does.
type WithdrawalEffect string

// The effects.
const (
	StopFuture      WithdrawalEffect = "stopFuture"
	VoidOpenBallots WithdrawalEffect = "voidOpenBallots"
)

// Channel is the way by which an answer came.
type Channel string

// The channels.
const (
	AppChannel    Channel = "app"
	PaperChannel  Channel = "paper"
	OnlineChannel Channel = "online"
	ImportChannel Channel = "import"
)

var channels = setOf(AppChannel, PaperChannel, OnlineChannel, ImportChannel)

// VoidReason is why a ballot does not count.
type VoidReason string

// The reasons.
const (
	Withdrawal     VoidReason = "withdrawal"
	DuplicateSheet VoidReason = "duplicateSheet"
	Illegible      VoidReason = "illegible"
	Ineligible     VoidReason = "ineligible"
)

var voidReasons = setOf(Withdrawal, DuplicateSheet, Illegible, Ineligible)

// StatementKind is what a statement is to its conversation.
type StatementKind string

// The kinds of statements.
const (
	PlainStatement   StatementKind = "statement"
	ArgumentFor      StatementKind = "argumentFor"
	ArgumentAgainst  StatementKind = "argumentAgainst"
	Reply            StatementKind = "reply"
	QuestionToOthers StatementKind = "question"
)

var statementKinds = setOf(PlainStatement, ArgumentFor, ArgumentAgainst, Reply, QuestionToOthers)

// Moderation is a moderator's decision.
type Moderation string

// The decisions.
const (
	Accept  Moderation = "accept"
	Refuse  Moderation = "reject"
	Hide    Moderation = "hide"
	Restore Moderation = "restore"
)

// StatementStatus is what moderation has made of a statement. The empty status is undecided.
type StatementStatus string

// The statuses.
const (
	Undecided StatementStatus = ""
	Accepted  StatementStatus = "accepted"
	Rejected  StatementStatus = "rejected"
	Hidden    StatementStatus = "hidden"
)

// Words are all that a StatementStatus may be.
func (StatementStatus) Words() []string {
	return []string{string(Undecided), string(Accepted), string(Rejected), string(Hidden)}
}

// Status is what a decision leads to.
func (m Moderation) Status() (StatementStatus, bool) {
	switch m {
	case Accept, Restore:
		return Accepted, true
	case Refuse:
		return Rejected, true
	case Hide:
		return Hidden, true
	}
	return Undecided, false
}

// StatementRelation is how a statement relates to another.
type StatementRelation string

// The relations.
const (
	SplitFrom     StatementRelation = "splitFrom"
	MergedInto    StatementRelation = "mergedInto"
	RewordedFrom  StatementRelation = "rewordedFrom"
	TranslationOf StatementRelation = "translationOf"
	DuplicateOf   StatementRelation = "duplicateOf"
)

var statementRelations = setOf(SplitFrom, MergedInto, RewordedFrom, TranslationOf, DuplicateOf)

// ReactionValue is a vote on a statement.
type ReactionValue string

// The values.
const (
	Agree    ReactionValue = "agree"
	Disagree ReactionValue = "disagree"
	Pass     ReactionValue = "pass"
)

var reactionValues = setOf(Agree, Disagree, Pass)

// Level is where a recommendation was made.
type Level string

// The levels, from below.
const (
	TableLevel    Level = "table"
	NationalLevel Level = "national"
	GlobalLevel   Level = "global"
)

var levels = setOf(TableLevel, NationalLevel, GlobalLevel)

// Body is who recommends.
type Body string

// The bodies.
const (
	Citizens     Body = "citizens"
	Stakeholders Body = "stakeholders"
	Joint        Body = "joint"
)

var bodies = setOf(Citizens, Stakeholders, Joint)

// RecommendationKind is what a recommendation is.
type RecommendationKind string

// The kinds of recommendations.
const (
	PlainRecommendation RecommendationKind = "recommendation"
	Vision              RecommendationKind = "vision"
	CoreRecommendation  RecommendationKind = "coreRecommendation"
	ActionPoint         RecommendationKind = "actionPoint"
)

var recommendationKinds = setOf(PlainRecommendation, Vision, CoreRecommendation, ActionPoint)

// Source is something that a recommendation stands on, as it stood then.
type Source struct {
	Ref  Ref        `json:"ref"`
	Role SourceRole `json:"role"`
}

// SourceRole is what a source is to a recommendation.
type SourceRole string

// The roles of sources.
const (
	Basis        SourceRole = "basis"
	SupportRole  SourceRole = "support"
	ContrastRole SourceRole = "contrast"
	QuoteRole    SourceRole = "quote"
)

var sourceRoles = setOf(Basis, SupportRole, ContrastRole, QuoteRole)

// ChamberRule is what one chamber must reach.
type ChamberRule struct {
	Chamber    Chamber   `json:"chamber"`
	Electorate string    `json:"electorate"`        // CheckedIn, or the named partners in words
	Threshold  Ratio     `json:"threshold"`         // yes / (yes + no) must reach it
	Quorum     Ratio     `json:"quorum"`            // cast / eligible must reach it
	Session    SessionID `json:"session,omitempty"` // of the chamber, in which those who checked in vote
}

// ChamberCount is what one chamber said. Cast = Yes + No + Abstain.
type ChamberCount struct {
	Chamber  Chamber `json:"chamber"`
	Eligible int     `json:"eligible"`
	Cast     int     `json:"cast"`
	Yes      int     `json:"yes"`
	No       int     `json:"no"`
	Abstain  int     `json:"abstain"`
}

// Outcome is how a recommendation was decided.
type Outcome string

// The outcomes.
const (
	Adopted   Outcome = "adopted"
	TurnedOut Outcome = "rejected"
	Deferred  Outcome = "deferred"
)

var outcomes = setOf(Adopted, TurnedOut, Deferred)

// Dissent is what the outvoted want to have on record.
type Dissent struct {
	Text       LText `json:"text"`
	Supporters int   `json:"supporters"`
}

// ImportSource is where imported data were taken from.
type ImportSource struct {
	Name        string `json:"name"`
	URI         string `json:"uri,omitempty"`
	Commit      string `json:"commit,omitempty"`
	RetrievedAt Time   `json:"retrievedAt,omitempty"`
	Digest      Digest `json:"digest"`
	Licence     string `json:"licence,omitempty"`
}

// Mapping is the rule set by which rows became events.
type Mapping struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
}

func oneOf[T ~string](what string, v T, known map[T]bool) error {
	if !known[v] {
		return reject(ErrInvalidField, "%s %q is not known", what, v)
	}
	return nil
}
