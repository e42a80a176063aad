package verify

import (
	"fmt"
	"sync"

	"daybook.internal/domain"
)

// A Report says what was checked and what was found.
type Report struct {
	Log       string    `json:"log"`  // its name, as it stands in its key
	Size      uint64    `json:"size"` // events under the signed head
	Root      string    `json:"root"` // of the signed head, in base64
	Verdict   Verdict   `json:"verdict"`
	Events    uint64    `json:"events"`    // that were read
	Documents uint64    `json:"documents"` // that were compared
	Checks    []Check   `json:"checks"`
	Findings  []Finding `json:"findings"` // the first MaxFindings of each name
	Notices   []Notice  `json:"notices"`  // the first MaxFindings of each name

	Found map[string]uint64 `json:"found"` // how many of each name there are
	Head  []byte            `json:"-"`     // the signed checkpoint, which to keep is the best that anybody can do for the next audit
}

// MaxFindings is how many findings of one name a Report tells in full.
const MaxFindings = 100

// Verdict is what everything together comes to.
type Verdict string

// The verdicts. What could not be checked is never a pass.
const (
	Verified    Verdict = "verified"     // everything that was asked was done, and nothing was found
	Found       Verdict = "finding"      // something is not as it must be
	NotVerified Verdict = "not-verified" // nothing was found, but not everything could be checked
)

// A Check is one thing that was looked at.
type Check struct {
	Check   string  `json:"check"`
	About   string  `json:"about"` // in words
	Count   uint64  `json:"count"` // how many were looked at
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail,omitempty"`
}

// Outcome is what a check came to.
type Outcome string

// The outcomes.
const (
	Passed   Outcome = "passed"
	Finds    Outcome = "finding"
	NotDone  Outcome = "not-done"  // asked, and could not be done: then nothing is verified
	NotAsked Outcome = "not-asked" // it needs something that the auditor did not bring, or that a plain log does not have
)

// A Finding is one place that is not as it must be.
type Finding struct {
	Finding string   `json:"finding"` // its name, as in package replay
	Where   string   `json:"where"`
	Problem string   `json:"problem"`
	Proof   []string `json:"proof,omitempty"` // signed notes that prove it to anybody who has the log's key
}

// A Notice is something that no rule forbids and that everybody should know.
type Notice struct {
	Notice string `json:"notice"` // its name
	Where  string `json:"where"`
	Text   string `json:"text"`
}

// The notices.
const (
	NoticeFallback = "FALLBACK" // a round stands in for one that is said to be missing
	NoticeClosed   = "CLOSED"   // the documents of a view were not shown to this auditor
	NoticeVoid     = "VOID"     // a selection came to nothing when it could be known what it would draw
)

func (f Finding) String() string { return f.Finding + " " + f.Where + ": " + f.Problem }

// The checks, in the order in which they are reported.
const (
	checkHead      = "checkpoint"
	checkWitnesses = "witnesses"
	checkFresh     = "fresh"
	checkPin       = "pin"
	checkHeads     = "heads"
	checkRoot      = "root"
	checkTiles     = "tiles"
	checkForm      = "form"
	checkStreams   = "streams"
	checkTimes     = "times"
	checkRules     = "rules"
	checkViews     = "views"
	checkDocuments = "documents"
	checkOpenings  = "openings"
	checkPools     = "pools"
	checkPanels    = "panels"
	checkLotteries = "lotteries"
	checkReplays   = "replays"
	checkRounds    = "rounds"
	checkSums      = "sums"
)

