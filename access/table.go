package access

import (
	"slices"
	"strings"

	"daybook.internal/domain"
)

// A Level is the place that a role belongs to.
type Level int

// The levels.
const (
	EditionLevel Level = iota
	DialogueLevel
	TableLevel
)

func (l Level) String() string { return [...]string{"edition", "dialogue", "table"}[l] }

// levels are the roles that can be granted. The notary is the program itself, and nobody has a token for that.
var levels = map[domain.Role]Level{
	domain.Coordinator: EditionLevel, domain.Committee: EditionLevel, domain.Translator: EditionLevel, domain.Verifier: EditionLevel, domain.Coder: EditionLevel,
	domain.SynthesisEditor: EditionLevel, domain.Evaluator: EditionLevel, domain.Auditor: EditionLevel, domain.Importer: EditionLevel,
	domain.NationalPartner: DialogueLevel, domain.HeadFacilitator: DialogueLevel, domain.TallyClerk: DialogueLevel, domain.Recruiter: DialogueLevel, domain.Participant: DialogueLevel,
	domain.TableFacilitator: TableLevel, domain.NoteTaker: TableLevel,
}

// Roles are the roles that can be granted, in the order in which people think of them.
func Roles() []domain.Role {
	return []domain.Role{
		domain.Coordinator, domain.Committee, domain.NationalPartner, domain.HeadFacilitator, domain.TableFacilitator, domain.NoteTaker, domain.TallyClerk, domain.Recruiter,
		domain.Translator, domain.Verifier, domain.Coder, domain.SynthesisEditor, domain.Evaluator, domain.Auditor, domain.Importer, domain.Participant,
	}
}

// LevelOf is the place that a role belongs to.
func LevelOf(r domain.Role) (Level, bool) {
	l, ok := levels[r]
	return l, ok
}

