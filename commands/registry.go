package commands

import (
	"context"
	"fmt"
	"reflect"
)

// A Command is one thing that can be asked for by name, with its content as JSON.
type Command struct {
	Name  string
	About string
	Run   func(ctx context.Context, s *Service, by By, content []byte) (Receipt, error)

	content reflect.Type // what the content is read into
}

// All is every command there is, in a fixed order.
func All() []Command {
	return []Command{
		define("open-edition", "begin an edition", (*Service).OpenEdition),
		define("schedule-milestone", "plan a milestone of an edition, or move it", (*Service).ScheduleMilestone),
		define("reach-milestone", "say that a milestone is passed", (*Service).ReachMilestone),
		define("add-topic", "put a topic on the agenda", (*Service).AddTopic),
		define("define-session", "plan a session of the day", (*Service).DefineSession),
		define("freeze-protocol", "fix the parameters that give the numbers their meaning", (*Service).FreezeProtocol),
		define("add-artefact-version", "bring a new version of a question, a text, a script", (*Service).AddArtefactVersion),
		define("register-dialogue", "announce the dialogue of a country", (*Service).RegisterDialogue),
		define("set-quota-plan", "say whom the room shall mirror", (*Service).SetQuotaPlan),
		define("authorise-dialogue", "let a dialogue take place", (*Service).AuthoriseDialogue),
		define("open-session", "begin a session of a dialogue", (*Service).OpenSession),
		define("close-session", "end a session of a dialogue", (*Service).CloseSession),
		define("report-deviation", "say where the day left the protocol", (*Service).ReportDeviation),
		define("register-participant", "let a person into a dialogue", (*Service).RegisterParticipant),
		define("give-consent", "record what a participant consents to", (*Service).GiveConsent),
		define("withdraw-consent", "record that a participant takes consent back", (*Service).WithdrawConsent),
		define("cast-ballot", "answer a question", (*Service).CastBallot),
		define("void-ballot", "take a standing answer out of the count", (*Service).VoidBallot),
		define("post-statement", "put a statement into a conversation", (*Service).PostStatement),
		define("moderate-statement", "decide whether a statement is shown", (*Service).ModerateStatement),
		define("link-statement", "relate a statement to another one", (*Service).LinkStatement),
		define("react", "agree or disagree with a statement, or pass", (*Service).React),
		define("draft-recommendation", "put a recommendation on the table, with its sources", (*Service).DraftRecommendation),
		define("open-endorsement", "call the chambers to vote on a recommendation", (*Service).OpenEndorsement),
		define("close-endorsement", "take the counts of the chambers", (*Service).CloseEndorsement),
		define("decide-recommendation", "settle the outcome of a recommendation", (*Service).DecideRecommendation),
	}
}

// ByName finds a command in All.
func ByName(name string) (Command, bool) {
	for _, c := range All() {
		if c.Name == name {
			return c, true
		}
	}
	return Command{}, false
}

func define[C any](name, about string, run func(*Service, context.Context, By, C) (Receipt, error)) Command {
	return Command{Name: name, About: about, content: reflect.TypeFor[C](), Run: func(ctx context.Context, s *Service, by By, content []byte) (Receipt, error) {
		var c C
		if err := readContent(content, &c); err != nil {
			return Receipt{}, fmt.Errorf("%s: %w", name, err)
		}
		return run(s, ctx, by, c)
	}}
}
