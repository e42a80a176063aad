package domain

// The vocabularies of the process around the votes: partners, artefacts, sortition, tables, tallies, coding, synthesis and what follows.

// PartnerKind is what sort of organisation a partner is.
type PartnerKind string

// The kinds of partners.
const (
	InternationalOrganisation PartnerKind = "IO"
	Government                PartnerKind = "government"
	CivilSociety              PartnerKind = "civilSociety"
	PrivateSector             PartnerKind = "privateSector"
	Academia                  PartnerKind = "academia"
	OtherPartner              PartnerKind = "other"
)

var partnerKinds = setOf(InternationalOrganisation, Government, CivilSociety, PrivateSector, Academia, OtherPartner)

// InterestLevel is how much somebody has at stake.
type InterestLevel string

// The levels.
const (
	NoInterest       InterestLevel = "none"
	IndirectInterest InterestLevel = "indirect"
	DirectInterest   InterestLevel = "direct"
)

var interestLevels = setOf(NoInterest, IndirectInterest, DirectInterest)

// ReviewKind is what a review looks at.
type ReviewKind string

// The kinds of reviews.
const (
	CommitteeReview     ReviewKind = "committee"
	FocusGroupReview    ReviewKind = "focusGroup"
	LegalReview         ReviewKind = "legal"
	AccessibilityReview ReviewKind = "accessibility"
)

var reviewKinds = setOf(CommitteeReview, FocusGroupReview, LegalReview, AccessibilityReview)

// Verdict is what a review comes to.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve"
	Revise  Verdict = "revise"
	Block   Verdict = "block"
)

var verdicts = setOf(Approve, Revise, Block)

// Reviewed is what an earlier review by the same reviewer said, as far as counts need it.
type Reviewed struct {
	Kind    ReviewKind     `json:"kind"`
	Verdict Verdict        `json:"verdict"`
	Scores  map[string]int `json:"scores,omitempty"`
}

// TranslationMethod is how a translation was made.
type TranslationMethod string

// The methods.
const (
	HumanTranslation   TranslationMethod = "human"
	MachineTranslation TranslationMethod = "machine"
	MachineEdited      TranslationMethod = "machine+edit"
)

var translationMethods = setOf(HumanTranslation, MachineTranslation, MachineEdited)

// VerificationMethod is how a translation was verified.
type VerificationMethod string

// The methods.
const (
	IndependentReading VerificationMethod = "independent"
	BackTranslation    VerificationMethod = "backTranslation"
)

var verificationMethods = setOf(IndependentReading, BackTranslation)

// Code is one entry of a coding frame or of a guideline.
type Code struct {
	ID    string `json:"id"`
	Label LText  `json:"label"`
}

// Recruitment counts people on their way into a pool: Accepted <= Reached <= Invited.
type Recruitment struct {
	Invited    int `json:"invited"`
	Reached    int `json:"reached"`
	Refused    int `json:"refused"`
	Ineligible int `json:"ineligible"`
	Accepted   int `json:"accepted"`
}

// DimensionCount counts people by the strata of one quota dimension.
type DimensionCount struct {
	Name   string         `json:"name"`
	Strata map[string]int `json:"strata"`
}

// PublicRandomness is a value that nobody knows before a set time, for example a round of a beacon.
type PublicRandomness struct {
	Source string `json:"source"`
	Round  int    `json:"round"`
	At     Time   `json:"at"`
}

// Seating is what an earlier TableFormed of the same table and session said, as far as counts need it.
type Seating struct {
	Size int `json:"size"`
}

// OutputItem is one line of a worksheet.
type OutputItem struct {
	Item string     `json:"item"`
	Kind ItemKind   `json:"kind"`
	Text Commitment `json:"text"`
	Lang Lang       `json:"lang"`
	Rank int        `json:"rank,omitempty"` // of a ranked choice, from 1
}

// ItemKind is what a line of a worksheet is.
type ItemKind string

// The kinds of items.
const (
	Idea               ItemKind = "idea"
	ForItem            ItemKind = "argumentFor"
	AgainstItem        ItemKind = "argumentAgainst"
	RankedChoice       ItemKind = "rankedChoice"
	RecommendationItem ItemKind = "recommendation"
	Disagreement       ItemKind = "disagreement"
	QuoteItem          ItemKind = "quote"
)

var itemKinds = setOf(Idea, ForItem, AgainstItem, RankedChoice, RecommendationItem, Disagreement, QuoteItem)

// Entry says which of the independent counts of one sheet this is. The third one decides where the first two differ.
type Entry string