func roleNames() string {
	var names []string
	for _, r := range Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// A Reach is how far from the place of the grant a right goes.
type Reach int

// The reaches.
const (
	Own            Reach = iota // what the grant covers
	WithinDialogue              // the whole dialogue of a table
	WithinEdition               // the whole edition of a dialogue
)

// A Right lets a role send a command.
type Right struct {
	Role   domain.Role
	Reach  Reach
	Self   string // the member of the content that has to be who sends it
	Behalf bool   // the member "partner" has to be the one of the grant, if that names one
	Except string // not where the member "kind" is this
}

// A Row says who may send a command.
type Row struct {
	Command string
	Rights  []Right
	Second  string // the member, where it is there, that names a second person, who has to consent by a token of their own
}

func own(self string, roles ...domain.Role) []Right { return rights(Own, self, roles) }
func inDialogue(self string, roles ...domain.Role) []Right {
	return rights(WithinDialogue, self, roles)
}
func inEdition(self string, roles ...domain.Role) []Right { return rights(WithinEdition, self, roles) }

func rights(reach Reach, self string, roles []domain.Role) (all []Right) {
	for _, r := range roles {
		all = append(all, Right{Role: r, Reach: reach, Self: self})
	}
	return all
}

func behalf(all []Right) []Right {
	for i := range all {
		all[i].Behalf = true
	}
	return all
}

func except(kind string, all []Right) []Right {
	for i := range all {
		all[i].Except = kind
	}
	return all
}

func row(command string, all ...[]Right) Row {
	return Row{Command: command, Rights: slices.Concat(all...)}
}

// find is the row of a command.
func find(command string) (Row, bool) {
	r, ok := byCommand[command]
	return r, ok
}

var byCommand = func() map[string]Row {
	all := map[string]Row{}
	for _, r := range Rows() {
		all[r.Command] = r
	}
	return all
}()

// SecondOf is the member that names a second person in the content of a command, empty where there is none.
func SecondOf(command string) string { return byCommand[command].Second }

// everybody who carries a dialogue: all roles but those of people who only answer, and of programs.
func everybody() []domain.Role {
	return slices.DeleteFunc(Roles(), func(r domain.Role) bool { return r == domain.Participant || r == domain.Importer })
}

// Rows are who may do what, by command; docs/access.md shows the same. What a role may do it may do where its grant says.
func Rows() []Row {
	const (
		coordinator, committee, partner = domain.Coordinator, domain.Committee, domain.NationalPartner
		head, table, notes              = domain.HeadFacilitator, domain.TableFacilitator, domain.NoteTaker
		clerk, recruiter, participant   = domain.TallyClerk, domain.Recruiter, domain.Participant
		translator, verifier, coder     = domain.Translator, domain.Verifier, domain.Coder
		editor, evaluator, auditor      = domain.SynthesisEditor, domain.Evaluator, domain.Auditor
	)
	void := row("void-ballot", own("by", clerk, head))
	void.Second = "secondBy"
	return []Row{
		row("open-edition", own("", coordinator)),
		row("schedule-milestone", own("", coordinator)),
		row("reach-milestone", own("", coordinator)),
		row("add-topic", own("", coordinator, partner)),
		row("define-session", own("", coordinator)),
		row("freeze-protocol", own("", coordinator, committee)),

		row("admit-partner", own("", coordinator)),
		row("declare-interest", behalf(inEdition("person", everybody()...))),
		row("complete-training", own("trainer", coordinator, committee), behalf(inEdition("trainer", partner, head))),
		row("end-partnership", own("", coordinator)),

		row("add-artefact-version", own("author", coordinator, committee, coder, editor, evaluator), inEdition("author", partner)),
		row("record-review", behalf(own("reviewer", committee)), except(string(domain.CommitteeReview), own("", coordinator)), except(string(domain.CommitteeReview), behalf(inEdition("", partner)))),
		row("approve-artefact", own("", coordinator, committee)),
		row("submit-translation", own("translator", translator), inEdition("translator", partner)),
		row("verify-translation", own("verifier", verifier)),
		row("withdraw-artefact", own("", coordinator, committee)),

		row("register-dialogue", own("", coordinator), behalf(own("", partner))),
		row("set-quota-plan", own("", coordinator, partner)),
		row("authorise-dialogue", own("", coordinator, committee)),
		row("open-session", own("", coordinator, partner, head)),
		row("close-session", own("", coordinator, partner, head)),
		row("report-deviation", inDialogue("", everybody()...)),
		row("certify-dialogue", own("by", coordinator, committee)),

		row("report-recruitment", own("", coordinator, partner, recruiter)),
		row("seal-pool", own("", coordinator, partner, recruiter)),
		row("commit-draw", own("", coordinator, partner, recruiter)),
		row("execute-draw", own("", coordinator, partner, recruiter)),

		row("seal-selection", own("", coordinator, partner, recruiter)),
		row("announce-selection", own("", coordinator, partner, recruiter)),
		row("amend-quotas", own("", coordinator, partner, recruiter)),
		row("report-feasibility", own("", coordinator, partner, recruiter)),
		row("build-lottery", own("", coordinator, partner, recruiter)),
		row("commit-panels", own("", coordinator, partner, recruiter)),
		row("pin-rounds", own("", coordinator, partner, recruiter)),
		row("observe-beacon", own("", coordinator, partner, recruiter, auditor)),
		row("draw-panel", own("", coordinator, partner, recruiter)),
		row("answer-seat", own("", coordinator, partner, recruiter), own("participant", participant)),
		row("void-selection", own("", coordinator, committee)),

		row("register-participant", own("", coordinator, partner, recruiter)),
		row("give-consent", own("", partner, head, recruiter), own("participant", participant)),
		row("withdraw-consent", own("", partner, head, recruiter), own("participant", participant)),
		row("check-in", own("by", partner, head, recruiter), inDialogue("by", table)),
		row("erase-personal-data", own("", coordinator, partner), own("participant", participant)),

		row("form-table", own("", partner, head)),
		row("record-table-output", own("by", head, table, notes)),

		row("cast-ballot", own("", head, clerk, table, notes), own("pseudonym", participant)),
		void,
		row("record-tally-sheet", own("clerk", clerk)),
		row("reconcile-tally", own("", head, clerk)),

		row("post-statement", own("", coordinator, head), inDialogue("", table, notes), own("author", participant)),
		row("moderate-statement", own("moderator", coordinator, partner, head), inDialogue("moderator", table)),
		row("link-statement", own("by", coordinator, head, coder)),
		row("react", own("", head), inDialogue("", table, notes), own("respondent", participant)),

		row("code-segment", behalf(own("coder", coder))),
		row("adjudicate-coding", own("adjudicator", committee, coder)),

		row("draft-recommendation", own("editor", coordinator, partner, head, editor)),
		row("revise-recommendation", own("editor", coordinator, partner, head, editor)),
		row("open-endorsement", own("", coordinator, partner, head)),
		row("close-endorsement", own("", coordinator, partner, head)),
		row("decide-recommendation", own("", coordinator, committee, partner, head)),
		row("supersede-recommendation", own("", coordinator, partner, head, editor)),
		row("complete-synthesis", own("editors", editor)),

		row("submit-recommendation", own("", coordinator, partner)),
		row("record-response", own("", coordinator, partner)),
		row("report-follow-up", own("", coordinator, partner, evaluator)),
		row("release-publication", own("", coordinator, partner, evaluator)),
		row("correct-publication", own("", coordinator, partner, evaluator)),

		row("raise-finding", behalf(own("auditor", auditor))),
		row("resolve-finding", behalf(own("acceptedBy", auditor))),
		row("erase-words", own("by", coordinator, partner)),
	}
}
