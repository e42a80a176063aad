package follow

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/reactors"
)

// The media types of a feed: a JSON array of events (CloudEvents JSON Event Format 1.0, section 4), or an event a line.
const (
	TypeBatch  = "application/cloudevents-batch+json"
	TypeNDJSON = "application/x-ndjson"
)

// Limits of an answer of the feed.
const (
	DefaultEvents = 200
	MaxEvents     = 1000
	MaxWait       = time.Minute
	maxAnswer     = 1 << 20 // bytes of events, and one event more
	maxPassed     = 20_000  // records that are looked at for one answer
)

// A CloudEvent is an event of the feed, as it stands there: that of the published log, and its place in the ledger. https://github.com/cloudevents/spec, version 1.0.2.
type CloudEvent struct {
	SpecVersion string `json:"specversion" pattern:"^1\\.0$"`
	ID          string `json:"id" format:"uuid"`                            // the id of the event, for ever the same
	Type        string `json:"type" pattern:"^[a-z]+(-[a-z]+)*\\.v[0-9]+$"` // with the version of its form, as in ballot-cast.v1
	Subject     string `json:"subject"`                                     // the stream of the event
	Revision    uint64 `json:"revision"`                                    // the event's place in its stream, from 0
	Source      string `json:"source"`                                      // the id of the edition
	Dialogue    string `json:"dialogue,omitempty"`                          // absent: the edition as a whole
	Time        string `json:"time" format:"date-time"`                     // when it was recorded, in UTC (RFC 3339)
	OccurredAt  string `json:"occurredat,omitempty" format:"date-time"`     // when it happened, where that is known to be another time
	Actor       string `json:"actor"`                                       // who acted, as what: role:principal
	Command     string `json:"command"`                                     // the id of the command that it follows from
	Causation   string `json:"causation,omitempty" format:"uuid"`           // the id of the event that it follows from
	Correlation string `json:"correlation,omitempty"`                       // what belongs together across commands
	Observed    string `json:"observed,omitempty"`                          // the streams that the decision looked at besides its own
	Data        any    `json:"data"`                                        // whose JSON Schema is that of its type
	Seq         uint64 `json:"seq"`                                         // the event's place in the ledger, from 0: the receipt GET /v1/receipts/{seq} proves it, and ?after=seq+1 goes on behind it
}

// EventsOptions are what Events stand on.
type EventsOptions struct {
	Ledger  ledger.Reader
	Every   time.Duration // how far apart at least those who wait are answered; 0 is 100 ms
	Limits  Limits        // of those who wait
	Address func(*http.Request) string
	Refuse  func(w http.ResponseWriter, r *http.Request, why *Refusal)
	// Fail answers with what else went wrong, such as the ledger's errors; ledger.ErrCursor is a position beyond its end.
	Fail func(w http.ResponseWriter, r *http.Request, err error)
	Log  *slog.Logger
}

// Events answers GET /v1/events with CloudEvents, while Run runs.
type Events struct {
	EventsOptions
	tail  *tail
	seats *seats
}

// NewEvents makes one.
func NewEvents(o EventsOptions) *Events {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Refuse == nil {
		o.Refuse = func(w http.ResponseWriter, _ *http.Request, why *Refusal) { http.Error(w, why.Error(), why.Status) }
	}
	if o.Fail == nil {
		o.Fail = func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
	if o.Every <= 0 {
		o.Every = defaultEvery
	}
	return &Events{EventsOptions: o, tail: newTail(o.Ledger, o.Every), seats: newSeats(o.Limits)}
}

// Run follows the end of the ledger until ctx ends; then all who wait are answered.
func (s *Events) Run(ctx context.Context) error { return s.tail.run(ctx, s.Log) }

// Waiting are how many clients wait now.
func (s *Events) Waiting() int { return s.seats.taken() }

// Wants tells whether a request is for CloudEvents: it accepts them rather than JSON of another form, or has parameters that are theirs.
func (*Events) Wants(r *http.Request) bool { return formOf(r) != "" }

// formOf is the media type that is asked for; empty: another one than ours.
func formOf(r *http.Request) string {
	q := r.URL.Query()
	switch q.Get("format") {
	case "cloudevents":
		return TypeBatch
	case "ndjson":
		return TypeNDJSON
	case "":
	default:
		return ""
	}
	type accepted struct {
		kind string
		q    float64
	}
	var all []accepted
	for _, text := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, parameters, err := mime.ParseMediaType(text)
		if err != nil {
			continue
		}
		weight, err := strconv.ParseFloat(cmp.Or(parameters["q"], "1"), 64)
		if err == nil && weight > 0 {
			all = append(all, accepted{kind, weight})
		}
	}
	slices.SortStableFunc(all, func(a, b accepted) int { return cmp.Compare(b.q, a.q) })
	for _, a := range all {
		switch a.kind {
		case TypeBatch, "application/cloudevents+json":
			return TypeBatch
		case TypeNDJSON, "application/ndjson", "application/jsonl":
			return TypeNDJSON
		case "application/json":
			return ""
		}
	}
	if q.Has("wait") || q.Has("types") || q.Has("editions") {
		return TypeBatch
	}
	return ""
}

// asked is a request of the feed.
type asked struct {
	form  string
	query url.Values
	after uint64
	now   bool // after is where the ledger ends
	limit int
	wait  time.Duration
	pick  *reactors.Filter
}

