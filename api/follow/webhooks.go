package follow

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"strings"
	"time"

	"daybook.internal/domain"
	"daybook.internal/reactors"
)

// A Right is what somebody may do with subscriptions.
type Right struct {
	Owner string // under whom subscriptions are kept
	All   bool   // whether those of others may be seen and ended as well
}

// Deliveries are what is asked of reactors.Reactors.
type Deliveries interface {
	Subscribe(ctx context.Context, s reactors.Subscription, once reactors.Once) (kept reactors.Subscription, at uint64, err error)
	Unsubscribe(ctx context.Context, name string) error
}

// DeliveryState is what is asked of reactors.State.
type DeliveryState interface {
	Subscriptions(ctx context.Context) ([]reactors.Subscription, error)
	Standings(ctx context.Context) ([]reactors.Standing, error)
	Troubles(ctx context.Context, receiver string) iter.Seq2[reactors.Trouble, error]
	Replay(ctx context.Context, receiver string, seqs ...uint64) (int, error)
	Resume(ctx context.Context, receiver string) error
}

// Webhooks answer /v1/webhooks. A path's {name} is had by Request.PathValue.
type Webhooks struct {
	Deliveries Deliveries
	State      DeliveryState
	// Allowed says what whoever sends a request may do; its error is answered with by Fail. Nothing is read or changed before.
	Allowed func(ctx context.Context) (Right, error)
	Now     func() time.Time
	Refuse  func(w http.ResponseWriter, r *http.Request, why *Refusal)
	Fail    func(w http.ResponseWriter, r *http.Request, err error)
}

// Subscribing is what is sent to subscribe.
type Subscribing struct {
	URL      string   `json:"url"`                // https://, a host and a path; what leads into a network that is not public is refused
	Types    []string `json:"types,omitempty"`    // of events, as in ballot-cast.v1, or patterns, as in recommendation-*; none: all
	Editions []string `json:"editions,omitempty"` // editions whose events are delivered; none: all
	From     string   `json:"from,omitempty"`     // "now" for what comes from here on, or "beginning"; "now" where it is absent
}

// Subscribed is a subscription as it is shown.
type Subscribed struct {
	Name     string             `json:"name"`
	Owner    string             `json:"owner"`
	To       string             `json:"to"` // the address without its path, which may be a secret
	Types    []string           `json:"types"`
	Editions []domain.EditionID `json:"editions"`
	From     string             `json:"from"`
	Made     domain.Time        `json:"made"`
	Position uint64             `json:"position"`          // the number of records that it needs no more
	Parked   int                `json:"parked"`            // events that were given up
	Due      int                `json:"due"`               // parked ones that are about to be tried again
	Trying   *reactors.Trouble  `json:"trying,omitempty"`  // the event that failed last and is tried again
	Stopped  string             `json:"stopped,omitempty"` // why nothing is sent any more
	Secret   string             `json:"secret,omitempty"`  // only in the answer to the subscription: what deliveries are signed with. It is shown once, or again to who asks again with the same Idempotency-Key
}

// WebhookList, ParkedList and Replayed are answers.
type (
	WebhookList struct {
		Webhooks []Subscribed `json:"webhooks"`
	}
	ParkedList struct {
		Parked []reactors.Trouble `json:"parked"`
	}
	Replayed struct {
		Events int `json:"events"` // events that are tried again
	}
)

var errNoWebhook = &Refusal{http.StatusNotFound, "not-found", "there is no such webhook; GET /v1/webhooks lists yours"}

