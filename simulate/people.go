package simulate

import "daybook.internal/domain"

// The organisations are invented; so is everybody who acts for them. People stand under principals, as in every edition, and have no names.

type organisation struct {
	id    domain.PartnerID
	name  string
	kind  domain.PartnerKind
	roles []domain.Role
}

const (
	coordinatorPartner domain.PartnerID = "pt_coordinator"
	strategicPartner   domain.PartnerID = "pt_strategic"
	committeePartner   domain.PartnerID = "pt_committee"
	analysisPartner    domain.PartnerID = "pt_analysis"
	languagePartner    domain.PartnerID = "pt_languages"
	evaluatorPartner   domain.PartnerID = "pt_evaluator"
	auditorPartner     domain.PartnerID = "pt_auditor"
	sponsorPartner     domain.PartnerID = "pt_sponsor"
)

// organisations carry the whole edition; each country has a national partner besides.
var organisations = []organisation{
	{coordinatorPartner, "Common Table (simulated)", domain.CivilSociety, roles(domain.Coordinator, domain.SynthesisEditor)},
	{strategicPartner, "Forum of Shared Networks (simulated)", domain.InternationalOrganisation, roles(domain.Coordinator)},
	{committeePartner, "Institute for Public Reasoning (simulated)", domain.Academia, roles(domain.Committee)},
	{analysisPartner, "Laboratory of Open Answers (simulated)", domain.Academia, roles(domain.Coder, domain.SynthesisEditor)},
	{languagePartner, "Many Tongues Cooperative (simulated)", domain.OtherPartner, roles(domain.Translator, domain.Verifier)},
	{evaluatorPartner, "Centre for Looking Again (simulated)", domain.Academia, roles(domain.Evaluator)},
	{auditorPartner, "Ledger Reading Society (simulated)", domain.OtherPartner, roles(domain.Auditor)},
	{sponsorPartner, "Lighthouse Cable Company (simulated)", domain.PrivateSector, roles(domain.Committee)},
}

func roles(r ...domain.Role) []domain.Role { return r }

// partnerNames make the names of national partners, with that of the country behind.
var partnerNames = []string{"Citizens' Workshop", "Open Square", "House of Dialogue", "Voices Together", "Public Reason Foundation", "Listening Lab", "Next Assembly", "Civic Loom"}

// committee are the members of the scientific committee, and what they have at stake. The last one has too much.
var committee = []struct {
	person    string
	partner   domain.PartnerID
	level     domain.InterestLevel
	statement string
}{
	{"committee-1", committeePartner, domain.NoInterest, "I do research on public deliberation and have no ties to the institutions that will be addressed."},
	{"committee-2", committeePartner, domain.NoInterest, "I teach survey methods. I have no stake in the topics."},
	{"committee-3", committeePartner, domain.IndirectInterest, "My department receives public funds for studies of data protection."},
	{"committee-4", committeePartner, domain.NoInterest, "I am a linguist and work on translation between distant languages."},
	{"committee-5", committeePartner, domain.IndirectInterest, "I advised a national regulator on online speech until three years ago."},
	{"committee-6", sponsorPartner, domain.DirectInterest, "I am employed by a company that lays cables and sells access. I take no part in reviews."},
}

// reviewers are the members whose verdicts count.
const reviewers = 3

const reviewQuorum = 3

// The principals who act for the whole edition.
const (
	coordinatorPerson = "coordination-1"
	authorPerson      = "author-1"
	editorPerson      = "synthesis-1"
	secondEditor      = "synthesis-2"
	trainerPerson     = "trainer-1"
	moderatorPerson   = "moderator-1"
	auditorPerson     = "auditor-1"
	secondAuditor     = "auditor-2"
	evaluatorPerson   = "evaluator-1"
	coderA            = "coder-a"
	coderB            = "coder-b"
	coderC            = "coder-c"
)

// stakeholderGroups sit at the stakeholders' tables of every country.
var stakeholderGroups = []string{"government", "privateSector", "civilSociety", "technicalCommunity", "academia"}