var about = []Check{
	{Check: checkHead, About: "the head is signed by the log's key"},
	{Check: checkWitnesses, About: "the head is cosigned by a quorum of witnesses"},
	{Check: checkFresh, About: "a witness has seen the head lately"},
	{Check: checkPin, About: "the log continues the head that you kept"},
	{Check: checkHeads, About: "the log begins with every head that it ever signed and kept"},
	{Check: checkRoot, About: "the events come to the signed root"},
	{Check: checkTiles, About: "the published hashes are those of the events"},
	{Check: checkForm, About: "every event has the one form that its kind has"},
	{Check: checkStreams, About: "no event is missing, doubled or moved in its stream"},
	{Check: checkTimes, About: "events were recorded when witnesses saw them come"},
	{Check: checkRules, About: "every event was allowed in the state before it"},
	{Check: checkViews, About: "committed roots of views follow from the events"},
	{Check: checkDocuments, About: "served documents follow from the events"},
	{Check: checkOpenings, About: "words are those committed to, or declared erased"},
	{Check: checkPools, About: "pools are those that were sealed, and replacements have the quotas that are left"},
	{Check: checkPanels, About: "panels are those that were committed to, and the one that was drawn is among them"},
	{Check: checkLotteries, About: "every panel meets quotas and addresses, tickets are counted, certificates add up"},
	{Check: checkReplays, About: "lotteries that are built again give the same panels"},
	{Check: checkRounds, About: "no round of the beacon is replaced that exists"},
	{Check: checkSums, About: "the files are those that SHA256SUMS lists"},
}

// recorder collects a report. Several goroutines use it.
type recorder struct {
	mu     sync.Mutex
	report *Report // what follows is guarded by mu
	found  map[string]bool
	done   map[string]bool // something was said about a check

	noticed map[string]int // how many of each name
}

func newRecorder() *recorder {
	r := &recorder{report: &Report{Checks: append([]Check(nil), about...), Findings: []Finding{}, Notices: []Notice{}, Found: map[string]uint64{}}, found: map[string]bool{}, done: map[string]bool{}, noticed: map[string]int{}}
	for i := range r.report.Checks {
		r.report.Checks[i].Outcome, r.report.Checks[i].Detail = NotDone, "not reached"
	}
	return r
}

func (r *recorder) check(name string) *Check {
	for i := range r.report.Checks {
		if r.report.Checks[i].Check == name {
			return &r.report.Checks[i]
		}
	}
	panic("verify: no check " + name)
}

// find notes a finding of a check.
func (r *recorder) find(check, finding, where, format string, args ...any) {
	r.prove(check, Finding{Finding: finding, Where: where, Problem: fmt.Sprintf(format, args...)})
}

func (r *recorder) prove(check string, f Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found[check] = true
	if r.report.Found[f.Finding]++; r.report.Found[f.Finding] <= MaxFindings {
		r.report.Findings = append(r.report.Findings, f)
	}
}

// notice notes what everybody should know.
func (r *recorder) notice(name, where, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.noticed[name]++; r.noticed[name] <= MaxFindings {
		r.report.Notices = append(r.report.Notices, Notice{name, where, fmt.Sprintf(format, args...)})
	}
}

// count adds to how many were looked at.
func (r *recorder) count(check string, n uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.check(check).Count += n
}

// passed says that a check was done to its end. It passes if nothing was found, and if nobody has said that it could not be done.
func (r *recorder) passed(check, format string, args ...any) {
	r.say(check, Passed, format, args)
}

// notDone says that a check could not be done, or not to its end. It is never a pass after that.
func (r *recorder) notDone(check, format string, args ...any) {
	r.say(check, NotDone, format, args)
}

func (r *recorder) notAsked(check, format string, args ...any) {
	r.say(check, NotAsked, format, args)
}

func (r *recorder) say(check string, o Outcome, format string, args []any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.check(check)
	if r.done[check] && c.Outcome != Passed {
		return
	}
	r.done[check] = true
	c.Outcome, c.Detail = o, fmt.Sprintf(format, args...)
}

// finish draws the conclusion.
func (r *recorder) finish() Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Verdict = Verified
	for i := range r.report.Checks {
		c := &r.report.Checks[i]
		if r.found[c.Check] {
			if c.Outcome == NotDone {
				c.Detail = "not done to its end: " + c.Detail
			}
			c.Outcome = Finds
		}
		switch {
		case c.Outcome == Finds:
			r.report.Verdict = Found
		case c.Outcome == NotDone && r.report.Verdict == Verified:
			r.report.Verdict = NotVerified
		}
	}
	return *r.report
}

// nameOf says which event is meant.
func nameOf(f *domain.Fact) string { return nameAt(f.Seq, f.Stream, f.Revision) }

func nameAt(seq uint64, stream domain.StreamID, revision uint64) string {
	return fmt.Sprintf("event %d (%s@%d)", seq, stream, revision)
}