func askedOf(r *http.Request) (a asked, err error) {
	a = asked{form: formOf(r), query: r.URL.Query(), limit: DefaultEvents}
	for name, values := range a.query {
		if !slices.Contains([]string{"after", "limit", "wait", "types", "editions", "format"}, name) {
			return a, wrong("bad-request", "there is no parameter %q here", name)
		}
		if len(values) > 1 && name != "types" && name != "editions" {
			return a, wrong("bad-request", "parameter %q stands there twice", name)
		}
	}
	switch text := a.query.Get("after"); text {
	case "":
	case "now":
		a.now = true
	default:
		if a.after, err = strconv.ParseUint(text, 10, 63); err != nil {
			return a, wrong("bad-request", "after is a number of records, or now")
		}
	}
	if text := a.query.Get("limit"); text != "" {
		if a.limit, err = strconv.Atoi(text); err != nil || a.limit < 1 || a.limit > MaxEvents {
			return a, wrong("bad-request", "limit is a number from 1 to %d", MaxEvents)
		}
	}
	if text := a.query.Get("wait"); text != "" {
		a.wait, err = time.ParseDuration(text)
		if seconds, e := strconv.ParseUint(text, 10, 16); e == nil {
			a.wait, err = time.Duration(seconds)*time.Second, nil
		}
		if err != nil || a.wait < 0 || a.wait > MaxWait {
			return a, wrong("bad-request", "wait is how long an answer may be waited for, as in 25s, and at most %v", MaxWait)
		}
	}
	var editions []domain.EditionID
	for _, name := range listed(a.query["editions"]) {
		editions = append(editions, domain.EditionID(name))
	}
	if a.pick, err = reactors.NewFilter(listed(a.query["types"]), editions); err != nil {
		return a, wrong("bad-request", "%v", err)
	}
	return a, nil
}

// listed takes lists with commas apart.
func listed(values []string) (all []string) {
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				all = append(all, part)
			}
		}
	}
	return all
}

// next is the address of what comes after a position.
func (a asked) next(r *http.Request, position uint64) string {
	a.query.Set("after", strconv.FormatUint(position, 10))
	return r.URL.Path + "?" + a.query.Encode()
}

// ServeHTTP answers GET /v1/events?after=N&limit=M&wait=25s&types=… with the events after a position. Where there are none yet, it waits for the first ones.
func (s *Events) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := s.answer(w, r)
	var why *Refusal
	switch {
	case err == nil:
	case errors.As(err, &why):
		s.Refuse(w, r, why)
	default:
		s.Fail(w, r, err)
	}
}

func (s *Events) answer(w http.ResponseWriter, r *http.Request) error {
	a, err := askedOf(r)
	if err != nil {
		return err
	}
	if a.now {
		if a.after, err = headOf(r.Context(), s.Ledger); err != nil {
			return err
		}
	}
	control := http.NewResponseController(w)
	if a.wait > 0 {
		stand, err := s.seats.take(r, s.Address)
		if err != nil {
			return err
		}
		defer stand()
		_ = control.SetReadDeadline(time.Time{}) // that of the request would end the waiting
	}
	found, reached, err := s.find(r.Context(), a)
	if err != nil {
		return err
	}
	body := found.body(a.form)
	h := w.Header()
	h.Set("Content-Type", a.form)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept")
	h.Set("Ledger-Position", strconv.FormatUint(reached, 10))
	h.Set("Link", "<"+a.next(r, reached)+`>; rel="next"`)
	_ = control.SetWriteDeadline(time.Now().Add(defaultPatience + time.Minute))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
	return nil
}

// found are the texts of events.
type found struct {
	texts [][]byte
	size  int
}

func (f *found) add(text []byte) { f.texts, f.size = append(f.texts, text), f.size+len(text) }

func (f *found) isFull(a asked) bool { return len(f.texts) == a.limit || f.size >= maxAnswer }

func (f *found) body(form string) []byte {
	b := make([]byte, 0, f.size+len(f.texts)+3)
	if form == TypeNDJSON {
		for _, text := range f.texts {
			b = append(append(b, text...), '\n')
		}
		return b
	}
	b = append(b, '[')
	for i, text := range f.texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, text...)
	}
	return append(b, "]\n"...)
}

// find looks for events, and waits for the first one. reached is the position up to which it has looked: nothing that was asked for stands between the last event and there.
func (s *Events) find(ctx context.Context, a asked) (f found, reached uint64, err error) {
	over := time.NewTimer(a.wait)
	defer over.Stop()
	for reached = a.after; ; {
		events, moved, ended, near := s.tail.after(reached)
		if near && a.wait > 0 {
			for _, k := range events {
				if a.pick.Picks(k.Entry) {
					f.add(k.text)
				}
				if reached = k.Cursor.Seq; f.isFull(a) {
					break
				}
			}
		} else {
			passed := 0
			for e, err := range s.Ledger.All(ctx, ledger.Cursor{Seq: reached}) {
				if err != nil {
					return f, reached, err
				}
				if a.pick.Picks(e) {
					f.add(cloudEvent(nil, e))
				}
				reached = e.Cursor.Seq
				if passed++; f.isFull(a) || passed == maxPassed {
					break
				}
			}
			if passed == maxPassed { // an answer without events is not an end, and does not take long
				return f, reached, nil
			}
		}
		if len(f.texts) > 0 || a.wait == 0 || ended {
			return f, reached, nil
		}
		select {
		case <-moved:
		case <-over.C:
			return f, reached, nil
		case <-ctx.Done():
			return f, reached, context.Cause(ctx)
		}
	}
}
