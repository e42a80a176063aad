// Package follow lets clients hear what happens, over HTTP: GET /v1/live tells which documents of the views have changed (server-sent events), GET /v1/events gives the events
// of the ledger and waits for more (CloudEvents), and /v1/webhooks is where receivers of deliveries are subscribed.
//
// The rule it keeps: whoever comes back with the position that it was told last goes on from there, without a gap and without anything twice, or is told that it has to read anew. Nobody who
// listens is waited for: what is sent is made once for all who want the same, and who does not take it is dropped.
package follow

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"daybook.internal/reactors/hints"
	"daybook.internal/readstore"
	"daybook.internal/readstore/live"
)

// Options are what a Live stands on.
type Options struct {
	Hub       *hints.Hub      // told by the projector; it may be told before anybody runs
	Store     readstore.Store // says in which country a dialogue or a conversation takes place
	Projector Projector       // that of the hub; nil: all steps are told to the hub. Where another process keeps the views up, the hub is not told, and this one knows how far they are
	Measures  *live.Live      // nil: this server computes none

	// Every is how far apart at least a listener is told of changes: those that come in between are told together. 0 is 100 ms. A change after a while of rest is told at once.
	Every time.Duration
	// Beat is after how long something is sent where nothing else is; 0 is 15 s.
	Beat time.Duration
	// Patience is how long one write may take before its client is dropped; 0 is 10 s.
	Patience time.Duration

	// Allowed says whether a request may hear of a view; nil: everybody may hear of all. Its errors are answered with by Fail.
	Allowed func(r *http.Request, view string) error
	Limits  Limits
	Address func(*http.Request) string // of the client, for the limits; nil: the one that the connection comes from
	// Refuse answers with a problem document.
	Refuse func(w http.ResponseWriter, r *http.Request, why *Refusal)
	Fail   func(w http.ResponseWriter, r *http.Request, err error)
	Log    *slog.Logger // nil: nothing is logged
}

// Projector is what is asked of a readstore.Projector.
type Projector interface {
	Position() uint64
	Await(ctx context.Context, seq uint64) error
}

// Live answers GET /v1/live, while Run runs.
type Live struct {
	Options
	views    *board
	measures *board
	seats    *seats
	places   *places
}

// The defaults of Options.
const (
	defaultEvery    = 100 * time.Millisecond
	defaultBeat     = 15 * time.Second
	defaultPatience = 10 * time.Second
)

// NewLive makes one.
func NewLive(o Options) *Live {
	if o.Every <= 0 {
		o.Every = defaultEvery
	}
	if o.Beat <= 0 {
		o.Beat = defaultBeat
	}
	if o.Patience <= 0 {
		o.Patience = defaultPatience
	}
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
	l := &Live{Options: o, views: newBoard(o.Every), measures: newBoard(o.Every), seats: newSeats(o.Limits)}
	l.places = &places{store: o.Store}
	l.views.past = &past{store: o.Store, places: l.places, alone: make(chan struct{}, 1)}
	if o.Measures != nil {
		l.measures.watch, l.measures.places, l.measures.among = o.Measures.Watch, l.places, l.among
	}
	return l
}

// Run tells what changes until ctx ends; then it ends all streams and returns nil.
func (l *Live) Run(ctx context.Context) error {
	defer l.End()
	var running sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	defer running.Wait()
	defer cancel()
	running.Go(func() { l.beat(ctx) })
	if l.Projector != nil {
		running.Go(func() { l.watchOthers(ctx) })
	}
	if l.Measures != nil {
		running.Go(func() { l.followMeasures(ctx) })
	}
	return l.followViews(ctx)
}

// End ends all streams, and refuses new ones. It may be called twice.
func (l *Live) End() {
	l.views.end()
	l.measures.end()
}

// Streams are how many clients listen now.
func (l *Live) Streams() int { return l.seats.taken() }

func (l *Live) beat(ctx context.Context) {
	t := time.NewTicker(max(l.Beat/8, time.Millisecond))
	defer t.Stop()
	for {
		select {
		case <-t.C:
			l.views.beat(l.Beat)
			l.measures.beat(l.Beat)
		case <-ctx.Done():
			return
		}
	}
}

// Why a stream is not begun.
var (
	errNotReady = &Refusal{http.StatusServiceUnavailable, "not-ready", "what this stream tells of has not come to the end of the ledger yet; try again"}
	errStopping = &Refusal{http.StatusServiceUnavailable, "stopping", "this server is about to stop; try again"}
)

// ServeHTTP answers GET /v1/live?view=…&key=…&country=… with a stream of events that ends when the client leaves, when it does not take what it is sent, or when the server stops.
func (l *Live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := l.stream(w, r); err != nil {
		var why *Refusal
		if errors.As(err, &why) {
			l.Refuse(w, r, why)
		} else {
			l.Fail(w, r, err)
		}
	}
}

func (l *Live) stream(w http.ResponseWriter, r *http.Request) error {
	f, err := filterOf(r.URL.Query(), "after")
	if err != nil {
		return err
	}
	after, err := idOf(r)
	if err != nil {
		return err
	}
	for _, view := range f.names() {
		if l.Allowed == nil {
			break
		}
		if err := l.Allowed(r, view); err != nil {
			return err
		}
	}
	on := l.views
	if f.measured {
		if on = l.measures; l.Measures == nil {
			return &Refusal{http.StatusNotFound, "not-found", "this server computes no measures"}
		}
	}
	stand, err := l.seats.take(r, l.Address)
	if err != nil {
		return err
	}
	defer stand()
	soon, cancel := context.WithTimeout(r.Context(), l.Patience)
	defer cancel()
	if after != nil && l.Projector != nil {
		on.await(soon, after.position)
	}
	first, at, leave, err := on.join(soon, f, after)
	if err != nil {
		return err
	}
	defer leave()
	cancel()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // or nginx keeps it all back
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	s := sending{w, http.NewResponseController(w), l.Patience}
	_ = s.control.SetReadDeadline(time.Time{}) // that of the request would end the stream
	if !s.send(retry) || !s.send(first) || !s.flush() {
		return nil
	}
	for {
		select {
		case <-at.told:
		case <-r.Context().Done():
			return nil
		}
		if at = s.along(at); at == nil {
			return nil
		}
	}
}

// retry is after how many milliseconds a client that was cut off comes back.
var retry = []byte("retry: 2000\n\n")

// maxBehind is how many frames a client may be behind. Frames are made Every so often at most, so this is many seconds.
const maxBehind = 256

// sending is one client.
type sending struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
}

// along sends all frames that there are behind one, and gives the last of them. It is nil where there is no going on.
func (s sending) along(at *frame) *frame {
	for begun := at.nth; ; {
		at = at.next
		if at.last || at.nth-begun > maxBehind || !s.send(at.text) {
			return nil
		}
		select {
		case <-at.told:
		default:
			if !s.flush() {
				return nil
			}
			return at
		}
	}
}

func (s sending) send(text []byte) bool {
	_ = s.control.SetWriteDeadline(time.Now().Add(s.patience)) // where there are deadlines
	_, err := s.w.Write(text)
	return err == nil
}

func (s sending) flush() bool {
	err := s.control.Flush()
	return err == nil
}