// answered makes a handler of what gives an answer.
func (h *Webhooks) answered(answer func(r *http.Request, right Right) (status int, body any, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		right, err := h.Allowed(r.Context())
		if err != nil {
			h.Fail(w, r, err)
			return
		}
		status, body, err := answer(r, right)
		var why *Refusal
		var wrongly *reactors.SubscriptionError
		switch {
		case errors.As(err, &wrongly):
			why = &Refusal{http.StatusUnprocessableEntity, "webhook", wrongly.Error()}
		case errors.Is(err, reactors.ErrSubscriptions):
			why = &Refusal{http.StatusTooManyRequests, "too-many-webhooks", err.Error() + "; end one first: DELETE /v1/webhooks/{name}"}
		case errors.Is(err, reactors.ErrAskedOtherwise):
			why = &Refusal{http.StatusUnprocessableEntity, domain.ErrIdempotencyConflict.Rule, "with this Idempotency-Key another webhook was subscribed; choose a new one, or send the same again"}
		case errors.Is(err, reactors.ErrNoSubscription):
			why = errNoWebhook
		case errors.Is(err, reactors.ErrNotParked):
			why = &Refusal{http.StatusConflict, "not-parked", "not all of these are parked, and nothing was changed; GET /v1/webhooks/{name}/parked lists what is"}
		case err != nil && !errors.As(err, &why):
			h.Fail(w, r, err)
			return
		}
		if why != nil {
			h.Refuse(w, r, why)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		if s, ok := body.(Subscribed); ok && status == http.StatusCreated {
			w.Header().Set("Location", "/v1/webhooks/"+s.Name)
		}
		if body == nil {
			w.WriteHeader(status)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(body)
	}
}

// List answers GET /v1/webhooks.
func (h *Webhooks) List() http.Handler {
	return h.answered(func(r *http.Request, right Right) (int, any, error) {
		all, err := h.all(r.Context(), right)
		return http.StatusOK, WebhookList{all}, err
	})
}

// Get answers GET /v1/webhooks/{name}.
func (h *Webhooks) Get() http.Handler {
	return h.answered(func(r *http.Request, right Right) (int, any, error) {
		one, err := h.named(r, right)
		return http.StatusOK, one, err
	})
}

// Post answers POST /v1/webhooks. Sent again with the same Idempotency-Key, it has the same answer for as long as the webhook is there.
func (h *Webhooks) Post() http.Handler {
	return h.answered(func(r *http.Request, right Right) (int, any, error) {
		asked := Subscribing{From: "now"}
		if err := bodyOf(r, &asked); err != nil {
			return 0, nil, err
		}
		once, err := onceOf(r, asked)
		if err != nil {
			return 0, nil, err
		}
		secret, err := reactors.NewSecret(rand.Reader)
		if err != nil {
			return 0, nil, err
		}
		s := reactors.Subscription{
			Name: "wh_" + strings.ToLower(rand.Text()[:16]), Owner: right.Owner, URL: asked.URL, Secret: secret, Types: asked.Types, From: asked.From,
			Made: domain.TimeOf(h.Now()),
		}
		for _, e := range asked.Editions {
			s.Editions = append(s.Editions, domain.EditionID(e))
		}
		kept, at, err := h.Deliveries.Subscribe(r.Context(), s, once)
		if err != nil {
			return 0, nil, err
		}
		one := shownAs(kept)
		one.Position, one.Secret = at, kept.Secret.Text() // as it began, whenever it is asked
		return http.StatusCreated, one, nil
	})
}

// maxOnce bounds an Idempotency-Key, as that of a command.
const maxOnce = 200

// onceOf reads the Idempotency-Key of a request. What was asked for is the same where its members are.
func onceOf(r *http.Request, asked Subscribing) (once reactors.Once, err error) {
	switch keys := r.Header.Values("Idempotency-Key"); {
	case len(keys) == 0:
		return once, nil
	case len(keys) > 1 || keys[0] == "" || len(keys[0]) > maxOnce:
		return once, wrong("bad-request", "there is one Idempotency-Key, of at most %d characters", maxOnce)
	default:
		text, err := json.Marshal(asked)
		digest := sha256.Sum256(text)
		return reactors.Once{Key: keys[0], Asked: hex.EncodeToString(digest[:])}, err
	}
}

// Delete answers DELETE /v1/webhooks/{name}.
func (h *Webhooks) Delete() http.Handler {
	return h.answered(func(r *http.Request, right Right) (int, any, error) {
		one, err := h.named(r, right)
		if err != nil {
			return 0, nil, err
		}
		return http.StatusNoContent, nil, h.Deliveries.Unsubscribe(r.Context(), one.Name)
	})
}

// maxParked is how many parked events are listed.
const maxParked = 1000

// Parked answers GET /v1/webhooks/{name}/parked.
func (h *Webhooks) Parked() http.Handler {
	return h.answered(func(r *http.Request, right Right) (int, any, error) {
		one, err := h.named(r, right)
		if err != nil {
			return 0, nil, err
		}
		parked := []reactors.Trouble{}
		for t, err := range h.State.Troubles(r.Context(), one.Name) {
			if err != nil {
				return 0, nil, err
			}
			if t.State != reactors.Trying {
				parked = append(parked, t)
			}
			if len(parked) == maxParked {
				break
			}
		}
		return http.StatusOK, ParkedList{parked}, nil
	})
}

// Replaying is what is sent to have parked events tried again.
type Replaying struct {
	Seqs []uint64 `json:"seqs,omitempty"` // of the events; none: all that are parked
}

// Replay answers POST /v1/webhooks/{name}/replay.
func (h *Webhooks) Replay() http.Handler {
	return h.answered(func(r *http.Request, right Right) (int, any, error) {
		one, err := h.named(r, right)
		if err != nil {
			return 0, nil, err
		}
		var which Replaying
		if err := bodyOf(r, &which); err != nil {
			return 0, nil, err
		}
		n, err := h.State.Replay(r.Context(), one.Name, which.Seqs...)
		return http.StatusOK, Replayed{n}, err
	})
}

// Resume answers POST /v1/webhooks/{name}/resume.
func (h *Webhooks) Resume() http.Handler {
	return h.answered(func(r *http.Request, right Right) (int, any, error) {
		one, err := h.named(r, right)
		if err != nil {
			return 0, nil, err
		}
		return http.StatusNoContent, nil, h.State.Resume(r.Context(), one.Name)
	})
}

// all are the subscriptions that somebody may see.
func (h *Webhooks) all(ctx context.Context, right Right) ([]Subscribed, error) {
	kept, err := h.State.Subscriptions(ctx)
	if err != nil {
		return nil, err
	}
	standings, err := h.State.Standings(ctx)
	if err != nil {
		return nil, err
	}
	of := map[string]reactors.Standing{}
	for _, st := range standings {
		of[st.Receiver] = st
	}
	all := []Subscribed{}
	for _, s := range kept {
		if !right.All && s.Owner != right.Owner {
			continue
		}
		one, st := shownAs(s), of[s.Name]
		one.Position, one.Parked, one.Due, one.Trying, one.Stopped = st.Position, st.Parked, st.Due, st.Trying, st.Stopped
		all = append(all, one)
	}
	return all, nil
}

// named is the subscription that an address names. One of somebody else's is as one that is not there.
func (h *Webhooks) named(r *http.Request, right Right) (Subscribed, error) {
	return h.one(r.Context(), right, r.PathValue("name"))
}

func (h *Webhooks) one(ctx context.Context, right Right, name string) (Subscribed, error) {
	all, err := h.all(ctx, right)
	for _, one := range all {
		if one.Name == name {
			return one, err
		}
	}
	if err == nil {
		err = errNoWebhook
	}
	return Subscribed{}, err
}

func shownAs(s reactors.Subscription) Subscribed {
	return Subscribed{
		Name: s.Name, Owner: s.Owner, To: s.To(), Types: append([]string{}, s.Types...), Editions: append([]domain.EditionID{}, s.Editions...), From: s.From, Made: s.Made,
	}
}

// maxBody bounds what is sent to subscribe or to replay.
const maxBody = 64 << 10

// bodyOf reads one JSON object and nothing else.
func bodyOf(r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &Refusal{http.StatusUnsupportedMediaType, "unsupported-media-type", "this is sent as application/json"}
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return wrong("bad-request", "the body did not come whole")
	}
	if len(data) > maxBody {
		return &Refusal{http.StatusRequestEntityTooLarge, "too-large", fmt.Sprintf("at most %d KiB are taken here", maxBody>>10)}
	}
	if err := reactors.DecodeStrict(data, into); err != nil {
		return wrong("bad-request", "%v", err)
	}
	return nil
}
