package reactors

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/internal/sqlitefile"
)

// A Subscription is a webhook that somebody asked for over the API, beside those of the configuration. It is kept in the state, with its address and its secret, and delivered to like any other; its
// limits and waits are the defaults, and nothing that is not public is called for it unless Options.Allow has it.
type Subscription struct {
	Name     string             `json:"name"`               // given by NewName
	Owner    string             `json:"owner"`              // who asked for it
	URL      string             `json:"-"`                  // may be a secret itself
	Secret   Secret             `json:"-"`                  // what deliveries are signed with
	Types    []string           `json:"types,omitempty"`    // as in a configuration; none: all
	Editions []domain.EditionID `json:"editions,omitempty"` // none: all
	From     string             `json:"from"`               // "beginning", or "now" for what comes after it was made
	Made     domain.Time        `json:"made"`
}

// Limits of subscriptions.
const (
	DefaultSubscriptions      = 100 // in all
	DefaultSubscriptionsOfOne = 10  // of one owner
	maxURL                    = 2048
	maxTypes                  = 100
)

// Once has a subscription be asked for once, however often that is sent: whoever did not get the answer asks again with the same key. It is kept with the subscription, and forgotten with it.
type Once struct {
	Key   string // an owner's choice; empty: none
	Asked string // what was asked for with it, or a digest of that
}

// ErrSubscriptions says that there are as many as there may be. ErrNoSubscription says that there is none of a name. ErrAskedOtherwise says that something else was asked for with the same key.
var (
	ErrAskedOtherwise = errors.New("something else was asked for with the same key")

	ErrSubscriptions  = errors.New("there are as many subscriptions as there may be")
	ErrNoSubscription = errors.New("there is no such subscription")
)

// To is where it is, without anything that may be a secret.
func (s Subscription) To() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return ""
	}
	return shown(u)
}

// receiver makes what is delivered to.
func (s Subscription) receiver(allow []netip.Prefix) (Receiver, error) {
	none := Receiver{}
	if len(s.URL) > maxURL || len(s.Types) > maxTypes || len(s.Editions) > maxTypes {
		return none, fmt.Errorf("an address has at most %d bytes, and at most %d types and editions are named", maxURL, maxTypes)
	}
	r, _, err := Source{}.shared(common{Types: s.Types, Editions: s.Editions, From: s.From}, defaultLongest)
	if err != nil {
		return none, err
	}
	to, err := parseAddress(s.URL, true)
	if err != nil {
		return none, err
	}
	g := guard{allow: allow, plain: to.Scheme != "https"}
	if g.plain && len(allow) == 0 {
		return none, errors.New("its address is https://: without TLS, what is sent can be read and changed on its way")
	}
	if a, err := netip.ParseAddr(to.Hostname()); err == nil { // a name is looked at when it is called
		if err := g.check(a); err != nil {
			return none, err
		}
	}
	w := newWebhook(to, []Secret{s.Secret}, g, nil, 0, r.Within, r.Longest)
	r.Name, r.Kind, r.To, r.Send, r.Close = s.Name, KindSubscription, shown(to), w.deliver, w.close
	r.Attempts, r.Refusals = defaultAttempts, defaultRefusals
	return r, nil
}

// KindSubscription is the kind of a receiver that somebody subscribed.
const KindSubscription = "subscription"

const selectSubscriptions = "SELECT receiver, owner, url, secret, types, editions, begins, made FROM subscriptions "

