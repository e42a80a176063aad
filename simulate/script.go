package simulate

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"daybook.internal/domain"
)

// edition is the id of every simulated edition: a data directory has one.
const edition domain.EditionID = "ed_synthetic"

// A script writes down what happens, line by line. It knows what it has written, and asks the ledger for nothing but the versions of streams.
type script struct {
	o       Options
	where   []country
	langs   []domain.Lang // of the edition, the source first
	past    record
	now     domain.Time
	yield   func(Line, error) bool
	stopped bool

	registered map[domain.Place][]*person // who has a seat in each country
	nationals  []national                 // recommendations of countries, as they were decided
	sphere     []worksheet                // one of each country about the public sphere
	toCode     []worksheet
	tallies    []domain.Ref // reconciled
	codings    []domain.Ref
	forgotten  []forgotten // who asks for erasure
	unsaid     []unsaid    // of which words
}

// A record is what a script asks of the ledger: the version of a stream, and how many records there are.
type record interface {
	version(domain.StreamID) uint64
	position() uint64
}

// Lines are the commands that Run runs, for whoever runs them in another way. version tells the version of a stream and position how many records
// there are, with everything that was done so far: some commands name what they have seen.
func Lines(o Options, version func(domain.StreamID) uint64, position func() uint64) iter.Seq2[Line, error] {
	return lines(o, told{version, position})
}

// told is a record that somebody else keeps.
type told struct {
	of func(domain.StreamID) uint64
	at func() uint64
}

func (t told) version(id domain.StreamID) uint64 { return t.of(id) }
func (t told) position() uint64                  { return t.at() }

// lines are the edition as commands, in the order in which they happen. Each is made when the one before it is done. An error is the last pair.
func lines(o Options, past record) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		s := &script{
			o: o, registered: map[domain.Place][]*person{}, where: countries[:o.Countries], langs: spoken(countries[:o.Countries]), yield: yield,
			past: past,
		}
		for _, phase := range []func(){s.coalition, s.design, s.onboarding, s.recruitment, s.days, s.analysis, s.handover, s.aftermath} {
			if phase(); s.stopped {
				return
			}
		}
	}
}

// spoken are the languages of some countries, in the order of languages; the source is always among them.
func spoken(where []country) []domain.Lang {
	return slices.DeleteFunc(slices.Clone(languages), func(l domain.Lang) bool {
		return l != sourceLang && !slices.ContainsFunc(where, func(c country) bool { return slices.Contains(c.languages, l) })
	})
}

// stands is the version of a stream, and head the number of records, with everything that was done so far.
func (s *script) stands(id domain.StreamID) uint64 { return s.past.version(id) }

func (s *script) head() uint64 { return s.past.position() }

// lineID is the id of a line: the command's name and what it is about.
func lineID(name string, about []string) string {
	return "sim:" + name + ":" + strings.Join(about, ":")
}

// do writes a line.
func (s *script) do(who domain.Actor, name string, content any, about ...string) {
	if s.stopped {
		return
	}
	s.now += 50 // milliseconds
	s.stopped = !s.yield(Line{ID: lineID(name, about), Name: name, Actor: who, At: s.now, Content: content}, nil)
}

// fail ends the script.
func (s *script) fail(err error) {
	if !s.stopped {
		s.stopped = true
		s.yield(Line{}, err)
	}
}

// on lets the time go on to a day, at least.
func (s *script) on(year int, month time.Month, day, hour int) {
	s.now = max(s.now, domain.TimeOf(time.Date(year, month, day, hour, 0, 0, 0, time.UTC)))
}

func (s *script) wait(d time.Duration) { s.now += domain.Time(d.Milliseconds()) }

// digest names a document of the simulation that nobody has.
func (s *script) digest(parts ...string) domain.Digest { return digest(s.o.Seed, parts...) }

func (s *script) document(name string) domain.Document {
	return domain.Document{Digest: s.digest("document", name), URI: "https://synthetic.example/" + name}
}

func (s *script) chance(parts ...string) *chance { return seeded(s.o.Seed, parts...) }

func (s *script) text(t string) domain.LText { return text(s.langs, t) }

// forPartner is somebody in a role on behalf of a partner.
func forPartner(role domain.Role, principal string, p domain.PartnerID) domain.Actor {
	return domain.Actor{Role: role, Principal: principal, Partner: p}
}

var coordinator = forPartner(domain.Coordinator, coordinatorPerson, coordinatorPartner)

func (c country) partner() domain.PartnerID   { return domain.PartnerID("pt_" + c.place) }
func (c country) dialogue() domain.DialogueID { return domain.DialogueID("dl_sim_" + c.place) }
func (c country) online() domain.DialogueID {
	return domain.DialogueID("dl_sim_" + c.place + "_online")
}

// person is the principal of somebody who acts in a country.
func (c country) person(what string) string { return strings.ToLower(string(c.place)) + "-" + what }

func (c country) acting(role domain.Role, what string) domain.Actor {
	return forPartner(role, c.person(what), c.partner())
}

func number(prefix string, n int) string { return fmt.Sprintf("%s-%03d", prefix, n) }