// The entries.
const (
	EntryA Entry = "A"
	EntryB Entry = "B"
	EntryC Entry = "C"
)

var entries = setOf(EntryA, EntryB, EntryC)

// TallySource is what the numbers of a question were taken from.
type TallySource string

// The sources.
const (
	FromBallots TallySource = "ballots"
	FromSheets  TallySource = "sheets"
)

var tallySources = setOf(FromBallots, FromSheets)

// Segment is a piece of somebody's words: characters Start to End of one item, answer or statement.
type Segment struct {
	Source Ref    `json:"source"`
	Item   string `json:"item,omitempty"` // the item of a worksheet
	Start  int    `json:"start"`
	End    int    `json:"end"`
}

// CodingMethod is who found the codes. A machine only ever suggests.
type CodingMethod string

// The methods.
const (
	HumanCoding      CodingMethod = "human"
	MachineSuggested CodingMethod = "machineSuggested"
)

var codingMethods = setOf(HumanCoding, MachineSuggested)

// Supersession is how other recommendations stand in place of one.
type Supersession string

// The relations.
const (
	Merged   Supersession = "merged"
	Split    Supersession = "split"
	Replaced Supersession = "replaced"
)

var supersessions = setOf(Merged, Split, Replaced)

// SynthesisInputs are what a synthesis looked at, as it stood then.
type SynthesisInputs struct {
	Recommendations []Ref `json:"recommendations"`
	Codings         []Ref `json:"codings"`
	Results         []Ref `json:"results"` // reconciled tallies that went in
}

// Unused are the recommendations that no output stands on for one reason. They stand together, and not as Refs, so that even a synthesis that uses
// little fits a record.
type Unused struct {
	ReasonCode      string             `json:"reasonCode"`
	Recommendations []RecommendationID `json:"recommendations"`
}

// Addressee is the decision-maker to whom a recommendation is handed.
type Addressee struct {
	Name  string      `json:"name"` // the name of the institution
	Kind  PartnerKind `json:"kind"`
	Place Place       `json:"place,omitempty"`
}

// ResponseKind is what a response amounts to.
type ResponseKind string

// The kinds of responses.
const (
	Acknowledgement     ResponseKind = "acknowledgement"
	SubstantiveResponse ResponseKind = "substantive"
	RejectionResponse   ResponseKind = "rejection"
	AdoptionResponse    ResponseKind = "adoption"
)

var responseKinds = setOf(Acknowledgement, SubstantiveResponse, RejectionResponse, AdoptionResponse)

// FollowUpStatus is how far a recommendation has come.
type FollowUpStatus string

// The statuses.
const (
	NoFollowUp         FollowUpStatus = "none"
	UnderConsideration FollowUpStatus = "underConsideration"
	PartlyImplemented  FollowUpStatus = "partly"
	Implemented        FollowUpStatus = "implemented"
	Abandoned          FollowUpStatus = "abandoned"
)

var followUpStatuses = setOf(NoFollowUp, UnderConsideration, PartlyImplemented, Implemented, Abandoned)

// FollowUpSource is who reports.
type FollowUpSource string

// The sources.
const (
	AuthoritySource    FollowUpSource = "authority"
	PartnerSource      FollowUpSource = "partner"
	CivilSocietySource FollowUpSource = "civilSociety"
)

var followUpSources = setOf(AuthoritySource, PartnerSource, CivilSocietySource)

// PublicationKind is what a publication is.
type PublicationKind string

// The kinds of publications.
const (
	Dataset               PublicationKind = "dataset"
	NationalReport        PublicationKind = "nationalReport"
	GlobalReport          PublicationKind = "globalReport"
	Toolkit               PublicationKind = "toolkit"
	EvaluationPublication PublicationKind = "evaluation"
	MaterialPublication   PublicationKind = "material"
	Visualisation         PublicationKind = "visualisation"
)

var publicationKinds = setOf(Dataset, NationalReport, GlobalReport, Toolkit, EvaluationPublication, MaterialPublication, Visualisation)

// ReleasedFile is one file of a publication.
type ReleasedFile struct {
	Name      string `json:"name"`
	Digest    Digest `json:"digest"`
	MediaType string `json:"mediaType"`
	Schema    string `json:"schema,omitempty"` // of a data file: where its schema is
}

// DisclosureCheck says by which rule small cells were hidden, and how many were.
type DisclosureCheck struct {
	Rule       string `json:"rule"`
	Suppressed int    `json:"suppressed"`
}