// Subscriptions are all of them, by name.
func (s *State) Subscriptions(ctx context.Context) (all []Subscription, err error) {
	err = s.file.Read(ctx, func(c *sqlitefile.Conn) error {
		if !s.subscribes {
			return nil
		}
		for row, err := range c.Query(selectSubscriptions + "ORDER BY receiver") {
			if err != nil {
				return err
			}
			one, err := subscriptionOf(row)
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reactors: subscriptions: %w", err)
	}
	return all, nil
}

func subscriptionOf(row []driver.Value) (s Subscription, err error) {
	s = Subscription{Name: text(row[0]), Owner: text(row[1]), URL: text(row[2]), From: text(row[6]), Made: domain.Time(integer(row[7]))}
	if s.Secret, err = ParseSecret(text(row[3])); err != nil {
		return s, fmt.Errorf("%s: %w", s.Name, err)
	}
	return s, errors.Join(json.Unmarshal([]byte(text(row[4])), &s.Types), json.Unmarshal([]byte(text(row[5])), &s.Editions))
}

// asked is the subscription of an owner that was asked for with a key, if there is one, and where it began.
func (s *State) asked(ctx context.Context, owner string, once Once) (kept *Subscription, at uint64, err error) {
	if once.Key == "" {
		return nil, 0, nil
	}
	err = s.file.Read(ctx, func(c *sqlitefile.Conn) error {
		for row, err := range c.Query("SELECT receiver, asked, at FROM keys WHERE owner = ? AND key = ?", owner, once.Key) {
			if err != nil {
				return err
			}
			if text(row[1]) != once.Asked {
				return ErrAskedOtherwise
			}
			at = uint64(integer(row[2]))
			for row, err := range c.Query(selectSubscriptions+"WHERE receiver = ?", text(row[0])) {
				if err != nil {
					return err
				}
				one, err := subscriptionOf(row)
				if err != nil {
					return err
				}
				kept = &one
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("reactors: subscriptions: %w", err)
	}
	return kept, at, nil
}

// subscribe keeps a subscription, with where it begins and the key that it was asked for with, unless there are too many.
func (s *State) subscribe(ctx context.Context, one Subscription, once Once, at int64, most, mostOfOne int) error {
	types, _ := json.Marshal(one.Types) // texts
	editions, _ := json.Marshal(one.Editions)
	return s.file.Write(ctx, func(c *sqlitefile.Conn) error {
		for row, err := range c.Query("SELECT count(*), sum(owner = ?) FROM subscriptions", one.Owner) {
			if err != nil {
				return err
			}
			if integer(row[0]) >= int64(most) || integer(row[1]) >= int64(mostOfOne) {
				return ErrSubscriptions
			}
		}
		if once.Key != "" {
			if err := c.Exec("INSERT INTO keys(owner, key, receiver, asked, at) VALUES(?, ?, ?, ?, ?)", one.Owner, once.Key, one.Name, once.Asked, at); err != nil {
				return err
			}
		}
		return errors.Join(
			c.Exec("INSERT INTO subscriptions(receiver, owner, url, secret, types, editions, begins, made) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
				one.Name, one.Owner, one.URL, one.Secret.Text(), string(types), string(editions), one.From, int64(one.Made)),
			c.Exec("INSERT INTO positions(receiver, topic, seq, token) VALUES(?, ?, ?, '')", one.Name, topic, at))
	})
}

// unsubscribe forgets a subscription and everything about it.
func (s *State) unsubscribe(ctx context.Context, name string) error {
	return s.file.Write(ctx, func(c *sqlitefile.Conn) error {
		for _, table := range []string{"subscriptions", "keys", "positions", "receivers", "troubles"} {
			if err := c.Exec("DELETE FROM "+table+" WHERE receiver = ?", name); err != nil {
				return err
			}
		}
		return nil
	})
}

// Subscribe keeps a subscription and begins to deliver to it, if Run runs; otherwise the next Run does. When there is no error, the one that it gives is kept, which began behind the first at records: s, or where
// the owner has asked for the same with the same key, the one that there is since. A wrong address or filter is a *SubscriptionError.
func (r *Reactors) Subscribe(ctx context.Context, s Subscription, once Once) (kept Subscription, at uint64, err error) {
	to, err := s.receiver(r.Allow)
	if err != nil {
		return kept, 0, &SubscriptionError{err}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if before, at, err := r.State.asked(ctx, s.Owner, once); err != nil || before != nil {
		if err != nil {
			return kept, 0, err
		}
		return *before, at, nil
	}
	if slices.ContainsFunc(r.receivers, func(other *receiver) bool { return other.Name == s.Name }) {
		return kept, 0, &SubscriptionError{errors.New("its name is taken")}
	}
	if to.Now {
		if at, err = head(ctx, r.Ledger); err != nil {
			return kept, 0, err
		}
	}
	if err := r.State.subscribe(ctx, s, once, int64(at), r.Most, r.MostOfOne); err != nil {
		return kept, 0, err
	}
	return s, at, r.launch(r.receiver(to))
}

// A SubscriptionError says what is wrong with a subscription.
type SubscriptionError struct{ err error }

func (e *SubscriptionError) Error() string { return e.err.Error() }
func (e *SubscriptionError) Unwrap() error { return e.err }

// Unsubscribe ends deliveries to a subscription, when the attempt that is on its way has come to its end, and forgets it.
func (r *Reactors) Unsubscribe(ctx context.Context, name string) error {
	to := r.withdraw(name)
	if to == nil {
		return fmt.Errorf("%s: %w", name, ErrNoSubscription)
	}
	to.halt()
	if err := r.State.unsubscribe(ctx, name); err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		return errors.Join(err, r.launch(to)) // it goes on, as it is still kept
	}
	return to.Close()
}

// withdraw takes a subscription out of the receivers; nil where there is none.
func (r *Reactors) withdraw(name string) *receiver {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.receivers, func(to *receiver) bool { return to.Name == name && to.Kind == KindSubscription })
	if i < 0 {
		return nil
	}
	to := r.receivers[i]
	r.receivers = slices.Delete(r.receivers, i, i+1)
	return to
}
